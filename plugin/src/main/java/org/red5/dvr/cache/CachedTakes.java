package org.red5.dvr.cache;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;
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
 * What somebody holds, with the segment cache in front of its segments. What is cached of others is told of with what this server has itself,
 * and with what its sources have where some do not answer: of an hour that is cached in part, that part.
 */
public final class CachedTakes implements TakeStore {
    private final TakeStore behind;
    private final SegmentCache cache;
    private final Executor disks;

    private final boolean isOwn;

    private CachedTakes(TakeStore behind, SegmentCache cache, Executor disks, boolean isOwn) {
        this.behind = behind;
        this.cache = cache;
        this.disks = disks;
        this.isOwn = isOwn;
    }

    /**
     * For those who ask for what this server holds itself.
     *
     * @param disks reads the cache's disk
     */
    public static CachedTakes inFrontOfOwn(TakeStore own, SegmentCache cache, Executor disks) {
        return new CachedTakes(own, cache, disks, true);
    }

    /**
     * For those who ask for what this server and its sources hold.
     *
     * @param disks reads the cache's disk where somebody has not answered
     */
    public static CachedTakes inFrontOfSources(TakeStore chain, SegmentCache cache, Executor disks) {
        return new CachedTakes(chain, cache, disks, false);
    }

    @Override
    public CompletableFuture<List<StreamListing>> streams() {
        return behind.streams();
    }

    @Override
    public CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour) {
        return orElse(
                stream,
                behind.hours(stream, fromHour, toHour),
                answer -> !isOwn
                        && answer.filter(listing -> listing.unanswered().isEmpty())
                                .isPresent(),
                answer -> cache.takes()
                        .hours(stream, fromHour, toHour)
                        .thenApply(cached -> cached.isEmpty() || answer.isEmpty()
                                ? cached.or(() -> answer)
                                : Optional.of(joined(answer.get(), cached.get()))));
    }

    /** What a server has itself of an hour is more than what it has cached. */
    private static HourListing joined(HourListing answer, HourListing cached) {
        List<HourListing.Hour> more = cached.hours().stream()
                .filter(hour -> answer.hours().stream().noneMatch(known -> isSame(known, hour)))
                .toList();
        HourListing rest =
                new HourListing(false, cached.span(), more, cached.ends(), cached.unanswered(), cached.skipped());
        return HourListing.joined(List.of(answer, rest));
    }

    private static boolean isSame(HourListing.Hour one, HourListing.Hour other) {
        return one.hour() == other.hour()
                && one.take().equals(other.take())
                && one.node().equals(other.node());
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> closedIndex(
            StreamKey stream, long hour, TakeId take, String digest) {
        return orElse(
                stream,
                behind.closedIndex(stream, hour, take, digest),
                Optional::isPresent,
                answer -> cache.takes().closedIndex(stream, hour, take, digest));
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> openIndex(
            StreamKey stream, long hour, TakeId take, int fromPosition) {
        return orElse(
                stream,
                behind.openIndex(stream, hour, take, fromPosition),
                Optional::isPresent,
                answer -> cache.takes().openIndex(stream, hour, take, fromPosition));
    }

    @Override
    public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take) {
        return orElse(
                stream,
                behind.initSegment(stream, take),
                Optional::isPresent,
                answer -> cache.takes().initSegment(stream, take));
    }

    /**
     * What else there is when an answer says too little; where there is none, that answer stays.
     *
     * @param isEnough whether nothing else has to be looked for
     */
    private <T> CompletableFuture<Optional<T>> orElse(
            StreamKey stream,
            CompletableFuture<Optional<T>> asked,
            Predicate<Optional<T>> isEnough,
            Function<Optional<T>, CompletableFuture<Optional<T>>> cached) {
        if (cache.of(stream).isEmpty()) {
            return asked;
        }
        CompletableFuture<Optional<T>> answer = asked.handle((found, failure) -> failure == null && isEnough.test(found)
                        ? asked
                        : CompletableFuture.supplyAsync(
                                        () -> cached.apply(failure == null ? found : Optional.empty()), disks)
                                .thenCompose(Function.identity())
                                .thenCompose(
                                        here -> here.isPresent() ? CompletableFuture.completedFuture(here) : asked))
                .thenCompose(Function.identity());
        return Futures.givenUpWith(answer, asked);
    }

    @Override
    public CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number) {
        Optional<StreamCache> cached = cache.of(stream);
        if (cached.isEmpty()) {
            return behind.segment(stream, take, number);
        }
        Optional<SegmentReply> here = cached.get().reply(take, number);
        if (here.isPresent()) {
            return CompletableFuture.completedFuture(here);
        }
        CompletableFuture<Optional<SegmentReply>> asked = behind.segment(stream, take, number);
        CompletableFuture<Optional<SegmentReply>> answer = asked.thenApply(found -> {
            found.ifPresent(segment -> cached.get().offerWhole(take, number, segment.bytes()));
            return found;
        });
        return Futures.givenUpWith(answer, asked);
    }

    @Override
    public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost) {
        return behind.follow(request, atMost);
    }
}
