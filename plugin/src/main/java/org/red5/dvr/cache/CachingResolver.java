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
        this.behind = behind;
        this.cache = cache;
        this.node = node;
        this.grid = grid;
        this.utcMicros = utcMicros;
        this.nanoTime = nanoTime;
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
    public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
        if (!cache.isFor(stream)) {
            return behind.fetchSegment(stream, take, number, part);
        }
        readAhead(new TakeOf(stream, take), number);
        Optional<Served> here =
                cache.segment(stream, take, number, part).map(bytes -> new Served(bytes, node, Served.From.CACHE));
        if (here.isPresent()) {
            return CompletableFuture.completedFuture(here);
        }
        CompletableFuture<Optional<Served>> asked = behind.fetchSegment(stream, take, number, part);
        CompletableFuture<Optional<Served>> answer = asked.thenApply(found -> {
            if (found.isPresent()) {
                keep(stream, take, number, part, found.get());
            }
            return found;
        });
        return Futures.givenUpWith(answer, asked);
    }

    /** What is kept has all tracks: of a request for one of them the whole is at hand. */
    private void keep(StreamKey stream, TakeId take, long number, Part part, Served served) {
        if (part == Part.MUXED) {
            cache.offerWhole(stream, take, number, served.bytes());
        } else {
            behind.fetchSegment(stream, take, number, Part.MUXED)
                    .thenAccept(whole -> whole.ifPresent(all -> keepAlone(stream, take, number, all.bytes())));
        }
    }

    /** Of bytes that nobody else was given. */
    private void keepAlone(StreamKey stream, TakeId take, long number, MediaBytes bytes) {
        cache.offerWhole(stream, take, number, bytes);
        bytes.whole().whenComplete((done, failure) -> bytes.letGo());
    }

    private void readAhead(TakeOf take, long number) {
        long now = nanoTime.getAsLong();
        for (long next : ahead.requested(take, number, now)) {
            boolean isOver = grid.startUtcMicros(next + OVER_CELLS) <= utcMicros.getAsLong();
            if (isOver && !cache.has(take.stream(), take.take(), next)) {
                fetch(new Which(take, next));
            }
        }
        ahead.abandoned(now)
                .forEach(run -> LongStream.rangeClosed(run.fromNumber(), run.toNumber())
                        .mapToObj(left -> Optional.ofNullable(fetched.remove(new Which(run.take(), left))))
                        .forEach(asked -> asked.ifPresent(each -> each.cancel(false))));
    }

    private void fetch(Which which) {
        TakeOf take = which.take();
        CompletableFuture<Optional<Served>> asked =
                behind.fetchSegment(take.stream(), take.take(), which.number(), Part.MUXED);
        fetched.put(which, asked);
        asked.whenComplete((found, failure) -> {
            fetched.remove(which, asked);
            if (failure == null && found.isPresent()) {
                keepAlone(
                        take.stream(), take.take(), which.number(), found.get().bytes());
            }
        });
    }
}
