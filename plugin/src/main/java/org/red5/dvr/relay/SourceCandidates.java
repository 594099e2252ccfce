package org.red5.dvr.relay;

import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.cluster.members.CurrentSource;
import org.red5.dvr.cluster.members.CurrentSources;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.cluster.members.Peers;
import org.red5.dvr.cluster.members.StreamSource;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.timeline.StreamKey;

/**
 * The sources that a stream can be pulled from, as their heartbeats say: the current one, then the others that have it live
 * themselves or get it, whatever their policy, which is one of archives; then those that are up, as a stream may be younger than
 * the last heartbeat.
 */
public final class SourceCandidates implements LiveCandidates {
    private final CurrentSources current;
    private final Peers peers;

    public SourceCandidates(CurrentSources current, Peers peers) {
        this.current = current;
        this.peers = peers;
    }

    @Override
    public List<Candidate> of(StreamKey stream) {
        List<Candidate> candidates = new ArrayList<>();
        for (StreamSource source : current.inOrder(stream)) {
            Peer peer = peers.at(source.peer());
            boolean live = peer.level(source).compareTo(CurrentSource.Level.RELAYS) >= 0;
            candidates.add(new Candidate(source.peer(), source.stream(), nodes(peer, source.stream()), live));
        }
        return candidates;
    }

    /** Where there are several ways to it the peer chooses. */
    private static List<String> nodes(Peer peer, StreamKey stream) {
        List<List<String>> ways = peer.streams().stream()
                .filter(known -> known.live() && known.stream().equals(stream))
                .map(PeerStatus.Stream::path)
                .toList();
        return ways.size() == 1 ? ways.get(0) : peer.node().stream().toList();
    }
}
