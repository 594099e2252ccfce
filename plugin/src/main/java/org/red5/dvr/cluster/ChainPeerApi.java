package org.red5.dvr.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.cluster.ask.Answers;
import org.red5.dvr.cluster.ask.Budget;
import org.red5.dvr.cluster.ask.Hedge;
import org.red5.dvr.cluster.ask.Plan;
import org.red5.dvr.cluster.ask.Planner;
import org.red5.dvr.cluster.known.QueryOptions;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.InitReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.util.Futures;

/** Answers peers for what this server holds and for what its sources give it, each asked as the configuration says. */
final class ChainPeerApi implements PeerApi {
    private final TakeStore own;
    private final Planner planner;
    private final SourceInventories sources;
    private final SegmentFetcher fetcher;
    private final ClusterStreams streams;
    private final ClusterTimelines timelines;
    private final SegmentGrid grid;
    private final Timing time;
    private final Executor disks;

    /**
     * @param disks reads this server's own disks for those that wait for what is new
     */
    ChainPeerApi(
            TakeStore own,
            Planner planner,
            SourceInventories sources,
            SegmentFetcher fetcher,
            ClusterStreams streams,
            ClusterTimelines timelines,
            SegmentGrid grid,
            Timing time,
            Executor disks) {
        this.own = own;
        this.planner = planner;
        this.sources = sources;
        this.fetcher = fetcher;
        this.streams = streams;
        this.timelines = timelines;
        this.grid = grid;
        this.time = time;
        this.disks = disks;
    }

    @Override
    public TakeStore to(Question question) {
        return new Asked(question);
    }

    /** What answers one question. */
    private final class Asked implements TakeStore {
        private final Question question;
        private final Budget budget;

        Asked(Question question) {
            this.question = question;
            this.budget = Budget.of(question);
        }

        @Override
        public CompletableFuture<List<StreamListing>> streams() {
            return streams.all(question.route(), budget);
        }

        @Override
        public CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour) {
            Plan plan = planner.plan(stream, question.route());
            QueryOptions newest = new QueryOptions(Hours.beginMicros(toHour + 1), true, false);
            return own.hours(stream, fromHour, toHour)
                    .thenCompose(here -> sources.ask(
                                    plan,
                                    asked -> sources.of(asked)
                                            .hours(
                                                    asked.stream(),
                                                    fromHour,
                                                    toHour,
                                                    newest,
                                                    SourceInventories.question(asked, budget)),
                                    listing -> listing.map(one -> !one.hours().isEmpty())
                                            .orElse(false),
                                    budget,
                                    here.map(one -> !one.hours().isEmpty()).orElse(false))
                            .thenApply(outcomes -> joined(question.route(), plan, here, outcomes)));
        }

        @Override
        public CompletableFuture<Optional<IndexReply>> closedIndex(
                StreamKey stream, long hour, TakeId take, String digest) {
            return orElse(
                    own.closedIndex(stream, hour, take, digest),
                    () -> fromListed(stream, hour, take, asked -> closed(asked, hour, take, digest)));
        }

        private CompletableFuture<Optional<IndexReply>> closed(
                Plan.Asked asked, long hour, TakeId take, String digest) {
            String node = sources.of(asked)
                    .listed(asked.stream(), hour, take, asked.route())
                    .map(HourListing.Hour::node)
                    .orElse(asked.peer().name());
            HourListing.Hour entry = new HourListing.Hour(hour, take, node, 0, true, Optional.of(digest));
            return sources.of(asked)
                    .indexes()
                    .closed(asked.stream(), entry, SourceInventories.question(asked, budget))
                    .thenApply(index -> index.map(all -> new IndexReply(all, node)));
        }

        @Override
        public CompletableFuture<Optional<IndexReply>> openIndex(
                StreamKey stream, long hour, TakeId take, int fromPosition) {
            return orElse(
                    own.openIndex(stream, hour, take, fromPosition),
                    () -> fromListed(
                            stream,
                            hour,
                            take,
                            asked -> sources.of(asked)
                                    .remote(SourceInventories.question(asked, budget))
                                    .openIndex(asked.stream(), hour, take, fromPosition)));
        }

