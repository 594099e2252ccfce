package org.red5.dvr.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.red5.dvr.cluster.members.CurrentSources;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.cluster.members.Peers;
import org.red5.dvr.cluster.members.StreamSource;
import org.red5.dvr.cluster.members.StreamSources;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.timeline.StreamKey;

/**
 * A server, which servers it asks, and which those ask, as far as it knows.
 *
 * @param node the server's name
 * @param sources its sources, in order of preference
 * @param troubles what an operator has to put right, a sentence each
 * @param cached what its segment cache has done, by stream
 */
public record ClusterMap(String node, List<Source> sources, List<String> troubles, List<Cached> cached) {
    /**
     * A source of the server.
     *
     * @param address {@code HOST:PORT} as configured
     * @param node its name, once known
     * @param policy which servers an archive is asked from
     * @param state how it is
     * @param why it is not asked, a short phrase; empty when it is
     * @param latencyMillis how long its last heartbeat took; empty when there was none
     * @param isCurrent whether it is the one in use for the stream that the map is for
     * @param currentFor for how many streams it is the one in use
     * @param sources its own sources, by its last heartbeat
     */
    public record Source(
            String address,
            Optional<String> node,
            RemoteDvr policy,
            PeerState state,
            Optional<String> why,
            Optional<Double> latencyMillis,
            boolean isCurrent,
            int currentFor,
            List<PeerStatus.Source> sources) {
        public Source {
            sources = List.copyOf(sources);
        }
    }

    /**
     * A stream that is cached.
     *
     * @param hits segments that were asked for and cached, as far back as is counted
     * @param misses those that were asked for and not cached
     */
    public record Cached(StreamKey stream, long hits, long misses) {}

    public ClusterMap {
        sources = List.copyOf(sources);
        troubles = List.copyOf(troubles);
        cached = List.copyOf(cached);
    }

    /** The same, with what the server has cached. */
    public ClusterMap with(List<Cached> streams) {
        return new ClusterMap(node, sources, troubles, streams);
    }

    /** Of a server that asks no other. */
    public static ClusterMap alone(String node) {
        return new ClusterMap(node, List.of(), List.of(), List.of());
    }

    static ClusterMap of(
            Identities identities,
            StreamSources sources,
            Peers peers,
            CurrentSources current,
            ByteConflicts conflicts,
            Optional<StreamKey> stream) {
        Optional<PeerAddress> used = stream.flatMap(current::current).map(StreamSource::peer);
        List<Source> all = new ArrayList<>();
        List<String> troubles = new ArrayList<>(identities.troubles());
        troubles.addAll(conflicts.troubles());
        for (Map.Entry<PeerAddress, RemoteDvr> each : sources.peers().entrySet()) {
            Peer peer = peers.at(each.getKey());
            boolean isCurrent = used.equals(Optional.of(each.getKey()));
            all.add(source(peer, each.getValue(), isCurrent, current.countOf(each.getKey())));
            peer.refused().ifPresent(why -> troubles.add("the source at " + peer.address() + " is refused: " + why));
        }
        return new ClusterMap(identities.node(), all, troubles, List.of());
    }

    private static Source source(Peer peer, RemoteDvr policy, boolean isCurrent, int currentFor) {
        PeerState state = peer.state();
        Optional<PeerStatus> status = peer.status();
        return new Source(
                peer.address().toString(),
                peer.node(),
                policy,
                state,
                state == PeerState.UP ? Optional.empty() : Optional.of(peer.why()),
                status.map(heard -> peer.latencyNanos() / 1e6),
                isCurrent,
                currentFor,
                status.map(PeerStatus::sources).orElse(List.of()));
    }
}
