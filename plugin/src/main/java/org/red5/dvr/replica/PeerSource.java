package org.red5.dvr.replica;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.peer.client.PeerTransport;
import org.red5.dvr.peer.client.RemotePeer;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/** A peer whose archive is copied. */
public final class PeerSource implements ReplicaSource {
    private final String node;
    private final Peer peer;
    private final RemotePeer remote;

    /**
     * @param node this server's name
     */
    public PeerSource(String node, Peer peer, PeerTransport transport, SegmentGrid grid) {
        this.node = node;
        this.peer = peer;
        this.remote = new RemotePeer(peer, Scope.OWN, transport, grid);
    }

    @Override
    public String name() {
        return peer.name();
    }

    @Override
    public boolean mayBeAsked() {
        return peer.stamp(Scope.OWN).isPresent() && peer.mayBeAsked();
    }

    @Override
    public Set<StreamKey> streams() {
        return peer.streams().stream()
                .filter(stream -> stream.path().size() == 1)
                .map(PeerStatus.Stream::stream)
                .collect(Collectors.toSet());
    }

    @Override
    public boolean isLive(StreamKey stream) {
        return peer.isLive(stream, Scope.OWN);
    }

    @Override
    public Object stamp() {
        return Optional.of(peer.stamp(Scope.OWN));
    }

    @Override
    public TakeStore takes(Duration patience) {
        return remote.to(new Question(Route.START.from(node, Set.of()), patience));
    }
}
