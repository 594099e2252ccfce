package org.red5.dvr.cluster.members;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.timeline.StreamKey;

/** The streams that a peer said it knows, and how well it can serve each. Not for several threads. */
final class PeerStreams {
    private Map<StreamKey, List<PeerStatus.Stream>> streams = Map.of();

    /**
     * Keeps these in place of those before.
     *
     * @param ownNode this server's name: streams that come through it are left out
     * @return whether some were for that reason
     */
    boolean keep(List<PeerStatus.Stream> reported, String ownNode) {
        Map<StreamKey, List<PeerStatus.Stream>> kept = new HashMap<>();
        boolean loops = false;
        for (PeerStatus.Stream stream : reported) {
            if (stream.path().contains(ownNode)) {
                loops = true;
            } else if (stream.path().size() <= Route.MOST_HOPS) {
                kept.computeIfAbsent(stream.stream(), key -> new ArrayList<>()).add(stream);
            }
        }
        streams = kept;
        return loops;
    }

    /** How well the peer, which is up, can serve one of its streams. */
    CurrentSource.Level level(StreamSource source) {
        CurrentSource.Level level = CurrentSource.Level.UP;
        for (PeerStatus.Stream stream : streams.getOrDefault(source.stream(), List.of())) {
            CurrentSource.Level one = level(stream, source.policy());
            level = one.compareTo(level) > 0 ? one : level;
        }
        return level;
    }

    private static CurrentSource.Level level(PeerStatus.Stream stream, RemoteDvr policy) {
        boolean isAsked = policy == RemoteDvr.CHAIN || stream.path().size() <= 1;
        if (stream.live()) {
            return isAsked ? CurrentSource.Level.LIVE : CurrentSource.Level.RELAYS;
        }
        return isAsked ? CurrentSource.Level.KNOWS : CurrentSource.Level.UP;
    }

    /** Whether a stream comes in at the peer or, with {@link Scope#CHAIN}, anywhere behind it. */
    boolean isLive(StreamKey stream, Scope scope) {
        return streams.getOrDefault(stream, List.of()).stream()
                .anyMatch(each ->
                        each.live() && (scope == Scope.CHAIN || each.path().size() <= 1));
    }

    List<PeerStatus.Stream> all() {
        return streams.values().stream().flatMap(List::stream).toList();
    }
}
