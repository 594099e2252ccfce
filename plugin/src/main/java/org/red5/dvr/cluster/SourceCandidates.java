package org.red5.dvr.cluster;

import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.timeline.StreamKey;

/**
 * The sources that a stream can be pulled from, as their heartbeats say: the current one, then the others that have it live
 * themselves or get it, whatever their policy, which is one of archives. A source that was not heard of yet may have it too.
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
            switch (peer.level(source)) {
                case LIVE, RELAYS, UNKNOWN ->
                    candidates.add(new Candidate(source.peer(), source.stream(), nodes(peer, source.stream())));
                case DOWN, UP, KNOWS -> {
                    // It would have to be asked to find out what it said a second ago.
                }
            }
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
