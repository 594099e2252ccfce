package org.red5.dvr.cache;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;

/**
 * Answers viewers with a segment cache in front of all that a server can get at; what is cached of a take says its tracks when nobody else does. For those who
 * watch on from one segment to the next, the following ones are fetched ahead, as far as they are over. Any thread may call.
 */
public final class CachingResolver implements Resolver {
    private final Resolver behind;
    private final SegmentCache cache;
    /** Of one viewer: more would be fetched for nothing when he leaves. */
    private static final int MOST_AHEAD = 4;

    private static final int MOST_RUNS = 10_000;
    /** Three cells of the default grid. */
    private static final Duration IDLE = Duration.ofSeconds(12);
    /** A segment that began so many cells ago is over: what is near the live end comes by itself. */
    private static final int OVER_CELLS = 4;

    private final String node;
    private final SegmentGrid grid;
    private final LongSupplier utcMicros;
    private final LongSupplier nanoTime;
    /** Whether it answers copies of long windows, for which nothing is fetched ahead. */
    private final boolean isForExport;

    private final ReadAhead<TakeOf> ahead = new ReadAhead<>(MOST_AHEAD, MOST_RUNS, IDLE);
    /** What is fetched ahead and has not begun to come. */
    private final Map<Which, CompletableFuture<Optional<Served>>> fetched = new ConcurrentHashMap<>();

    private record TakeOf(StreamKey stream, TakeId take) {}

    private record Which(TakeOf take, long number) {}

    /**
     * @param node this server's name
     * @param utcMicros the present, where streams are recorded
     * @param nanoTime a clock that is never set
     */
    public CachingResolver(
            Resolver behind,
            SegmentCache cache,
            String node,
            SegmentGrid grid,
            LongSupplier utcMicros,
            LongSupplier nanoTime) {
        this(behind, cache, node, grid, utcMicros, nanoTime, false);
    }

    private CachingResolver(
            Resolver behind,
            SegmentCache cache,
            String node,
            SegmentGrid grid,
            LongSupplier utcMicros,
            LongSupplier nanoTime,
            boolean isForExport) {
        this.behind = behind;
        this.cache = cache;
        this.node = node;
        this.grid = grid;
        this.utcMicros = utcMicros;
        this.nanoTime = nanoTime;
        this.isForExport = isForExport;
    }

    @Override
    public CompletableFuture<List<StreamListing>> streams() {
        return behind.streams();
    }

    @Override
    public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
        return behind.timeline(stream, window);
    }

    @Override
    public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
        CompletableFuture<Optional<Take>> asked = behind.take(stream, take);
        return Futures.givenUpWith(asked.thenApply(known -> known.or(() -> cache.take(stream, take))), asked);
    }

    /** From the cache first: where nobody else answers it is too late to look at a disk. */
    @Override
    public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
        Optional<Served> here =
                cache.initSegment(stream, take, part).map(bytes -> new Served(bytes, node, Served.From.CACHE));
        return here.isPresent() ? CompletableFuture.completedFuture(here) : behind.fetchInitSegment(stream, take, part);
    }

    @Override
    public Resolver forExport() {
        return new CachingResolver(behind, cache, node, grid, utcMicros, nanoTime, true);
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
        Optional<StreamCache> found = cache.of(stream);
        if (found.isEmpty()) {
            return behind.fetchSegment(stream, take, number, part);
        }
        StreamCache cached = isForExport ? found.get().forExport() : found.get();
        Which which = new Which(new TakeOf(stream, take), number);
        if (!isForExport) {
            readAhead(cached, which);
        }
        Optional<Served> here =
                cached.segment(take, number, part).map(bytes -> new Served(bytes, node, Served.From.CACHE));
        if (here.isPresent()) {
            return CompletableFuture.completedFuture(here);
        }
        CompletableFuture<Optional<Served>> asked = behind.fetchSegment(stream, take, number, part);
        CompletableFuture<Optional<Served>> answer = asked.thenApply(served -> {
            served.ifPresent(one -> keep(cached, which, part, one));
            return served;
        });
        return Futures.givenUpWith(answer, asked);
    }

    /** What is kept has all tracks: of a request for one of them the whole is at hand. */
    private void keep(StreamCache cached, Which which, Part part, Served served) {
        TakeOf take = which.take();
        if (part == Part.MUXED) {
            cached.offerWhole(take.take(), which.number(), served.bytes());
        } else {
            behind.fetchSegment(take.stream(), take.take(), which.number(), Part.MUXED)
                    .thenAccept(whole -> whole.ifPresent(all -> keepAlone(cached, which, all.bytes())));
        }
    }

    /** Of bytes that nobody else was given. */
    private static void keepAlone(StreamCache cached, Which which, MediaBytes bytes) {
        cached.offerWhole(which.take().take(), which.number(), bytes);
        bytes.whole().whenComplete((done, failure) -> bytes.letGo());
    }

    private void readAhead(StreamCache cached, Which which) {
        long now = nanoTime.getAsLong();
        TakeOf take = which.take();
        for (long next : ahead.requested(take, which.number(), now)) {
            boolean isOver = grid.startUtcMicros(next + OVER_CELLS) <= utcMicros.getAsLong();
            if (isOver && !cached.has(take.take(), next)) {
                fetch(cached, new Which(take, next));
            }
        }
        ahead.abandoned(now)
                .forEach(run -> LongStream.rangeClosed(run.fromNumber(), run.toNumber())
                        .mapToObj(left -> Optional.ofNullable(fetched.remove(new Which(run.take(), left))))
                        .forEach(asked -> asked.ifPresent(each -> each.cancel(false))));
    }

    private void fetch(StreamCache cached, Which which) {
        TakeOf take = which.take();
        CompletableFuture<Optional<Served>> asked =
                behind.fetchSegment(take.stream(), take.take(), which.number(), Part.MUXED);
        fetched.put(which, asked);
        asked.whenComplete((found, failure) -> {
            fetched.remove(which, asked);
            if (failure == null && found.isPresent()) {
                keepAlone(cached, which, found.get().bytes());
            }
        });
    }
}
