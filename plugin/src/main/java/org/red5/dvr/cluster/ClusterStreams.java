package org.red5.dvr.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.red5.dvr.cluster.ask.Answers;
import org.red5.dvr.cluster.ask.Budget;
import org.red5.dvr.cluster.ask.Plan;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.cluster.members.Peers;
import org.red5.dvr.cluster.members.StreamSources;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.peer.Turn;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.UtcRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the streams that can be had, here and at all sources, by the names that they have here; and those of sources that do not answer,
 * as they were known before. Any thread may call.
 */
final class ClusterStreams {
    private static final Logger log = LoggerFactory.getLogger(ClusterStreams.class);
    private static final long SHARED_NANOS = 1_000_000_000L;
    /** In a plan for no stream but all of them. */
    private static final StreamKey ALL = new StreamKey("*", "*");

    private final String node;
    private final Identities identities;
    private final TakeStore own;
    private final SegmentSource cached;
    private final StreamSources sources;
    private final Peers peers;
    private final SourceInventories inventories;
    private final Timing time;
    /** Lists that were asked for shortly before. */
    @GuardedBy("recent")
    private final Map<Key, Listed> recent = new HashMap<>();
    /** What each peer listed last. */
    private final Map<PeerAddress, List<StreamListing>> before = new ConcurrentHashMap<>();

    private record Key(PeerAddress peer, Scope scope, Route route) {}

    private record Listed(long atNanos, CompletableFuture<List<StreamListing>> streams) {}

    ClusterStreams(
            Identities identities,
            TakeStore own,
            SegmentSource cached,
            StreamSources sources,
            Peers peers,
            SourceInventories inventories,
            Timing time) {
        this.node = identities.node();
        this.identities = identities;
        this.own = own;
        this.cached = cached;
        this.sources = sources;
        this.peers = peers;
        this.inventories = inventories;
        this.time = time;
    }

    /**
     * All streams, in order of name.
     *
     * @param route the way that the question has come to this server
     */
    CompletableFuture<List<StreamListing>> all(Route route, Budget budget) {
        Plan plan = plan(route);
        return own.streams()
                .thenCombine(
                        inventories.ask(
                                plan, asked -> streams(asked, budget), streams -> !streams.isEmpty(), budget, true),
                        (here, there) -> merged(route, plan, here, there));
    }

    private Plan plan(Route route) {
        if (!route.mayGoOnFrom(node)) {
            return Plan.NOBODY;
        }
        Map<Peer, RemoteDvr> asked = new LinkedHashMap<>();
        Set<String> chained = new HashSet<>();
        sources.peers().forEach((address, policy) -> {
            Peer peer = peers.at(address);
            if (peer.mayBeAsked() && identities.turnOf(peer.node(), peer.state(), route) == Turn.ASKED) {
                asked.put(peer, policy);
                // Streams that are not taken from it may come by way of others.
                if (policy == RemoteDvr.CHAIN && sources.isForAll(address)) {
                    peer.node().ifPresent(chained::add);
                }
            }
        });
        Route alone = route.from(node, Set.of());
        Route together = route.from(node, chained);
        List<Plan.Asked> asks = new ArrayList<>();
        // Each is asked for all its streams, under whatever name.
        asked.forEach((peer, policy) -> asks.add(
                policy == RemoteDvr.CHAIN
                        ? new Plan.Asked(peer, ALL, Scope.CHAIN, together, false)
                        : new Plan.Asked(peer, ALL, Scope.OWN, alone, false)));
        return new Plan(asks, List.of(), Skipped.NONE);
    }

    private CompletableFuture<List<StreamListing>> streams(Plan.Asked asked, Budget budget) {
        Key key = new Key(asked.peer().address(), asked.scope(), asked.route());
        synchronized (recent) {
            recent.values().removeIf(listed -> time.nanos() - listed.atNanos() > SHARED_NANOS);
            Listed known = recent.get(key);
            if (known != null && !known.streams().isCompletedExceptionally()) {
                return known.streams();
            }
        }
        CompletableFuture<List<StreamListing>> streams = inventories
                .of(asked)
                .remote(SourceInventories.question(asked, budget))
                .streams();
        synchronized (recent) {
            recent.put(key, new Listed(time.nanos(), streams));
        }
        if (asked.route().passed().equals(List.of(node))) {
            streams.thenAccept(listed -> before.put(asked.peer().address(), listed));
        }
        return streams;
    }

    private List<StreamListing> merged(
            Route route, Plan plan, List<StreamListing> here, List<Answers.Outcome<List<StreamListing>>> there) {
        Map<StreamKey, StreamListing> all = new TreeMap<>();
        here.forEach(listing -> add(all, listing));
        Set<PeerAddress> answered = new HashSet<>();
        for (int i = 0; i < there.size(); i++) {
            PeerAddress peer = plan.asked().get(i).peer().address();
            there.get(i).value().ifPresent(listed -> {
                answered.add(peer);
                addAll(all, peer, listed);
            });
        }
        if (route.mayGoOnFrom(node)) {
            sources.peers().forEach((address, policy) -> {
                Peer peer = peers.at(address);
                Turn turn = identities.turnOf(peer.node(), peer.state(), route);
                if (!answered.contains(address) && (turn == Turn.ASKED || turn == Turn.DOUBTFUL)) {
                    addAll(all, address, known(peer, policy));
                    addCached(all);
                }
            });
        }
        return List.copyOf(all.values());
    }

    /** What is cached says what those have that do not answer, if nothing else does. */
    private void addCached(Map<StreamKey, StreamListing> all) {
        try {
            cached.listings().forEach(listing -> add(all, listing.unreachable()));
        } catch (IOException e) {
            log.debug("the cache does not say which streams it has: {}", e.toString());
        }
    }

    /** What a peer that does not answer has, by its last list, and by its last heartbeat. */
    private List<StreamListing> known(Peer peer, RemoteDvr policy) {
        List<StreamListing> known = new ArrayList<>();
        before.getOrDefault(peer.address(), List.of()).forEach(listing -> known.add(listing.unreachable()));
        for (PeerStatus.Stream stream : peer.lastStreams()) {
            if (policy == RemoteDvr.CHAIN || stream.path().size() <= 1) {
                known.add(new StreamListing(stream.stream(), false, Optional.empty(), false));
            }
        }
        return known;
    }

    private void addAll(Map<StreamKey, StreamListing> all, PeerAddress peer, List<StreamListing> listed) {
        for (StreamListing listing : listed) {
            for (StreamKey name : sources.namesOf(peer, listing.stream())) {
                add(all, new StreamListing(name, listing.live(), listing.span(), listing.reachable()));
            }
        }
    }

    private static void add(Map<StreamKey, StreamListing> all, StreamListing more) {
        all.merge(more.stream(), more, ClusterStreams::both);
    }

    /** What is known from before adds nothing to what is known now. */
    private static StreamListing both(StreamListing one, StreamListing other) {
        if (one.reachable() != other.reachable()) {
            return one.reachable() ? one : other;
        }
        return new StreamListing(
                one.stream(), one.live() || other.live(), UtcRange.spanning(one.span(), other.span()), one.reachable());
    }
}
