package org.red5.dvr.cluster;

import java.io.Closeable;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.cluster.ask.Planner;
import org.red5.dvr.cluster.known.PeerMemory;
import org.red5.dvr.cluster.members.ClusterClock;
import org.red5.dvr.cluster.members.ClusterStatus;
import org.red5.dvr.cluster.members.CurrentSources;
import org.red5.dvr.cluster.members.Peers;
import org.red5.dvr.cluster.members.StreamSources;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.client.PeerTransport;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;

/** The asking side of one server, put together: which its peers are, what they hold, and its answers for the whole cluster. */
public final class Cluster implements Closeable {
    private final String node;
    private final Identities identities;
    private final Peers peers;
    private final ClusterClock clock;
    private final StreamSources sources;
    private final CurrentSources current;
    private final ClusterResolver resolver;
    private final ChainPeerApi chain;
    private final ClusterStatus status;
    private final SourceNumbers numbers;
    private final PeerMemory memory;
    private final ByteConflicts conflicts;

    /**
     * What this server is without its peers.
     *
     * @param source what it holds
     * @param cached what it has cached of what others hold
     * @param takes the same, hour by hour
     * @param status its heartbeat
     * @param disks reads its disks for peers that wait, so that nothing else waits for a disk that hangs
     * @param answering goes on with viewers' requests when peers have answered, and may read disks
     */
    public record Own(
            SegmentSource source,
            SegmentSource cached,
            TakeStore takes,
            Supplier<PeerStatus> status,
            Executor disks,
            Executor answering) {
        /** A server without a cache. */
        public Own(
                SegmentSource source,
                TakeStore takes,
                Supplier<PeerStatus> status,
                Executor disks,
                Executor answering) {
            this(source, SegmentSource.NOTHING, takes, status, disks, answering);
        }
    }

    /**
     * @param inForce the configuration; its node and grid do not change
     * @param identities knows this server's
     * @param memory closed with this
     */
    public Cluster(
            Supplier<DvrConfiguration> inForce,
            Identities identities,
            Own own,
            PeerTransport transport,
            PeerMemory memory,
            Timing time) {
        DvrConfiguration configuration = inForce.get();
        node = configuration.node();
        this.identities = identities;
        this.memory = memory;
        sources = new StreamSources(inForce);
        peers = new Peers(
                identities, configuration.grid().periodMillis(), sources.peers().keySet(), transport, time);
        current = new CurrentSources(sources, peers, time);
        Planner planner = new Planner(identities, sources, current, peers);
        SourceInventories inventories = new SourceInventories(peers, transport, memory, configuration.grid(), time);
        conflicts = new ByteConflicts(time);
        SegmentFetcher fetcher =
                new SegmentFetcher(planner, sources, inventories, memory, peers, conflicts, configuration.grid(), time);
        ClusterStreams streams =
                new ClusterStreams(identities, own.takes(), own.cached(), sources, peers, inventories, time);
        clock = new ClusterClock(peers, time, () -> !inForce.get().roots().isEmpty());
        Timing present = new Timing(time.nanoTime(), clock, time.timer());
        ClusterTimelines timelines = new ClusterTimelines(
                node, own.source(), own.cached(), own.disks(), planner, inventories, configuration.grid(), present);
        NewestSegments newest = new NewestSegments(node, fetcher, configuration.grid());
        resolver = new ClusterResolver(
                node, own.source(), timelines, streams, fetcher, newest, sources, memory, own.answering());
        numbers = new SourceNumbers(planner, inventories, configuration.grid(), time);
        chain = new ChainPeerApi(
                own.takes(),
                planner,
                inventories,
                fetcher,
                streams,
                timelines,
                configuration.grid(),
                time,
                own.disks());
        status = new ClusterStatus(own.status(), sources, peers, current, time);
    }

    /** Begins to ask the peers how they are. */
    public void start() {
        peers.start();
    }

    /** Asks those peers that the configuration names now, and no others. */
    public void changed() {
        peers.use(sources.peers().keySet());
        current.forget();
    }

    @Override
    public void close() {
        peers.close();
        memory.close();
    }

    public Peers peers() {
        return peers;
    }

    /** Which sources a stream has. */
    public StreamSources sources() {
        return sources;
    }

    /** Which of them is in use. */
    public CurrentSources current() {
        return current;
    }

    /** Answers viewers. */
    public ClusterResolver resolver() {
        return resolver;
    }

    /** Which numbers the sources have used. */
    public SourceNumbers numbers() {
        return numbers;
    }

    /** Answers peers' questions for this server and its sources. */
    public PeerApi chain() {
        return chain;
    }

    /** Which server asks which; the source in use is that of a stream, where one is given. */
    public ClusterMap map(Optional<StreamKey> stream) {
        return ClusterMap.of(identities, sources, peers, current, conflicts, stream);
    }

    /** The present, in microseconds since the Unix epoch, where the streams are recorded. */
    public LongSupplier clock() {
        return clock;
    }

    /** The heartbeat. */
    public Supplier<PeerStatus> status() {
        return status;
    }
}
