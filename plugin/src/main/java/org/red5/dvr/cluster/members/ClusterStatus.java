package org.red5.dvr.cluster.members;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.NodeChanges;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.Route;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;

/**
 * The heartbeat of a server that has sources: its own, and what it passes on of theirs. A stream of a source is passed on
 * with this server's name before its path, those that come from behind the source only where it may ask on, or where they are
 * live: live streams are relayed whatever the policy. Any thread may call.
 */
public final class ClusterStatus implements Supplier<PeerStatus> {
    private final Supplier<PeerStatus> own;
    private final StreamSources sources;
    private final Peers peers;
    private final CurrentSources current;
    private final Timing time;
    private final Object lock = new Object();
    /** Which peers work and which do not, as seen last. */
    @GuardedBy("lock")
    private String working = "";

    @GuardedBy("lock")
    private long workingSinceMillis;

    public ClusterStatus(
            Supplier<PeerStatus> own, StreamSources sources, Peers peers, CurrentSources current, Timing time) {
        this.own = own;
        this.sources = sources;
        this.peers = peers;
        this.current = current;
        this.time = time;
        this.workingSinceMillis = time.micros() / 1_000;
        peers.onNews(this::changedMillis);
    }

    @Override
    public PeerStatus get() {
        PeerStatus here = own.get();
        List<PeerStatus.Stream> streams = streams(here);
        return new PeerStatus(
                here.node(),
                here.instance(),
                here.utcMillis(),
                here.startedUtcMillis(),
                here.gridMillis(),
                changes(here),
                sourceStates(),
                PeerStatus.tagOf(streams),
                Optional.of(streams));
    }

    private List<PeerStatus.Source> sourceStates() {
        List<PeerStatus.Source> states = new ArrayList<>();
        for (Map.Entry<PeerAddress, RemoteDvr> each : sources.peers().entrySet()) {
            Peer peer = peers.at(each.getKey());
            states.add(new PeerStatus.Source(each.getKey().toString(), peer.node(), each.getValue(), peer.state()));
        }
        return states;
    }

    private Map<String, NodeChanges> changes(PeerStatus here) {
        Map<String, NodeChanges> changes = new HashMap<>(here.changes());
        for (Peer peer : peers.all()) {
            if (peer.state().isBelieved()) {
                peer.changes().forEach((node, at) -> changes.merge(node, at, NodeChanges::latest));
            }
        }
        if (!peers.all().isEmpty()) {
            changes.merge(here.node(), new NodeChanges(0, changedMillis()), NodeChanges::latest);
        }
        return changes;
    }

    /** When a source came or went last, or the one in use changed. */
    private long changedMillis() {
        StringBuilder now = new StringBuilder().append(current.switches());
        for (Peer peer : peers.all()) {
            now.append(' ').append(peer.address()).append(peer.mayBeAsked() ? '+' : '-');
        }
        synchronized (lock) {
            if (!now.toString().equals(working)) {
                workingSinceMillis = Math.max(workingSinceMillis + 1, time.micros() / 1_000);
                working = now.toString();
            }
            return workingSinceMillis;
        }
    }

    private List<PeerStatus.Stream> streams(PeerStatus here) {
        Map<StreamKey, PeerStatus.Stream> passedOn = new TreeMap<>();
        for (Peer peer : peers.all()) {
            for (PeerStatus.Stream there : peer.streams()) {
                for (StreamKey name : sources.namesOf(peer.address(), there.stream())) {
                    boolean isChain = sources.sourceOf(name, peer.address(), there.stream())
                            .map(source -> source.policy() == RemoteDvr.CHAIN)
                            .orElse(false);
                    if (isChain || there.path().size() <= 1 || there.live()) {
                        passedOn.merge(name, through(here.node(), name, there), ClusterStatus::better);
                    }
                }
            }
        }
        List<PeerStatus.Stream> all = new ArrayList<>(here.streams().orElse(List.of()));
        passedOn.values().stream()
                .filter(stream -> stream.path().size() <= Route.MOST_HOPS)
                .forEach(all::add);
        return all;
    }

    private static PeerStatus.Stream through(String node, StreamKey name, PeerStatus.Stream there) {
        List<String> path = new ArrayList<>();
        path.add(node);
        path.addAll(there.path());
        return new PeerStatus.Stream(name, there.live(), path);
    }

    /** A live one, else the shorter way. */
    private static PeerStatus.Stream better(PeerStatus.Stream one, PeerStatus.Stream other) {
        if (one.live() != other.live()) {
            return one.live() ? one : other;
        }
        return other.path().size() < one.path().size() ? other : one;
    }
}
