package org.red5.dvr.red5;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.Recovery;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.Disk;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.MountCheck;
import org.red5.dvr.archive.files.RootCheck;
import org.red5.dvr.archive.retention.AgeClock;
import org.red5.dvr.archive.retention.ArchiveLocks;
import org.red5.dvr.archive.retention.Disks;
import org.red5.dvr.archive.retention.Expiry;
import org.red5.dvr.archive.retention.RetentionRule;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.cache.CachingResolver;
import org.red5.dvr.cache.SegmentCache;
import org.red5.dvr.cluster.ClusterMap;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.DvrRule;
import org.red5.dvr.config.Retention;
import org.red5.dvr.config.file.ConfigurationInForce;
import org.red5.dvr.http.BasicAuth;
import org.red5.dvr.http.Cors;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.metrics.DvrMetrics;
import org.red5.dvr.metrics.IngestHealth;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.client.LiveTransport;
import org.red5.dvr.peer.server.PeerHandler;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.Reach;
import org.red5.dvr.record.OtherTakes;
import org.red5.dvr.record.Recorders;
import org.red5.dvr.record.UtcClock;
import org.red5.dvr.red5.hooks.Playbacks;
import org.red5.dvr.relay.LiveCandidates;
import org.red5.dvr.replica.ReplicaCounts;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.DaemonThreads;
import org.red5.dvr.util.LastSeen;
import org.red5.dvr.util.Unending;
import org.red5.dvr.web.DvrHandler;
import org.red5.dvr.web.HlsViewers;
import org.red5.dvr.web.LockRequests;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a configuration asks for, at work: the archive, its recorders, its clean-up and the HTTP handler. */
final class DvrServices implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(DvrServices.class);
    private static final int SWEEP_SECONDS = 10;
    private static final Duration DISK_PATIENCE = Duration.ofMillis(200);
    /** One part in so many of the heap may wait for the disk of a cache. */
    private static final int CACHE_QUEUE_SHARE = 32;

    private static final String HOUSEKEEPING = "dvr-housekeeping";

    private final Teardown teardown;
    private final LocalArchive archive;
    private final SegmentCache cache;
    private final Recorders recorders;
    private final Expiry expiry;
    private final ReplicaCounts copies = new ReplicaCounts();
    private final DvrHandler viewers;
    private final ServerAudience audience;
    private final DvrMetrics metrics;
    private final ConfigurationInForce inForce;
    private final InstanceId instance;
    private final LiveFeeds feeds;
    private final UtcClock clock = new UtcClock(Clock.systemUTC(), System::nanoTime);
    /** From the first configuration with a key on. */
    private volatile Optional<PeerServices> peers = Optional.empty();

    private volatile LiveServices live;
    private final ScheduledExecutorService housekeeping =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named(HOUSEKEEPING));
    /** A thread for each disk, which is not held up by others. */
    private final ExecutorService sweeps = Executors.newCachedThreadPool(DaemonThreads.named(HOUSEKEEPING));

    private final Map<Path, LastSeen<Long>> usable = new ConcurrentHashMap<>();

    /**
     * Begins, or leaves nothing behind.
     *
     * @param inForce asked again and again, but for the node and the grid
     * @param instance this server's identity among those of its name
     * @param feeds the streams that are published to this server
     * @param ingest whether those come in
     * @param playbacks who plays what over RTMP
     */
    static DvrServices begin(
            ConfigurationInForce inForce,
            InstanceId instance,
            LiveFeeds feeds,
            IngestHealth ingest,
            Playbacks playbacks) {
        Teardown teardown = new Teardown();
        try {
            return new DvrServices(inForce, instance, feeds, ingest, playbacks, teardown);
        } catch (RuntimeException | LinkageError e) {
            teardown.close();
            throw e;
        }
    }

    private DvrServices(
            ConfigurationInForce inForce,
            InstanceId instance,
            LiveFeeds feeds,
            IngestHealth ingest,
            Playbacks playbacks,
            Teardown teardown) {
        this.teardown = teardown;
        this.inForce = inForce;
        this.instance = instance;
        this.feeds = feeds;
        DvrConfiguration configuration = inForce.get();
        Duration present = Duration.ofMillis(3L * configuration.grid().periodMillis());
        audience = new ServerAudience(playbacks, new HlsViewers(present, System::nanoTime));
        metrics = new DvrMetrics(this::usableBytes, audience, System::nanoTime);
        teardown.add(metrics::close);
        metrics.observe(inForce);
        metrics.observe(ingest);
        LongSupplier utcMicros = clock::micros;
        Function<StreamKey, Optional<Path>> rootOf =
                stream -> inForce.get().archiveOf(stream).map(DvrRule::root);
        Function<StreamKey, Optional<Path>> recordedTo =
                stream -> inForce.get().ruleFor(stream).dvr().map(DvrRule::root);
        MountCheck mounts = new MountCheck(MountCheck::ofSystem);
        RootCheck mounted = (stream, root) -> {
            if (inForce.get().ruleFor(stream).checkMount()) {
                mounts.check(root);
            }
        };
        ArchiveOptions options = ArchiveOptions.DEFAULT
                .with(mounted)
                .withSyncOf(stream -> sync(inForce.get(), stream))
                .with(metrics);
        archive = new LocalArchive(rootOf, configuration.roots(), configuration.grid(), options);
        teardown.add(archive::close);
        teardown.add(() -> peers.ifPresent(PeerServices::close));
        new Recovery(archive).run();
        recorders = new Recorders(
                archive,
                recordedTo,
                configuration.grid(),
                configuration.node(),
                utcMicros,
                metrics,
                new TakesOfSources());
        teardown.add(recorders::close);
        configuration.roots().forEach(recorders::prepare);
        LocalTakes own = new LocalTakes(archive, clock, configuration.node(), Runnable::run);
        cache = new SegmentCache(
                stream -> inForce.get().cacheOf(stream),
                configuration.node(),
                configuration.grid(),
                () -> peers.map(PeerServices::takes).orElse(own),
                Runtime.getRuntime().maxMemory() / CACHE_QUEUE_SHARE,
                metrics,
                clock,
                System::nanoTime);
        teardown.add(cache::close);
        metrics.observe(cache);
        metrics.observe(copies);
        cache.use(configuration.caches());
        ArchiveLocks locks = new ArchiveLocks(archive);
        expiry = new Expiry(
                archive,
                locks,
                stream -> retentionRule(inForce.get(), stream),
                Disks::ofSystem,
                new AgeClock(() -> System.currentTimeMillis() * 1_000, utcMicros, System::nanoTime),
                System::nanoTime,
                metrics::segmentsDeleted);
        peers = configuration.clusterKey().map(key -> joined());
        live = peers.map(PeerServices::live)
                .orElseGet(
                        () -> new LiveServices(configuration.node(), feeds, LiveCandidates.NONE, LiveTransport.NONE));
        teardown.add(() -> live.close());
        audience.count(live.relays());
        Resolver alone = new OwnResolver(configuration.node(), archive, configuration.grid());
        Resolver all =
                new ResolverInForce(() -> peers.map(PeerServices::resolver).orElse(alone));
        LongSupplier clusterMicros =
                () -> peers.map(PeerServices::present).orElse(utcMicros).getAsLong();
        Playback playback = new Playback(
                new CachingResolver(
                        all, cache, configuration.node(), configuration.grid(), clusterMicros, System::nanoTime),
                configuration.grid(),
                reach(),
                new PresentClock(clusterMicros),
                this::read);
        Cors cors = new Cors(() -> inForce.get().cors());
        LockRequests lockRequests = new LockRequests(locks, () -> editors(inForce.get()), cors, System::nanoTime);
        viewers = new DvrHandler(
                configuration.node(),
                playback,
                metrics,
                audience.watch(expiry::status, metrics::unrecordedTracks),
                Optional.of(lockRequests),
                this::map,
                cors,
                archive.readers());
        metrics.observe(viewers.rendered());
        metrics.observe(() -> map(Optional.empty()));
        teardown.add(sweeps::shutdownNow);
        teardown.add(housekeeping::shutdownNow);
        housekeeping.scheduleWithFixedDelay(
                new Unending("the clean-up of archives", () -> expiry.sweep(sweeps)),
                SWEEP_SECONDS,
                SWEEP_SECONDS,
                TimeUnit.SECONDS);
    }

    /** Follows a configuration that has come in force, with the same node and grid. */
    void changed(DvrConfiguration now) {
        archive.useRoots(now.roots());
        cache.use(now.caches());
        now.roots().forEach(recorders::prepare);
        peers.ifPresentOrElse(
                known -> known.changed(now), () -> now.clusterKey().ifPresent(key -> join()));
    }

    private Reach reach() {
        return new Reach() {
            @Override
            public Duration liveWindow(StreamKey stream) {
                return inForce.get().ruleFor(stream).window();
            }

            @Override
            public Optional<Duration> kept(StreamKey stream) {
                return inForce.get()
                        .archiveOf(stream)
                        .flatMap(rule -> rule.retention().age());
            }
        };
    }

    /** A disk that hangs holds up few of those who read. */
    private byte[] read(MediaBytes bytes, long offsetBytes, int lengthBytes) throws IOException {
        return bytes instanceof MediaBytes.FileRegion region
                ? archive.readers().read(region.file(), () -> bytes.read(offsetBytes, lengthBytes))
                : bytes.read(offsetBytes, lengthBytes);
    }

    private ClusterMap map(Optional<StreamKey> stream) {
        return peers.map(known -> known.map(stream))
                .orElseGet(() -> ClusterMap.alone(inForce.get().node()))
                .with(cached(stream));
    }

    /** Of one stream, or of all. */
    private List<ClusterMap.Cached> cached(Optional<StreamKey> stream) {
        return cache.counts().streams().stream()
                .filter(each -> stream.isEmpty() || stream.get().equals(each.stream()))
                .map(each -> new ClusterMap.Cached(each.stream(), each.hits(), each.misses()))
                .toList();
    }

    private PeerServices joined() {
        return new PeerServices(inForce, instance, archive, cache, expiry::firstKept, copies, clock, feeds);
    }

    /** Until now there was nobody to relay from. */
    private void join() {
        PeerServices joined = joined();
        LiveServices alone = live;
        peers = Optional.of(joined);
        live = joined.live();
        audience.count(live.relays());
        alone.close();
    }

    Recorders recorders() {
        return recorders;
    }

    /** Streams as they come in. */
    LiveServices live() {
        return live;
    }

    /** Now, by the clock that recordings go by: microseconds since the Unix epoch. */
    long utcMicros() {
        return clock.micros();
    }

    /** Answers viewers and operators. */
    DvrHandler viewers() {
        return viewers;
    }

    /** Answers the other servers of the cluster; empty without a cluster. */
    Optional<PeerHandler> peerHandler() {
        return inForce.get().clusterKey().flatMap(key -> peers.map(PeerServices::handler));
    }

    /** Ends all recordings and waits until they are written. */
    @Override
    public void close() {
        teardown.close();
    }

    /** What the sources have recorded, once there is a cluster. */
    private final class TakesOfSources implements OtherTakes {
        @Override
        public void publishBegins(StreamKey stream) {
            peers.ifPresent(known -> known.numbers().ask(stream));
        }

        @Override
        public boolean have(StreamKey stream, long number) {
            return peers.map(known -> known.numbers().have(stream, number)).orElse(false);
        }
    }

    private static Optional<BasicAuth> editors(DvrConfiguration configuration) {
        return configuration
                .editAuth()
                .map(auth -> new BasicAuth(auth.user(), auth.password().value()));
    }

    private static DiskSync sync(DvrConfiguration configuration, StreamKey stream) {
        return switch (configuration.ruleFor(stream).sync()) {
            case SEGMENT -> DiskSync.SEGMENT;
            case NONE -> DiskSync.NONE;
        };
    }

    private static Optional<RetentionRule> retentionRule(DvrConfiguration configuration, StreamKey stream) {
        return configuration
                .streams()
                .of(stream)
                .flatMap(block ->
                        block.dvr().map(dvr -> retentionRule(block.glob().toString(), dvr.retention())))
                .or(() -> configuration
                        .keptFrom(stream)
                        .flatMap(source ->
                                source.dvr().map(dvr -> retentionRule("source " + source.peer(), dvr.retention()))));
    }

    private static RetentionRule retentionRule(String directive, Retention kept) {
        OptionalLong ageMicros =
                kept.age().map(age -> OptionalLong.of(age.toMillis() * 1_000)).orElse(OptionalLong.empty());
        return new RetentionRule(directive, ageMicros, kept.bytes(), kept.diskPercent());
    }

    private long usableBytes(Path root) {
        return usable.computeIfAbsent(
                        root,
                        key -> new LastSeen<>(() -> usableBytesNow(key), -1L, sweeps, DISK_PATIENCE, System::nanoTime))
                .get();
    }

    private static long usableBytesNow(Path root) {
        try {
            return Disk.LOCAL.usableBytes(root);
        } catch (IOException e) {
            log.debug("{}: its disk does not say what is left: {}", root, e.toString());
            return -1;
        }
    }
}
