package org.red5.dvr.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.red5.dvr.bytes.ArrivingBytes;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.cluster.SegmentFill.Fetched;
import org.red5.dvr.cluster.ask.Budget;
import org.red5.dvr.cluster.ask.Hedge;
import org.red5.dvr.cluster.ask.Plan;
import org.red5.dvr.cluster.ask.Planner;
import org.red5.dvr.cluster.known.PeerMemory;
import org.red5.dvr.cluster.known.QueryOptions;
import org.red5.dvr.cluster.known.RecentSegments;
import org.red5.dvr.cluster.members.Peers;
import org.red5.dvr.cluster.members.StreamSource;
import org.red5.dvr.cluster.members.StreamSources;
import org.red5.dvr.peer.NotWantedException;
import org.red5.dvr.peer.PeerFailure;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.InitReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;
import org.red5.dvr.util.SingleFlight;

/**
 * Gets segments and init segments from the sources that have them, each once however many ask for it: from the source in use,
 * else from the others in order; from the next one too when the answer does not come soon; and where none gives it, another take's of
 * the same bytes, as two servers have it that recorded one encoder alike. A segment is given out as it arrives ({@link SegmentFill}), and when a
 * source breaks off it goes on from the next one. Any thread may call; nothing blocks.
 */
final class SegmentFetcher {
    private final Planner planner;
    private final StreamSources sources;
    private final SourceInventories inventories;
    private final PeerMemory memory;
    private final Peers peers;
    private final ByteConflicts conflicts;
    private final SegmentGrid grid;
    private final Timing time;
    private final Map<Wanted, SegmentFill> fills = new ConcurrentHashMap<>();
    private final SingleFlight<WantedInit, Optional<Init>> inits = new SingleFlight<>();

    private record Request(StreamKey stream, TakeId take, long number, Route route) {}

    /** What is wanted, and from which peers, whatever way the question came. */
    private record Wanted(StreamKey stream, TakeId take, long number, List<Plan.Ask> from) {}

    private record WantedInit(StreamKey stream, TakeId take, List<Plan.Ask> from) {}

    /** A source that is known to have a segment, or one of another take with the same bytes. */
    private record Candidate(Plan.Asked asked, FollowReply.New held) {
        TakeId take() {
            return held.segment().take();
        }
    }

    SegmentFetcher(
            Planner planner,
            StreamSources sources,
            SourceInventories inventories,
            PeerMemory memory,
            Peers peers,
            ByteConflicts conflicts,
            SegmentGrid grid,
            Timing time) {
        this.planner = planner;
        this.sources = sources;
        this.inventories = inventories;
        this.memory = memory;
        this.peers = peers;
        this.conflicts = conflicts;
        this.grid = grid;
        this.time = time;
    }

    /**
     * A segment; empty when no server has it. Fails with {@link UnreachableException} when one that does not answer may have it.
     *
     * @param route the way that the question has come to this server
     */
    CompletableFuture<Optional<Fetched>> segment(
            StreamKey stream, TakeId take, long number, Route route, Budget budget) {
        for (StreamKey name : namesOf(stream)) {
            Optional<RecentSegments.Kept> kept = memory.segments().get(new RecentSegments.Key(name, take, number));
            if (kept.isPresent()) {
                return CompletableFuture.completedFuture(Optional.of(fetched(kept.get(), true)));
            }
        }
        List<Plan.Ask> from = planner.plan(stream, route).asks();
        Request request = new Request(stream, take, number, route);
        Wanted wanted = new Wanted(stream, take, number, from);
        while (true) {
            SegmentFill fill = fills.computeIfAbsent(wanted, key -> new SegmentFill());
            Optional<CompletableFuture<Optional<Fetched>>> share =
                    fill.join(() -> fetch(request, fill, shared(from, budget))
                            .whenComplete((found, failure) -> fills.remove(wanted, fill)));
            if (share.isPresent()) {
                return share.get();
            }
            fills.remove(wanted, fill);
        }
    }

    private static Fetched fetched(RecentSegments.Kept kept, boolean wasHere) {
        return new Fetched(new MediaBytes.InMemory(kept.bytes()), kept.videoBytes(), kept.node(), kept.crc(), wasHere);
    }

    /**
     * How long a fetch waits for sources that others may share. What a source holds itself any question may share, each as long as it
     * can wait: so it takes as long as the longest may.
     */
    private static Budget shared(List<Plan.Ask> from, Budget budget) {
        boolean isAskedOn = from.stream().anyMatch(ask -> ask.way().isPresent());
        return isAskedOn ? budget.ofSource() : Budget.VIEWER;
    }

    /** At its sources; and its own, which it had at those that are not configured any more. */
    private Set<StreamKey> namesOf(StreamKey stream) {
        Set<StreamKey> names = new LinkedHashSet<>();
        sources.of(stream).forEach(source -> names.add(source.stream()));
        names.add(stream);
        return names;
    }

