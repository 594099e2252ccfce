package org.red5.dvr.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.red5.dvr.cluster.ask.Budget;
import org.red5.dvr.cluster.ask.Hedge;
import org.red5.dvr.cluster.ask.Plan;
import org.red5.dvr.cluster.ask.Planner;
import org.red5.dvr.cluster.known.QueryOptions;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Offer;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.LruMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges what this server holds with what its sources say into timelines. At the live end only the source in use is followed; of
 * the others what they said last will do, until something is missing that they may have. Any thread may call; a call
 * may read this server's disks, and never waits for a peer.
 */
final class ClusterTimelines {
    private static final Logger log = LoggerFactory.getLogger(ClusterTimelines.class);
    private static final int MOST_STREAMS = 10_000;
    /** What ends so long before now is not the live end. */
    private static final int LIVE_CELLS = 3;

    private static final long NOT = Long.MIN_VALUE;

    private final String node;
    private final SegmentSource own;
    private final SegmentSource cached;
    private final Executor disks;
    private final OwnResolver alone;
    private final Planner planner;
    private final SourceInventories sources;
    private final SegmentGrid grid;
    private final Timing time;
    /** By least recent use. */
    @GuardedBy("given")
    private final Map<StreamKey, RecentlyGiven> given = new LruMap<>(MOST_STREAMS);

    /** A question as far as it does not depend on which servers are asked. */
    private record Asking(StreamKey stream, UtcRange window, Route route, Budget budget, Own own) {}

    /** What this server holds itself, or that its disk does not say it. */
    private record Own(Optional<Holdings> holdings, Optional<Unanswered> failed) {
        boolean isLive() {
            return holdings.map(Holdings::live).orElse(false);
        }

        boolean saysSomething() {
            return holdings.map(all -> !all.segments().isEmpty()).orElse(false);
        }
    }

    ClusterTimelines(
            String node,
            SegmentSource own,
            SegmentSource cached,
            Executor disks,
            Planner planner,
            SourceInventories sources,
            SegmentGrid grid,
            Timing time) {
        this.node = node;
        this.own = own;
        this.cached = cached;
        this.disks = disks;
        this.alone = new OwnResolver(node, own, grid);
        this.planner = planner;
        this.sources = sources;
        this.grid = grid;
        this.time = time;
    }

