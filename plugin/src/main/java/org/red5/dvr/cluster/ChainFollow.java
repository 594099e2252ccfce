package org.red5.dvr.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.red5.dvr.cluster.ask.Budget;
import org.red5.dvr.cluster.ask.Plan;
import org.red5.dvr.cluster.ask.Planner;
import org.red5.dvr.peer.Question;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;

/**
 * One peer's wait for what is new of a stream here or at this server's sources: for the segments that this server itself would
 * give out. No thread waits with it.
 */
final class ChainFollow {
    /** So many cells back what is new is told, and segments that do not fit into so many bytes come without them. */
    private static final int MOST_CELLS = 32;

    /** Where an encoder goes over to another server, that one's first segments may be whole after others of so much higher numbers. */
    private static final int MOST_NUMBERS_LATE = 3;

    private static final long MOST_MEDIA_BYTES = 16 << 20;
    /** The source in use may have become another one without anything new. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    private static final long AHEAD_MICROS = 10_000_000;
    /** What is there is told at once; nothing is waited for. */
    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    private final FollowRequest request;
    private final Question question;
    private final TakeStore own;
    private final Planner planner;
    private final SourceInventories sources;
    private final ClusterTimelines timelines;
    private final SegmentGrid grid;
    private final Timing time;
    private final Executor disks;
    private final CompletableFuture<Optional<FollowReply>> answer = new CompletableFuture<>();

    /**
     * @param disks looks again, which may read this server's own disks
     */
    ChainFollow(
            FollowRequest request,
            Question question,
            TakeStore own,
            Planner planner,
            SourceInventories sources,
            ClusterTimelines timelines,
            SegmentGrid grid,
            Timing time,
            Executor disks) {
        this.request = request;
        this.question = question;
        this.own = own;
        this.planner = planner;
        this.sources = sources;
        this.timelines = timelines;
        this.grid = grid;
        this.time = time;
        this.disks = disks;
    }

    /** The answer, when something is new; the last is that nothing is, when the time is over. */
    CompletableFuture<Optional<FollowReply>> answer(Duration atMost) {
        FollowReply nothing = new FollowReply(request.live(), List.of(), List.of());
        Runnable noWait = time.timer().after(atMost, () -> answer.complete(Optional.of(nothing)));
        CompletableFuture<Optional<FollowReply>> here = own.follow(request, atMost);
        here.thenAccept(reply -> reply.filter(news -> news.isNewTo(request)).ifPresent(news -> look()));
        answer.whenComplete((reply, failure) -> {
            // The timer would hold the answer's media until the time is over.
            noWait.run();
            here.cancel(false);
        });
        look();
        return answer;
    }

    private void look() {
        if (answer.isDone()) {
            return;
        }
        CompletableFuture<Void> change = nextChange();
        long after = Math.max(request.afterNumber(), grid.numberAt(time.micros()) - MOST_CELLS);
        long from = grid.startUtcMicros(after + 1 - MOST_NUMBERS_LATE);
        UtcRange window = new UtcRange(Math.min(from, time.micros()), time.micros() + AHEAD_MICROS);
        timelines
                .timeline(request.stream(), window, question.route(), Budget.of(question))
                .thenApplyAsync(this::news, disks)
                .whenComplete((news, failure) -> {
                    if (failure != null) {
                        answer.completeExceptionally(Futures.unwrapped(failure));
                    } else if (news.isEmpty() || news.get().isNewTo(request)) {
                        answer.complete(news);
                    } else {
                        CompletableFuture<Void> later = time.after(LOOK_AGAIN);
                        CompletableFuture.anyOf(change, later).thenRunAsync(this::look, disks);
                    }
                });
    }

    private CompletableFuture<Void> nextChange() {
        for (Plan.Asked asked : planner.plan(request.stream(), question.route()).asked()) {
            if (asked.isCurrent()) {
                return sources.of(asked).nextChange(asked.stream(), asked.route());
            }
        }
        return new CompletableFuture<>();
    }

    private Optional<FollowReply> news(Optional<Timeline> timeline) {
        if (timeline.isEmpty()) {
            return Optional.empty();
        }
        Optional<FollowReply> here = ownNews();
        List<Plan.Asked> asked =
                planner.plan(request.stream(), question.route()).currentFirst();
        List<FollowReply.New> told = new ArrayList<>();
        long mediaBytes = 0;
        List<Segment> segments = timeline.get().segments();
        boolean isNew = segments.stream().anyMatch(segment -> segment.number() > request.afterNumber());
        for (Segment segment : isNew ? segments : List.<Segment>of()) {
            if (segment.number() > request.afterNumber() || mayComeLate(segment, segments)) {
                mediaBytes += segment.bytes();
                boolean withMedia = request.media() && mediaBytes <= MOST_MEDIA_BYTES;
                own(here, segment).or(() -> ofSource(asked, segment, withMedia)).ifPresent(told::add);
            }
        }
        List<TakeEnd> ends = new ArrayList<>(here.map(FollowReply::ends).orElse(List.of()));
        long sinceMicros = grid.startUtcMicros(request.afterNumber());
        asked.stream()
                .filter(Plan.Asked::isCurrent)
                .forEach(one -> ends.addAll(sources.of(one).endsSince(one.stream(), one.route(), sinceMicros)));
        return Optional.of(new FollowReply(timeline.get().live(), told, ends));
    }

    /** Whether a segment may have come later than those with higher numbers, as it is another server's. */
    private boolean mayComeLate(Segment segment, List<Segment> segments) {
        return segment.number() > request.afterNumber() - MOST_NUMBERS_LATE
                && segments.stream()
                        .noneMatch(each -> each.number() == request.afterNumber()
                                && each.take().equals(segment.take()));
    }

    /** What is new here: there at once if anything is. */
    private Optional<FollowReply> ownNews() {
        CompletableFuture<Optional<FollowReply>> reply = own.follow(request, AT_ONCE);
        if (!reply.isDone() || reply.isCompletedExceptionally()) {
            reply.cancel(false);
            return Optional.empty();
        }
        return reply.join();
    }

    private static Optional<FollowReply.New> own(Optional<FollowReply> here, Segment segment) {
        return here.flatMap(reply -> reply.segments().stream()
                .filter(one -> one.segment().equals(segment))
                .findFirst());
    }

    private Optional<FollowReply.New> ofSource(List<Plan.Asked> asked, Segment segment, boolean withMedia) {
        for (Plan.Asked one : asked) {
            Optional<FollowReply.New> told = sources.of(one).told(one.stream(), segment, one.route(), withMedia);
            if (told.isPresent()) {
                return told;
            }
        }
        return Optional.empty();
    }
}
