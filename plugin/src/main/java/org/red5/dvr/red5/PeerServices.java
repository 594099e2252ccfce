package org.red5.dvr.red5;

import java.io.Closeable;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.cache.CachedTakes;
import org.red5.dvr.cache.SegmentCache;
import org.red5.dvr.cluster.Cluster;
import org.red5.dvr.cluster.ClusterMap;
import org.red5.dvr.cluster.SourceNumbers;
import org.red5.dvr.cluster.known.PeerMemory;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.Secret;
import org.red5.dvr.config.file.ConfigurationInForce;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.client.HttpPeerTransport;
import org.red5.dvr.peer.server.LocalStatus;
import org.red5.dvr.peer.server.PeerHandler;
import org.red5.dvr.peer.wire.PeerSignature;
import org.red5.dvr.record.UtcClock;
import org.red5.dvr.relay.SourceCandidates;
import org.red5.dvr.replica.KeptHours;
import org.red5.dvr.replica.PeerSource;
import org.red5.dvr.replica.ReplicaCounts;
import org.red5.dvr.replica.Replicas;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.DaemonThreads;
import org.red5.dvr.util.Unending;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a server does for the others of its cluster. */
final class PeerServices implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(PeerServices.class);
    /** Of each kind that may read a disk: twice as many as one root can hold up, so that others go on when it hangs. */
    private static final int READING_THREADS = 32;
    /** They take peers' answers and look at the clock, and never read a disk. */
    private static final int ASKING_THREADS = 4;
    /** They put what other servers recorded into the archive: some may wait for a disk or a server, and others go on. */
    private static final int REPLICA_THREADS = 8;

    /** So long an answer is waited for that the cache needs. */
    private static final Duration CACHE_PATIENCE = Duration.ofSeconds(2);

    private static final long IDLE_SECONDS = 10;

    private final PeerHandler handler;
    private final Cluster cluster;
    private final LiveServices live;
    private final ScheduledExecutorService refreshing = threads("dvr-status", 1);
    /** They read for peers that wait for what is new. */
    private final ExecutorService disks = reading("dvr-disks");
    /** They go on with viewers' requests when peers have answered. */
    private final ExecutorService answering = reading("dvr-answering");

    private final ScheduledExecutorService asking = threads("dvr-asking", ASKING_THREADS);
    private final ExecutorService copying = threads("dvr-replica", REPLICA_THREADS);
    private final ScheduledExecutorService backfilling = threads("dvr-backfill", 1);
    private final Replicas replicas;

    /** The cluster's, the last there was. */
    private volatile Secret key;

    /**
     * @param inForce has a key now, and need not have one later
     * @param instance this server's identity
     * @param cache in front of the archive and the sources
     * @param kept which hours may be copied into the archive
     * @param copies told what is
     */
    PeerServices(
            ConfigurationInForce inForce,
            InstanceId instance,
            LocalArchive archive,
            SegmentCache cache,
            KeptHours kept,
            ReplicaCounts copies,
            UtcClock clock,
            LiveFeeds feeds) {
        DvrConfiguration configuration = inForce.get();
        key = configuration.clusterKey().orElseThrow();
        String node = configuration.node();
        LocalTakes own = new LocalTakes(archive, clock, node, disks);
        LocalStatus status = new LocalStatus(
                archive,
                () -> archive.closedChanges() + cache.closedChanges(),
                feeds,
                node,
                instance,
                configuration.grid(),
                clock);
        // Others compare with their own wall clocks, and the clock of recordings does not come back from a wrong
        // reading.
        PeerSignature signature = new PeerSignature(() -> key, node, instance, Clock.systemUTC(), new SecureRandom());
        HttpPeerTransport transport = new HttpPeerTransport(signature, asking);
        Timing time = Timing.ofSystem(clock::micros, asking);
        Identities identities = new Identities(node, instance, time);
        cluster = new Cluster(
                inForce,
                identities,
                new Cluster.Own(archive, cache, own, status, disks, answering),
                transport,
                PeerMemory.ofHeap(Runtime.getRuntime().maxMemory(), time.nanoTime()),
                time);
        SourceCandidates candidates = new SourceCandidates(cluster.current(), cluster.peers());
        live = new LiveServices(node, feeds, candidates, transport);
        handler = new PeerHandler(
                identities,
                signature,
                cluster.status(),
                question -> CachedTakes.inFrontOfOwn(own, cache, disks),
                question -> CachedTakes.inFrontOfSources(cluster.chain().to(question), cache, disks),
                live.relays(),
                clock);
        refreshing.scheduleWithFixedDelay(
                new Unending("looking for what peers are told of", status::refresh), 0, 1, TimeUnit.SECONDS);
        replicas = new Replicas(
                inForce,
                address -> new PeerSource(node, cluster.peers().at(address), transport, configuration.grid()),
                archive,
                own,
                kept,
                copies,
                copying,
                time);
        cluster.start();
        replicas.start();
        backfilling.scheduleWithFixedDelay(
                new Unending("the comparison of archives", replicas::backfill), 1, 1, TimeUnit.SECONDS);
        log.info("the servers of the cluster are answered as node {}", node);
    }

    private static ScheduledExecutorService threads(String name, int count) {
        return Executors.newScheduledThreadPool(count, DaemonThreads.named(name));
    }

    private static ExecutorService reading(String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                READING_THREADS,
                READING_THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                DaemonThreads.named(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Follows a configuration that has come in force. */
    void changed(DvrConfiguration now) {
        key = now.clusterKey().orElse(key);
        cluster.changed();
    }

    /** Answers viewers for the whole cluster. */
    Resolver resolver() {
        return cluster.resolver();
    }

    /** What this server and its sources hold, as whoever asks on its own account gets it. */
    TakeStore takes() {
        return cluster.chain().to(new Question(Route.START, CACHE_PATIENCE));
    }

    /** The present, in microseconds since the Unix epoch, where the streams are recorded. */
    LongSupplier present() {
        return cluster.clock();
    }

    /** Which numbers the sources have used. */
    SourceNumbers numbers() {
        return cluster.numbers();
    }

    /** Which server asks which. */
    ClusterMap map(Optional<StreamKey> stream) {
        return cluster.map(stream);
    }

    /** Streams as they come in, here and from sources. */
    LiveServices live() {
        return live;
    }

    /** Answers the other servers. */
    PeerHandler handler() {
        return handler;
    }

    @Override
    public void close() {
        replicas.close();
        backfilling.shutdownNow();
        copying.shutdownNow();
        refreshing.shutdownNow();
        disks.shutdownNow();
        asking.shutdownNow();
        answering.shutdownNow();
        cluster.close();
    }
}