    private CompletableFuture<Optional<Fetched>> fetch(Request request, SegmentFill fill, Budget budget) {
        Plan plan = planner.plan(request.stream(), request.route());
        if (plan.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        List<Candidate> candidates = candidates(plan, request);
        if (candidates.isEmpty()) {
            // None has said so yet: the segment is known from elsewhere.
            return elsewhere(request, fill, candidates, budget);
        }
        return first(request, fill, candidates, budget)
                .thenCompose(outcome -> outcome.value().isPresent() || !(outcome.failed() || hasUnanswered(plan))
                        ? CompletableFuture.completedFuture(outcome.value())
                        : elsewhere(request, fill, candidates, budget));
    }

    private static boolean hasUnanswered(Plan plan) {
        return !plan.unanswered().isEmpty();
    }

    /** From one that has not said yet that it has it, or has another take's segment of the same bytes. */
    private CompletableFuture<Optional<Fetched>> elsewhere(
            Request request, SegmentFill fill, List<Candidate> tried, Budget budget) {
        long start = grid.startUtcMicros(request.number());
        // At a take's beginning a segment may start before the cell of its number.
        UtcRange range =
                new UtcRange(start - SegmentGrid.MOST_AHEAD * grid.periodMicros(), start + grid.periodMicros());
        QueryOptions wanted = new QueryOptions(range.toMicros(), true, false);
        boolean hasWaited = !tried.isEmpty();
        return inventories
                .gather(planner.plan(request.stream(), request.route()), range, asked -> wanted, budget, hasWaited)
                .thenCompose(gathered -> {
                    List<Candidate> others = untried(request, tried);
                    return first(request, fill, others, budget).thenApply(outcome -> {
                        boolean mayBeThere = hasWaited
                                || outcome.failed()
                                || !gathered.unanswered().isEmpty();
                        if (outcome.value().isEmpty() && mayBeThere) {
                            throw Hedge.unreachable("Segment " + request.number() + " of " + request.take()
                                    + " may be at a server that does not answer now"
                                    + named(gathered.unanswered()));
                        }
                        return outcome.value();
                    });
                });
    }

    private List<Candidate> untried(Request request, List<Candidate> tried) {
        Plan plan = planner.plan(request.stream(), request.route());
        List<Candidate> all = candidates(plan, request);
        List<Candidate> untried = new ArrayList<>();
        all.stream()
                .filter(one -> tried.stream()
                        .noneMatch(before ->
                                before.asked().peer().equals(one.asked().peer())))
                .forEach(untried::add);
        all.stream().findFirst().ifPresent(known -> untried.addAll(twins(plan, known.held())));
        return untried;
    }

    /** Segments of other takes whose bytes are those of one: length and CRC say so. */
    private List<Candidate> twins(Plan plan, FollowReply.New held) {
        List<Candidate> twins = new ArrayList<>();
        for (Plan.Asked asked : plan.currentFirst()) {
            inventories
                    .of(asked)
                    .twin(asked.stream(), held, asked.route())
                    .ifPresent(twin -> twins.add(new Candidate(asked, twin)));
        }
        return twins;
    }

    private static String named(List<Unanswered> unanswered) {
        return unanswered.isEmpty() ? "." : ": " + Unanswered.list(unanswered) + '.';
    }

    /** Those that have it, the source in use first; of two whose indexes differ, those that are as the first configured one says. */
    private List<Candidate> candidates(Plan plan, Request request) {
        List<Candidate> candidates = new ArrayList<>();
        Optional<Candidate> counts = plan.asked().stream()
                .flatMap(asked -> candidate(asked, request).stream())
                .findFirst();
        for (Plan.Asked asked : plan.currentFirst()) {
            Optional<Candidate> candidate = candidate(asked, request);
            if (candidate.isEmpty()) {
                continue;
            }
            if (counts.orElseThrow().held().isAlike(candidate.get().held())) {
                candidates.add(candidate.get());
            } else {
                conflicts.differs(
                        request.stream(),
                        request.take(),
                        request.number(),
                        counts.get().asked().peer().name(),
                        asked.peer().name());
            }
        }
        return candidates;
    }

    private Optional<Candidate> candidate(Plan.Asked asked, Request request) {
        return inventories
                .of(asked)
                .held(asked.stream(), request.take(), request.number(), asked.route())
                .map(held -> new Candidate(asked, held));
    }

    private CompletableFuture<Hedge.Outcome<Fetched>> first(
            Request request, SegmentFill fill, List<Candidate> candidates, Budget budget) {
        List<Hedge.Attempt<Fetched>> attempts = new ArrayList<>();
        Duration most = budget.whenNobodyHas();
        for (Candidate candidate : candidates) {
            Duration timeout = budget.forMedia(candidate.asked().scope());
            most = timeout.compareTo(most) > 0 ? timeout : most;
            attempts.add(onFirstByte -> from(candidate, request, fill, timeout, onFirstByte));
        }
        Duration longest = most;
        // What broke off half-way goes on where it broke, at the same ones once more if need be.
        return Hedge.first(attempts, most, time)
                .thenCompose(outcome -> outcome.value().isEmpty() && fill.isBroken()
                        ? Hedge.first(attempts, longest, time)
                        : CompletableFuture.completedFuture(outcome));
    }

    /** Fails no sooner than nobody brings bytes. */
    private CompletableFuture<Optional<Fetched>> from(
            Candidate candidate, Request request, SegmentFill fill, Duration timeout, Runnable onFirstByte) {
        Plan.Asked asked = candidate.asked();
        Optional<ArrivingBytes> into = fill.place(candidate.held());
        if (into.isEmpty()) {
            return CompletableFuture.failedFuture(new NotWantedException());
        }
        Runnable comes = () -> {
            fill.comesFrom(candidate.held());
            onFirstByte.run();
        };
        Question question = new Question(asked.route(), timeout, comes, into);
        CompletableFuture<Optional<SegmentReply>> sent =
                inventories.of(asked).remote(question).segment(asked.stream(), candidate.take(), request.number());
        fill.givesUp(sent);
        CompletableFuture<Optional<Fetched>> fetched = sent.thenApply(answer -> {
            if (answer.isEmpty()) {
                inventories.of(asked).invalidate(asked.stream(), grid.hourOf(request.number()));
            }
            return answer.map(held -> kept(candidate, request, held, into.get()));
        });
        fetched.whenComplete((value, failure) -> {
            if (PeerFailure.isWrongBytes(failure)) {
                conflicts.isWrong(
                        request.stream(),
                        candidate.take(),
                        request.number(),
                        asked.peer().name());
            }
        });
        CompletableFuture<Optional<Fetched>> answer = fetched.exceptionallyCompose(
                failure -> into.get().feedEnd().thenCompose(ended -> CompletableFuture.failedFuture(failure)));
        return Futures.givenUpWith(answer, sent);
    }

    private Fetched kept(Candidate candidate, Request request, SegmentReply held, ArrivingBytes whole) {
        Plan.Asked asked = candidate.asked();
        RecentSegments.Kept kept = new RecentSegments.Kept(
                whole.array(), candidate.held().segment().videoBytes(), held.node(), held.crc());
        Stream.of(request.take(), candidate.take())
                .distinct()
                .forEach(take ->
                        memory.segments().put(new RecentSegments.Key(asked.stream(), take, request.number()), kept));
        return fetched(kept, false);
    }

    /**
     * An init segment with all tracks.
     *
     * @param bytes not to be changed
     * @param node that holds it
     * @param wasHere whether it had come before
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Init(byte[] bytes, String node, boolean wasHere) {}

    /** The init segment of a take; as {@link #segment}. */
    CompletableFuture<Optional<Init>> init(StreamKey stream, TakeId take, Route route, Budget budget) {
        for (StreamSource source : sources.of(stream)) {
            Optional<byte[]> known = memory.init(source.stream(), take);
            if (known.isPresent()) {
                String holder = memory.initHolder(source.stream(), take)
                        .orElseGet(() -> peers.at(source.peer()).name());
                Init here = new Init(known.get(), holder, true);
                return CompletableFuture.completedFuture(Optional.of(here));
            }
        }
        Optional<byte[]> left = memory.init(stream, take);
        if (left.isPresent()) {
            String holder = memory.initHolder(stream, take).orElse("");
            return CompletableFuture.completedFuture(Optional.of(new Init(left.get(), holder, true)));
        }
        Plan plan = planner.plan(stream, route);
        List<Plan.Ask> from = plan.asks();
        return inits.of(new WantedInit(stream, take, from), () -> fetchInit(plan, take, shared(from, budget)));
    }

    private CompletableFuture<Optional<Init>> fetchInit(Plan plan, TakeId take, Budget budget) {
        List<Hedge.Attempt<Init>> attempts = new ArrayList<>();
        for (Plan.Asked asked : plan.currentFirst()) {
            attempts.add(
                    onFirstByte -> init(asked, take, new Question(asked.route(), budget.whenNobodyHas(), onFirstByte)));
        }
        return Hedge.first(attempts, budget.whenNobodyHas(), time).thenApply(outcome -> {
            if (outcome.value().isEmpty()
                    && (outcome.failed() || !plan.unanswered().isEmpty())) {
                throw Hedge.unreachable(
                        "The take " + take + " may be at a server that does not answer now" + named(away(plan)));
            }
            return outcome.value();
        });
    }

    private static List<Unanswered> away(Plan plan) {
        List<Unanswered> away = new ArrayList<>(plan.unanswered());
        plan.asked().stream()
                .map(Plan.Asked::peer)
                .filter(peer -> !peer.mayBeAsked())
                .forEach(peer -> Unanswered.add(away, new Unanswered(peer.name(), peer.why())));
        return away;
    }

    private CompletableFuture<Optional<Init>> init(Plan.Asked asked, TakeId take, Question question) {
        CompletableFuture<Optional<InitReply>> sent =
                inventories.of(asked).remote(question).initSegment(asked.stream(), take);
        CompletableFuture<Optional<Init>> init = sent.thenApply(answer -> answer.map(held -> {
            byte[] bytes = ((MediaBytes.InMemory) held.bytes()).bytes();
            memory.keepInit(asked.stream(), take, bytes, held.node());
            return new Init(bytes, held.node(), false);
        }));
        return Futures.givenUpWith(init, sent);
    }
}