    /**
     * What there is of a stream in a window; empty when no server knows it, and all answered. Fails with
     * {@link UnreachableException} when no server that answers knows it.
     *
     * @param route the way that the question has come to this server
     */
    CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window, Route route, Budget budget) {
        Plan plan = planner.plan(stream, route);
        if (plan.isEmpty()) {
            return alone.timeline(stream, window);
        }
        Asking asking = new Asking(stream, window, route, budget, own(stream, window));
        return merged(asking, plan, NOT).thenCompose(timeline -> {
            long missing = missingUntil(asking, plan, timeline);
            return missing == NOT ? CompletableFuture.completedFuture(timeline) : merged(asking, plan, missing);
        });
    }

    private Own own(StreamKey stream, UtcRange window) {
        try {
            UtcRange range = Timeline.withEarlyStarts(Timeline.mergeRange(window, grid), grid);
            return new Own(own.find(stream, range), Optional.empty());
        } catch (UnreachableException e) {
            return new Own(Optional.empty(), Optional.of(new Unanswered(node, "its disk does not answer")));
        } catch (IOException | UncheckedIOException e) {
            log.error("{}: its archive cannot be read, its sources are asked: {}", stream, e.toString());
            return new Own(Optional.empty(), Optional.of(new Unanswered(node, "its archive cannot be read")));
        }
    }

    /** @param missing until when something is missing that all are asked for now */
    private CompletableFuture<Optional<Timeline>> merged(Asking asking, Plan plan, long missing) {
        UtcRange range = Timeline.mergeRange(asking.window(), grid);
        Function<Plan.Asked, QueryOptions> wanted = asked -> wanted(asking, asked, missing);
        return sources.gather(plan, range, wanted, asking.budget(), asking.own().saysSomething())
                .thenCompose(gathered -> gathered.unanswered().isEmpty()
                        ? CompletableFuture.completedFuture(merged(asking, plan, gathered, Optional.empty()))
                        : CompletableFuture.supplyAsync(() -> merged(asking, plan, gathered, cached(asking)), disks));
    }

    private QueryOptions wanted(Asking asking, Plan.Asked asked, long missing) {
        if (!asked.isCurrent() || asking.own().isLive()) {
            return new QueryOptions(missing, missing != NOT, false);
        }
        return new QueryOptions(asking.window().toMicros(), true, reachesLiveEnd(asking.window()));
    }

    /** Whether a viewer that asks for a window may follow the stream. */
    boolean reachesLiveEnd(UtcRange window) {
        return window.toMicros() >= time.micros() - LIVE_CELLS * grid.periodMicros();
    }

    /** @param kept what is cached of that which those have that do not answer */
    private Optional<Timeline> merged(
            Asking asking, Plan plan, SourceInventories.Gathered gathered, Optional<Holdings> kept) {
        List<Offer> offers = new ArrayList<>();
        asking.own().holdings().ifPresent(holdings -> offers.add(new Offer(node, holdings)));
        offers.addAll(gathered.offers());
        List<Unanswered> unanswered = new ArrayList<>(gathered.unanswered());
        asking.own().failed().ifPresent(failed -> Unanswered.add(unanswered, failed));
        kept.ifPresent(holdings -> offers.add(new Offer(node, holdings)));
        if (offers.isEmpty()) {
            if (!unanswered.isEmpty()) {
                throw Hedge.unreachable(sentence(asking.stream(), unanswered));
            }
            return Optional.empty();
        }
        RecentlyGiven before = given(asking.stream());
        long nowMicros = haveOneRecorder(asking, plan) ? Long.MAX_VALUE : time.micros();
        Timeline timeline = Timeline.merge(offers, asking.window(), grid, unanswered, before, nowMicros);
        before.note(timeline.numbered().segments(), time.micros());
        return Optional.of(timeline);
    }

    /** Reads the cache's disk. */
    private Optional<Holdings> cached(Asking asking) {
        try {
            UtcRange range = Timeline.withEarlyStarts(Timeline.mergeRange(asking.window(), grid), grid);
            return cached.find(asking.stream(), range)
                    .filter(holdings -> !holdings.segments().isEmpty());
        } catch (IOException e) {
            log.debug("{}: the cache does not say what it has: {}", asking.stream(), e.toString());
            return Optional.empty();
        }
    }

    /** Whether the encoder cannot go over to another server. */
    private static boolean haveOneRecorder(Asking asking, Plan plan) {
        return !asking.own().saysSomething()
                && plan.asked().size() + plan.unanswered().size() == 1
                && plan.asked().stream().noneMatch(asked -> asked.scope() == Scope.CHAIN);
    }

    private static String sentence(StreamKey stream, List<Unanswered> unanswered) {
        return "No server that answers knows \"" + stream + "\"; these servers do not answer: "
                + Unanswered.list(unanswered) + '.';
    }

    private RecentlyGiven given(StreamKey stream) {
        synchronized (given) {
            return given.computeIfAbsent(stream, key -> new RecentlyGiven(grid));
        }
    }

    /**
     * The end of the last hole in hours that may still grow, if there are sources that were not asked for the newest. What is missing
     * at the live end may only not be written yet, but not what something follows on.
     */
    private long missingUntil(Asking asking, Plan plan, Optional<Timeline> timeline) {
        boolean allAreNew = plan.asked().stream()
                .allMatch(asked -> wanted(asking, asked, NOT).newest());
        if (allAreNew || timeline.isEmpty()) {
            return NOT;
        }
        long openMicros = Hours.beginMicros(Hours.lastSettled(time.micros()) + 1);
        long lastMicros = timeline.get().isEmpty() ? 0 : timeline.get().last().startUtcMicros();
        long beforeMicros = Math.max(lastMicros, time.micros() - LIVE_CELLS * grid.periodMicros());
        return timeline.get().gaps().stream()
                .map(Timeline.Gap::range)
                .filter(gap -> gap.toMicros() > openMicros && gap.fromMicros() < beforeMicros)
                .mapToLong(UtcRange::toMicros)
                .max()
                .orElse(NOT);
    }
}
