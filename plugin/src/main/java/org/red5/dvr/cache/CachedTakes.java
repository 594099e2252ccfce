package org.red5.dvr.cache;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.InitReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.Futures;

/**
 * What somebody holds, with the segment cache in front of its segments. Where servers do not answer, what is cached of theirs is told of too:
 * of an hour that is cached in part, that part.
 */
public final class CachedTakes implements TakeStore {
    private final TakeStore behind;
    private final SegmentCache cache;

    public CachedTakes(TakeStore behind, SegmentCache cache) {
        this.behind = behind;
        this.cache = cache;
    }

    @Override
    public CompletableFuture<List<StreamListing>> streams() {
        return behind.streams();
    }

    @Override
    public CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour) {
        return orElse(stream, behind.hours(stream, fromHour, toHour), answer -> {
            if (answer.filter(listing -> listing.unanswered().isEmpty()).isPresent()) {
                return CompletableFuture.completedFuture(answer);
            }
            return cache.takes()
                    .hours(stream, fromHour, toHour)
                    .thenApply(cached -> cached.isEmpty() || answer.isEmpty()
                            ? cached.or(() -> answer)
                            : Optional.of(HourListing.joined(List.of(answer.get(), cached.get()))));
        });
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> closedIndex(
            StreamKey stream, long hour, TakeId take, String digest) {
        return orElse(
                stream,
                behind.closedIndex(stream, hour, take, digest),
                answer -> answer.isPresent()
                        ? CompletableFuture.completedFuture(answer)
                        : cache.takes().closedIndex(stream, hour, take, digest));
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> openIndex(
            StreamKey stream, long hour, TakeId take, int fromPosition) {
        return orElse(
                stream,
                behind.openIndex(stream, hour, take, fromPosition),
                answer -> answer.isPresent()
                        ? CompletableFuture.completedFuture(answer)
                        : cache.takes().openIndex(stream, hour, take, fromPosition));
    }

    @Override
    public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take) {
        return orElse(
                stream,
                behind.initSegment(stream, take),
                answer -> answer.isPresent()
                        ? CompletableFuture.completedFuture(answer)
                        : cache.takes().initSegment(stream, take));
    }

    /** What else there is when an answer says too little; where there is none, the failure of that answer stays. */
    private <T> CompletableFuture<Optional<T>> orElse(
            StreamKey stream,
            CompletableFuture<Optional<T>> asked,
            Function<Optional<T>, CompletableFuture<Optional<T>>> cached) {
        if (!cache.isFor(stream)) {
            return asked;
        }
        CompletableFuture<Optional<T>> answer = asked.handle((found, failure) -> failure == null
                        ? cached.apply(found)
                        : cached.apply(Optional.empty())
                                .thenCompose(here -> here.isPresent()
                                        ? CompletableFuture.completedFuture(here)
                                        : CompletableFuture.<Optional<T>>failedFuture(Futures.unwrapped(failure))))
                .thenCompose(Function.identity());
        return Futures.givenUpWith(answer, asked);
    }

    @Override
    public CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number) {
        if (!cache.isFor(stream)) {
            return behind.segment(stream, take, number);
        }
        Optional<SegmentReply> here = cache.segment(stream, take, number);
        if (here.isPresent()) {
            return CompletableFuture.completedFuture(here);
        }
        CompletableFuture<Optional<SegmentReply>> asked = behind.segment(stream, take, number);
        CompletableFuture<Optional<SegmentReply>> answer = asked.thenApply(found -> {
            found.ifPresent(segment -> cache.offer(stream, take, number, segment.bytes()));
            return found;
        });
        return Futures.givenUpWith(answer, asked);
    }

    @Override
    public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost) {
        return behind.follow(request, atMost);
    }
}
