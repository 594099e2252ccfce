package org.red5.dvr.cache;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Resolver;
import org.red5.dvr.timeline.Served;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;

/** Answers viewers with a segment cache in front of all that a server can get at; what is cached of a take says its tracks when nobody else does. */
public final class CachingResolver implements Resolver {
    private final Resolver behind;
    private final SegmentCache cache;
    private final String node;

    /**
     * @param node this server's name
     */
    public CachingResolver(Resolver behind, SegmentCache cache, String node) {
        this.behind = behind;
        this.cache = cache;
        this.node = node;
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

    @Override
    public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
        CompletableFuture<Optional<Served>> asked = behind.fetchInitSegment(stream, take, part);
        CompletableFuture<Optional<Served>> answer = asked.exceptionallyCompose(failure -> {
            Optional<Served> here = Futures.unwrapped(failure) instanceof UnreachableException
                    ? cache.initSegment(stream, take, part).map(bytes -> new Served(bytes, node, Served.From.CACHE))
                    : Optional.empty();
            return here.isPresent()
                    ? CompletableFuture.completedFuture(here)
                    : CompletableFuture.failedFuture(Futures.unwrapped(failure));
        });
        return Futures.givenUpWith(answer, asked);
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
        if (!cache.isFor(stream)) {
            return behind.fetchSegment(stream, take, number, part);
        }
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
                    .thenAccept(whole -> whole.ifPresent(all -> cache.offerWhole(stream, take, number, all.bytes())));
        }
    }
}
