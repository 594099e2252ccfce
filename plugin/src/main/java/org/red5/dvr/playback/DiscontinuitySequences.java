package org.red5.dvr.playback;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.util.Remembered;

/**
 * Counts the discontinuities that a playlist which goes on has left behind (EXT-X-DISCONTINUITY-SEQUENCE,
 * draft-pantos-hls-rfc8216bis, section 4.4.3.3).
 *
 * <p>The count begins with the ordinal of the take that the first segment belongs to: with the takes of one server it stays that,
 * so that every server says the same. From one answer to the next it grows by the discontinuities that were removed and by nothing
 * else, whatever takes come after each other; a server that was started since, or not asked for a whole window's length,
 * begins again. Any thread may call.
 */
final class DiscontinuitySequences {
    private static final Duration IDLE = Duration.ofDays(1);
    private static final int ENTRY_BYTES = 300;

    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Remembered<Key, Counted> lastCounts;

    /**
     * @param mostBytes of what is remembered of all playlists
     * @param nanoTime a clock that is never set
     */
    DiscontinuitySequences(long mostBytes, LongSupplier nanoTime) {
        lastCounts = new Remembered<>(
                mostBytes,
                IDLE,
                nanoTime,
                (key, counted) -> ENTRY_BYTES
                        + 2L * key.stream().fullName().length()
                        + (long) Long.BYTES * counted.changes().length);
    }

    /** A playlist: its first number never goes back but when answers overtake each other. */
    private record Key(StreamKey stream, Window window) {}

    /**
     * What an answer said.
     *
     * @param firstNumber number of its first segment
     * @param lastNumber number of its last segment
     * @param count its discontinuity sequence
     * @param changes numbers of the segments that have a discontinuity before them, in order
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Counted(long firstNumber, long lastNumber, int count, long[] changes) {
        Counted with(int otherCount) {
            return new Counted(firstNumber, lastNumber, otherCount, changes);
        }

        int changesWithin(long after, long upTo) {
            return (int) Arrays.stream(changes)
                    .filter(number -> number > after && number <= upTo)
                    .count();
        }
    }

    /**
     * The discontinuity sequence of a timeline that is about to be given out.
     *
     * @param timeline not empty
     * @param ordinal how many takes of the stream the server of the first segment's take had recorded before it; asked when nothing was given
     *     out before
     */
    CompletableFuture<Integer> before(
            StreamKey stream, Window window, Timeline timeline, Supplier<CompletableFuture<Integer>> ordinal) {
        Key key = new Key(stream, window);
        long first = timeline.first().number();
        Counted now = new Counted(first, timeline.last().number(), 0, changes(timeline.segments()));
        OptionalInt goesOn = goOn(key, now);
        if (goesOn.isPresent()) {
            return CompletableFuture.completedFuture(goesOn.getAsInt());
        }
        // Outside of the lock, as it may ask other servers.
        return ordinal.get().thenApply(begun -> {
            synchronized (lock) {
                OptionalInt meanwhile = goOn(key, now);
                if (meanwhile.isEmpty()) {
                    lastCounts.put(key, now.with(begun));
                }
                return meanwhile.orElse(begun);
            }
        });
    }

    /** Empty when nothing was given out before that this goes on from. */
    private OptionalInt goOn(Key key, Counted now) {
        synchronized (lock) {
            Counted last = lastCounts.get(key);
            return last != null && now.firstNumber() <= last.lastNumber()
                    ? OptionalInt.of(goOn(key, last, now))
                    : OptionalInt.empty();
        }
    }

    @GuardedBy("lock")
    private int goOn(Key key, Counted last, Counted now) {
        if (now.firstNumber() < last.firstNumber()) {
            return Math.max(0, last.count() - now.changesWithin(now.firstNumber(), last.firstNumber()));
        }
        int count = last.count() + last.changesWithin(last.firstNumber(), now.firstNumber());
        lastCounts.put(key, now.with(count));
        return count;
    }

    private static long[] changes(List<Segment> segments) {
        long[] numbers = new long[4];
        int count = 0;
        Segment previous = null;
        for (Segment segment : segments) {
            if (previous != null && !segment.take().equals(previous.take())) {
                numbers = count == numbers.length ? Arrays.copyOf(numbers, 2 * count) : numbers;
                numbers[count++] = segment.number();
            }
            previous = segment;
        }
        return Arrays.copyOf(numbers, count);
    }
}
