package org.red5.dvr.cluster.ask;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.red5.dvr.cluster.members.CurrentSources;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.cluster.members.Peers;
import org.red5.dvr.cluster.members.StreamSource;
import org.red5.dvr.cluster.members.StreamSources;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Unanswered;

/**
 * Says which peers are asked for a stream, by the policies of its sources and by the way that a question has come: {@code none}
 * only while it is the source in use, {@code nochain} always, both for what they hold themselves; {@code chain} always, and it
 * may ask on. None is asked that has the question already; whether
 * that is so cannot be told of a name that two servers have. Any thread may call.
 */
public final class Planner {
    private final String node;
    private final Identities identities;
    private final StreamSources sources;
    private final CurrentSources current;
    private final Peers peers;

    public Planner(Identities identities, StreamSources sources, CurrentSources current, Peers peers) {
        this.node = identities.node();
        this.identities = identities;
        this.sources = sources;
        this.current = current;
        this.peers = peers;
    }

    /**
     * @param route the way that the question has come to this server
     */
    public Plan plan(StreamKey stream, Route route) {
        List<StreamSource> all = sources.of(stream);
        if (all.isEmpty()) {
            return Plan.NOBODY;
        }
        if (!route.mayGoOnFrom(node)) {
            boolean wasHere = route.passed().contains(node);
            Skipped skipped = wasHere ? new Skipped(Set.of(node), false) : new Skipped(Set.of(), true);
            return new Plan(List.of(), List.of(), skipped);
        }
        Optional<StreamSource> inUse = current.current(stream);
        List<StreamSource> asked = new ArrayList<>();
        List<Unanswered> unanswered = new ArrayList<>();
        Set<String> skipped = new HashSet<>();
        for (StreamSource source : all) {
            Peer peer = peers.at(source.peer());
            switch (identities.turnOf(peer.node(), peer.state(), route)) {
                case NO_SOURCE -> {}
                case DOUBTFUL ->
                    unanswered.add(
                            new Unanswered(peer.name(), "another server on the way of the question has its name"));
                case SKIPPED -> peer.node().ifPresent(skipped::add);
                case ASKED -> {
                    if (source.policy() != RemoteDvr.NONE
                            || inUse.filter(source::equals).isPresent()) {
                        asked.add(source);
                    } else if (!peer.mayBeAsked(source.stream()) && isBefore(all, source, inUse)) {
                        unanswered.add(new Unanswered(peer.name(), peer.why()));
                    }
                }
            }
        }
        return new Plan(asks(asked, inUse, route), unanswered, new Skipped(skipped, false));
    }

    /** Whether it would be the one in use if it worked. */
    private static boolean isBefore(List<StreamSource> all, StreamSource source, Optional<StreamSource> inUse) {
        return inUse.isEmpty() || all.indexOf(source) < all.indexOf(inUse.get());
    }

    private List<Plan.Asked> asks(List<StreamSource> asked, Optional<StreamSource> inUse, Route route) {
        Set<String> chained = chained(asked);
        Route alone = route.from(node, Set.of());
        Route together = route.from(node, chained);
        List<Plan.Asked> asks = new ArrayList<>(asked.size());
        for (StreamSource source : asked) {
            boolean isChain = source.policy() == RemoteDvr.CHAIN;
            asks.add(new Plan.Asked(
                    peers.at(source.peer()),
                    source.stream(),
                    isChain ? Scope.CHAIN : Scope.OWN,
                    isChain ? together : alone,
                    inUse.filter(source::equals).isPresent()));
        }
        return asks;
    }

    /**
     * The nodes that are asked at the same time to ask on: each of them is skipped by the others. One that cannot be
     * asked from here is not among them: another may have a way to it.
     */
    private Set<String> chained(List<StreamSource> asked) {
        Set<String> nodes = new HashSet<>();
        for (StreamSource source : asked) {
            Peer peer = peers.at(source.peer());
            if (source.policy() == RemoteDvr.CHAIN && peer.mayBeAsked(source.stream())) {
                peer.node().ifPresent(nodes::add);
            }
        }
        return nodes;
    }
}