        /** Asks the sources that list a take in an hour, one after the other; all of them when none is known to. */
        private CompletableFuture<Optional<IndexReply>> fromListed(
                StreamKey stream,
                long hour,
                TakeId take,
                Function<Plan.Asked, CompletableFuture<Optional<IndexReply>>> ask) {
            Plan plan = planner.plan(stream, question.route());
            List<Plan.Asked> listed = plan.currentFirst().stream()
                    .filter(asked -> sources.of(asked)
                            .listed(asked.stream(), hour, take, asked.route())
                            .isPresent())
                    .toList();
            List<Hedge.Attempt<IndexReply>> attempts = new ArrayList<>();
            for (Plan.Asked asked : listed.isEmpty() ? plan.currentFirst() : listed) {
                attempts.add(onFirstByte -> ask.apply(asked));
            }
            return Hedge.first(attempts, budget.whenNobodyHas(), time).thenApply(outcome -> {
                if (outcome.value().isEmpty()
                        && (outcome.failed() || !plan.unanswered().isEmpty())) {
                    throw Hedge.unreachable("The index may be at a server that does not answer now.");
                }
                return outcome.value();
            });
        }

        @Override
        public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take) {
            return orElse(
                    own.initSegment(stream, take),
                    () -> inTime(fetcher.init(stream, take, question.route(), budget), budget)
                            .thenApply(init -> init.map(
                                    found -> new InitReply(new MediaBytes.InMemory(found.bytes()), found.node()))));
        }

        @Override
        public CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number) {
            return orElse(
                    own.segment(stream, take, number),
                    () -> inTimeForMedia(fetcher.segment(stream, take, number, question.route(), budget), budget)
                            .thenApply(segment -> segment.map(found -> held(found))));
        }

        @Override
        public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost) {
            return new ChainFollow(request, question, own, planner, sources, timelines, grid, time, disks)
                    .answer(atMost);
        }
    }

    /** What this server holds, or else what is asked for elsewhere. */
    private static <T> CompletableFuture<Optional<T>> orElse(
            CompletableFuture<Optional<T>> own, Supplier<CompletableFuture<Optional<T>>> elsewhere) {
        return own.thenCompose(here -> here.isPresent() ? CompletableFuture.completedFuture(here) : elsewhere.get());
    }

    /** @param route of the question: those that were skipped for what was asked from here on have answered here */
    private static Optional<HourListing> joined(
            Route route, Plan plan, Optional<HourListing> here, List<Answers.Outcome<Optional<HourListing>>> outcomes) {
        List<HourListing> lists = new ArrayList<>();
        here.ifPresent(lists::add);
        for (int i = 0; i < outcomes.size(); i++) {
            Answers.Outcome<Optional<HourListing>> outcome = outcomes.get(i);
            if (outcome.value().isEmpty()) {
                String peer = plan.asked().get(i).peer().name();
                lists.add(HourListing.ofUnanswered(List.of(new Unanswered(peer, outcome.why())), Skipped.NONE));
            } else {
                outcome.value().get().ifPresent(lists::add);
            }
        }
        boolean isKnown = lists.stream().anyMatch(HourListing::isKnown);
        lists.add(0, HourListing.ofUnanswered(plan.unanswered(), plan.skipped()));
        HourListing all = HourListing.joined(lists);
        Skipped left = all.skipped().only(route::knows);
        // Even of a stream that no server that answers knows it is told which do not answer, and which were not asked.
        return isKnown || !all.unanswered().isEmpty() || !left.isNone()
                ? Optional.of(new HourListing(all.live(), all.span(), all.hours(), all.ends(), all.unanswered(), left))
                : Optional.empty();
    }

    /** Bytes of a segment that begin to come are waited for, but not by one that waits less than any source is given. */
    private <T> CompletableFuture<T> inTimeForMedia(CompletableFuture<T> shared, Budget budget) {
        return budget.equals(budget.ofSource()) ? shared : inTime(shared, budget);
    }

    /** An answer that others wait for too, for one that does not wait as long as they. */
    private <T> CompletableFuture<T> inTime(CompletableFuture<T> shared, Budget budget) {
        CompletableFuture<T> mine = new CompletableFuture<>();
        Runnable noWait = time.timer()
                .after(
                        budget.mediaFromBehind(),
                        () -> mine.completeExceptionally(
                                new UnreachableException("It does not come in the time that it is waited for.")));
        shared.whenComplete((value, failure) -> {
            noWait.run();
            if (failure == null) {
                mine.complete(value);
            } else {
                mine.completeExceptionally(Futures.unwrapped(failure));
            }
        });
        return mine;
    }

    private static SegmentReply held(SegmentFill.Fetched segment) {
        return new SegmentReply(segment.forPeer(), segment.node(), segment.crc());
    }
}
