package org.red5.dvr.playback;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/**
 * Chooses whether the beginning of a list that grows stays: as it was given out before, else EVENT where no limit will delete of it while
 * somebody follows the list. Any thread may call.
 */
final class ListTypes {
    /** Nobody follows a list for longer. */
    private static final long LONGEST_FOLLOWED_MICROS = 12 * Hours.MICROS;
    /** That much in front of what there is tells whether something was deleted there. */
    private static final long BEFORE_MICROS = 2_000_000;

    private final GivenLists given;
    private final Reach reach;
    private final long settlingMicros;
    private final BiFunction<StreamKey, UtcRange, CompletableFuture<Timeline>> between;

    /**
     * @param reach says at which age recordings are deleted
     * @param settlingMicros how long after a window's end its list may still grow
     * @param between finds what there is of a stream in a range
     */
    ListTypes(
            GivenLists given,
            Reach reach,
            long settlingMicros,
            BiFunction<StreamKey, UtcRange, CompletableFuture<Timeline>> between) {
        this.given = given;
        this.reach = reach;
        this.settlingMicros = settlingMicros;
        this.between = between;
    }

    /** Whether a window's list was given out as one that loses its beginning. */
    boolean wasLive(StreamKey stream, Window window, long nowMicros) {
        return given.wasGiven(stream, window.as(ListType.LIVE), nowMicros);
    }

    /** What a list is that nobody has chosen a type for. */
    CompletableFuture<ListType> of(StreamKey stream, Window window, Timeline timeline, long nowMicros) {
        if (window.slides() || given.wasGiven(stream, window, nowMicros)) {
            return CompletableFuture.completedFuture(ListType.EVENT);
        }
        return wasLive(stream, window, nowMicros)
                ? CompletableFuture.completedFuture(ListType.LIVE)
                : headMayGo(stream, window, timeline, nowMicros)
                        .thenApply(mayGo -> mayGo ? ListType.LIVE : ListType.EVENT);
    }

    /**
     * Whether the beginning of a list may be deleted while somebody follows it: by age, as is configured here, or as there is little
     * in front of it, and what was there has been deleted.
     */
    private CompletableFuture<Boolean> headMayGo(StreamKey stream, Window window, Timeline timeline, long nowMicros) {
        if (timeline.isHeadExpired() || timeline.isEmpty()) {
            return CompletableFuture.completedFuture(timeline.isHeadExpired());
        }
        long followedMicros = window instanceof Window.Past past
                ? Math.min(LONGEST_FOLLOWED_MICROS, past.toMicros() + settlingMicros - nowMicros)
                : LONGEST_FOLLOWED_MICROS;
        long headMicros = timeline.first().startUtcMicros();
        Optional<Long> keptMicros = reach.kept(stream).map(age -> age.toSeconds() * 1_000_000);
        if (keptMicros.isPresent() && headMicros + keptMicros.get() < nowMicros + followedMicros) {
            return CompletableFuture.completedFuture(true);
        }
        long firstMicros = timeline.span().map(UtcRange::fromMicros).orElse(headMicros);
        return headMicros - firstMicros < followedMicros
                ? between.apply(stream, new UtcRange(Math.max(0, firstMicros - BEFORE_MICROS), firstMicros))
                        .thenApply(Timeline::isHeadExpired)
                : CompletableFuture.completedFuture(false);
    }
}
