package org.red5.dvr.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.cache.SegmentCache;
import org.red5.dvr.cluster.ClusterMap;
import org.red5.dvr.config.file.ConfigurationInForce;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.record.RecordingMeter;
import org.red5.dvr.record.RecordingMeters;
import org.red5.dvr.replica.ReplicaCounts;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UnrecordedTrack;
import org.red5.dvr.web.OperatorPages;
import org.red5.dvr.web.RenderedPlaylists;

/** All meters of this server; {@code docs/metrics.md} is their page. Any thread may call. */
public final class DvrMetrics implements RecordingMeters, ArchiveMeter, OperatorPages, DvrMXBean, Closeable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<Path, RootMetrics> roots = new ConcurrentHashMap<>();
    private final UnrecordedTracks unrecorded = new UnrecordedTracks();
    private final JmxBeans beans = new JmxBeans();
    private final ToLongFunction<Path> usableBytes;
    private final Audiences audiences;
    private final LongSupplier nanoTime;
    private final Counter segmentsDeleted;
    private final Counter segmentsRecovered;
    private final Counter segmentsDamaged;
    /** What is wrong with the archive's directories and disks. */
    private final Set<String> archiveTroubles = new ConcurrentSkipListSet<>();
    /** Roots that another server writes below. */
    private final Set<Path> rootsInUse = ConcurrentHashMap.newKeySet();

    private volatile Optional<ConfigurationInForce> configuration = Optional.empty();
    private volatile IngestHealth ingest = IngestHealth.NOTHING;
    private volatile Supplier<ClusterMap> cluster = () -> ClusterMap.alone("");

    /**
     * @param usableBytes space left on the disk of a root, -1 when it cannot be told
     * @param audiences how many play
     * @param nanoTime a clock that is never set, as {@link System#nanoTime}
     */
    public DvrMetrics(ToLongFunction<Path> usableBytes, Audiences audiences, LongSupplier nanoTime) {
        this.usableBytes = usableBytes;
        this.audiences = audiences;
        this.nanoTime = nanoTime;
        segmentsDeleted = Counter.builder("dvr.segments.deleted")
                .description("Segments deleted by the archive's limits")
                .register(registry);
        segmentsRecovered = Counter.builder("dvr.segments.recovered")
                .description("Segments listed again after a crash")
                .register(registry);
        segmentsDamaged = Counter.builder("dvr.segments.damaged")
                .description("Recorded segments found to be damaged")
                .register(registry);
        AudienceMeters.register(registry, audiences);
        Gauge.builder("dvr.healthy", () -> isHealthy() ? 1 : 0)
                .description("1 while nothing is wrong, 0 otherwise")
                .register(registry);
        beans.add("type=Dvr", this);
    }

    /** Tells from now on whether the configuration file is in force. */
    public void observe(ConfigurationInForce observed) {
        configuration = Optional.of(observed);
        Gauge.builder(
                        "dvr.configuration.mistakes",
                        observed,
                        inForce -> inForce.mistakes().size())
                .description("Mistakes in the configuration file; while there are any, it is not in force")
                .register(registry);
    }

    /** Tells from now on whether streams come in. */
    public void observe(IngestHealth observed) {
        ingest = observed;
    }

    /** Tells from now on what the segment cache does. */
    public void observe(SegmentCache cache) {
        CacheMeters.register(registry, cache);
    }

    /** Tells from now on how often playlists are rendered. */
    public void observe(RenderedPlaylists playlists) {
        String what = "Media playlists that were given out, rendered for that or as they were kept";
        FunctionCounter.builder("dvr.playlists", playlists, RenderedPlaylists::rendered)
                .tag("from", "rendered")
                .description(what)
                .register(registry);
        FunctionCounter.builder("dvr.playlists", playlists, RenderedPlaylists::reused)
                .tag("from", "memory")
                .description(what)
                .register(registry);
        Gauge.builder("dvr.playlists.kept.bytes", playlists, RenderedPlaylists::bytes)
                .strongReference(true)
                .description("Rendered playlists in memory, about")
                .register(registry);
    }

    /** Tells from now on what is copied from other servers. */
    public void observe(ReplicaCounts copies) {
        ReplicaMeters.register(registry, copies);
    }

    /** Tells from now on how this server's sources are. */
    public void observe(Supplier<ClusterMap> observed) {
        cluster = observed;
        for (PeerState state : PeerState.values()) {
            Gauge.builder("dvr.sources", observed, map -> count(map.get(), state))
                    .tag("state", state.word())
                    .description("Sources in the configuration, by how they are")
                    .register(registry);
        }
        Gauge.builder(
                        "dvr.cluster.troubles",
                        observed,
                        map -> map.get().troubles().size())
                .description(
                        "Names that several servers have, sources that are refused, and bytes that contradict an index")
                .register(registry);
    }

    private static long count(ClusterMap map, PeerState state) {
        return map.sources().stream().filter(source -> source.state() == state).count();
    }

    @Override
    public RecordingMeter of(Path root, Load load) {
        return roots.computeIfAbsent(root, key -> {
            LongSupplier usable = () -> usableBytes.applyAsLong(key);
            RootMetrics made = new RootMetrics(registry, key, load, usable, unrecorded, nanoTime);
            beans.add("type=Root,path=" + JmxBeans.quote(key.toString()), made);
            return made;
        });
    }

    /** The tracks of a stream that its last publisher sent and that are not recorded, on this server. */
    public List<UnrecordedTrack> unrecordedTracks(StreamKey stream) {
        return unrecorded.of(stream);
    }

    public void segmentsDeleted(long segments) {
        segmentsDeleted.increment(segments);
    }

    @Override
    public void segmentsRecovered(long segments) {
        segmentsRecovered.increment(segments);
    }

    @Override
    public void segmentsDamaged(long segments) {
        segmentsDamaged.increment(segments);
    }

    @Override
    public void troubleBegins(String sentence) {
        archiveTroubles.add(sentence);
    }

    @Override
    public void troubleEnds(String sentence) {
        archiveTroubles.remove(sentence);
    }

    @Override
    public void rootInUse(Path root) {
        rootsInUse.add(root);
    }

    @Override
    public void rootFree(Path root) {
        rootsInUse.remove(root);
    }

    @Override
    public byte[] metrics() {
        return registry.scrape().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public List<String> troubles() {
        Stream<String> unconfigured = configuration.stream()
                .filter(inForce -> !inForce.isFromFile())
                .flatMap(inForce -> mistakes(inForce, "nothing is recorded"));
        Stream<String> inUse = rootsInUse.stream()
                .sorted()
                .map(root -> root + ": in use by another server, its streams are not recorded");
        Stream<String> ofRoots = all().stream().flatMap(root -> root.troubles().stream());
        Stream<String> ofCluster = cluster.get().troubles().stream();
        return Stream.of(unconfigured, ingest.troubles().stream(), inUse, ofRoots, ofCluster)
                .flatMap(all -> all)
                .toList();
    }

    @Override
    public List<String> warnings() {
        Stream<String> mistakes = configuration.stream()
                .filter(ConfigurationInForce::isFromFile)
                .flatMap(inForce -> mistakes(inForce, "the configuration file is not in force, an earlier one is"));
        Stream<String> ofRoots = all().stream().flatMap(root -> root.warnings().stream());
        return Stream.of(mistakes, ingest.warnings().stream(), ofRoots, archiveTroubles.stream())
                .flatMap(all -> all)
                .toList();
    }

    private static Stream<String> mistakes(ConfigurationInForce inForce, String consequence) {
        return inForce.mistakes().stream().map(mistake -> consequence + ": " + mistake);
    }

    private List<RootMetrics> all() {
        return roots.values().stream()
                .sorted(Comparator.comparing(RootMetrics::root))
                .toList();
    }

    @Override
    public boolean isHealthy() {
        return troubles().isEmpty();
    }

    @Override
    public List<String> getTroubles() {
        return troubles();
    }

    @Override
    public long getSegmentsWritten() {
        return all().stream().mapToLong(RootMetrics::getSegmentsWritten).sum();
    }

    @Override
    public long getBytesWritten() {
        return all().stream().mapToLong(RootMetrics::getBytesWritten).sum();
    }

    @Override
    public long getPacketsDropped() {
        return all().stream().mapToLong(RootMetrics::getPacketsDropped).sum();
    }

    @Override
    public long getSegmentsDeleted() {
        return (long) segmentsDeleted.count();
    }

    @Override
    public long getSegmentsRecovered() {
        return (long) segmentsRecovered.count();
    }

    @Override
    public long getSegmentsDamaged() {
        return (long) segmentsDamaged.count();
    }

    @Override
    public int getTakesOpen() {
        return all().stream().mapToInt(RootMetrics::getTakesOpen).sum();
    }

    @Override
    public long getQueueBytes() {
        return all().stream().mapToLong(RootMetrics::getQueueBytes).sum();
    }

    @Override
    public int getLiveViewers() {
        return audiences.liveViewers();
    }

    @Override
    public int getPastViewers() {
        return audiences.pastViewers();
    }

    @Override
    public int getHlsViewers() {
        return audiences.hlsViewers();
    }

    @Override
    public int getRelays() {
        return audiences.relays();
    }

    @Override
    public int getPeersServed() {
        return audiences.peersServed();
    }

    @Override
    public void close() {
        beans.close();
        registry.close();
    }
}
