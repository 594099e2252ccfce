package org.red5.dvr.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.red5.dvr.cluster.ask.Answers;
import org.red5.dvr.cluster.ask.Budget;
import org.red5.dvr.cluster.ask.Plan;
import org.red5.dvr.cluster.known.KnownStream;
import org.red5.dvr.cluster.known.PeerInventory;
import org.red5.dvr.cluster.known.PeerMemory;
import org.red5.dvr.cluster.known.QueryOptions;
import org.red5.dvr.cluster.members.Heartbeat;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.cluster.members.Peers;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.peer.client.PeerTransport;
import org.red5.dvr.peer.client.RemotePeer;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Offer;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

/** What all sources hold together: asks those of a plan, all at once, and waits no longer than a budget. Any thread may call. */
public final class SourceInventories {
    private final Peers peers;
    private final PeerTransport transport;
    private final PeerMemory memory;
    private final SegmentGrid grid;
    private final Timing time;
    private final Map<Key, PeerInventory> inventories = new ConcurrentHashMap<>();

    private record Key(PeerAddress peer, Scope scope) {}

    /**
     * What the sources say.
     *
     * @param offers in the order of the plan
     * @param isKnown whether a server knows the stream
     * @param unanswered those that were asked, or should have been, and did not answer
     */
    record Gathered(List<Offer> offers, boolean isKnown, List<Unanswered> unanswered) {}

    SourceInventories(Peers peers, PeerTransport transport, PeerMemory memory, SegmentGrid grid, Timing time) {
        this.peers = peers;
        this.transport = transport;
        this.memory = memory;
        this.grid = grid;
        this.time = time;
        peers.onNews(this::giveUpWhoIsDown);
    }

    private void giveUpWhoIsDown() {
        inventories.forEach((key, of) -> {
            if (peers.at(key.peer()).heartbeatState() == Heartbeat.State.DOWN) {
                of.stopFollowing();
            }
        });
    }

    PeerInventory of(Plan.Asked asked) {
        Peer peer = asked.peer();
        return inventories.computeIfAbsent(
                new Key(peer.address(), asked.scope()),
                key -> new PeerInventory(
                        peer, key.scope(), new RemotePeer(peer, key.scope(), transport, grid), memory, grid, time));
    }

    /**
     * Asks for what there is in a range of time.
     *
     * @param wanted how new each answer must be
     * @param othersHave whether something can be said without any of them
     */
    CompletableFuture<Gathered> gather(
            Plan plan, UtcRange range, Function<Plan.Asked, QueryOptions> wanted, Budget budget, boolean othersHave) {
        Predicate<Optional<KnownStream>> says =
                answer -> answer.isPresent() && !answer.get().takes().isEmpty();
        return ask(
                        plan,
                        asked -> of(asked).find(asked.stream(), range, wanted.apply(asked), question(asked, budget)),
                        says,
                        budget,
                        othersHave)
                .thenApply(outcomes -> gathered(plan, range, wanted, outcomes));
    }

    /** Asks all of a plan the same; gives an outcome for each. */
    <T> CompletableFuture<List<Answers.Outcome<T>>> ask(
            Plan plan,
            Function<Plan.Asked, CompletableFuture<T>> question,
            Predicate<T> says,
            Budget budget,
            boolean othersHave) {
        List<CompletableFuture<T>> asks = new ArrayList<>();
        for (Plan.Asked asked : plan.asked()) {
            asks.add(
                    asked.peer().mayBeAsked(asked.stream())
                            ? question.apply(asked)
                            : CompletableFuture.failedFuture(
                                    new IOException(asked.peer().why())));
        }
        return Answers.of(asks, says, othersHave, budget, time);
    }

    static Question question(Plan.Asked asked, Budget budget) {
        return new Question(asked.route(), budget.ofSource().whenNobodyHas());
    }

    private Gathered gathered(
            Plan plan,
            UtcRange range,
            Function<Plan.Asked, QueryOptions> wanted,
            List<Answers.Outcome<Optional<KnownStream>>> outcomes) {
        List<Offer> offers = new ArrayList<>();
        List<Unanswered> unanswered = new ArrayList<>(plan.unanswered());
        boolean isKnown = false;
        for (int i = 0; i < outcomes.size(); i++) {
            Plan.Asked asked = plan.asked().get(i);
            Optional<Optional<KnownStream>> answer = outcomes.get(i).value();
            if (answer.isEmpty()) {
                Unanswered.add(
                        unanswered,
                        new Unanswered(asked.peer().name(), outcomes.get(i).why()));
                List<Offer> recalled = of(asked).recall(asked.stream(), range, asked.route());
                isKnown |= !recalled.isEmpty();
                offers.addAll(recalled);
            } else if (answer.get().isPresent()) {
                KnownStream said = answer.get().get();
                said.listing().unanswered().forEach(one -> Unanswered.add(unanswered, one));
                if (!said.listing().isKnown()) {
                    continue;
                }
                isKnown = true;
                List<Offer> offered = PeerInventory.offers(
                        said,
                        Timeline.withEarlyStarts(range, grid),
                        wanted.apply(asked).newest());
                offers.addAll(offered.isEmpty() ? List.of(empty(asked, said.listing())) : offered);
            }
        }
        return new Gathered(offers, isKnown, unanswered);
    }

    /** Of a peer that has nothing in the range: whether it is live, and what there is beyond. */
    private static Offer empty(Plan.Asked asked, HourListing said) {
        return new Offer(asked.peer().name(), new Holdings(List.of(), said.ends(), said.live(), said.span()));
    }
}
