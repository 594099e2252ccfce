package org.red5.dvr.record.segmenter;

import java.util.ArrayDeque;

/** How often pictures come, to tell a stream of still pictures from one that stalls. Used by one thread. */
final class PicturePace {
    /** No longer is waited for a picture, however slowly they come. */
    private static final long MOST_MICROS = 120_000_000;
    /** A stream whose picture comes that many times later than others did has stalled. */
    private static final int STALLED_TIMES = 30;
    /** One that comes that many times later than others did is missed. */
    private static final int MISSED_TIMES = 4;
    /** By so many pictures the pace is known. */
    private static final int REMEMBERED = 8;
    /** With fewer, it may be any. */
    private static final int ENOUGH = 3;

    private final ArrayDeque<Long> recentMicros = new ArrayDeque<>();

    void add(long micros) {
        if (recentMicros.size() == REMEMBERED) {
            recentMicros.remove();
        }
        recentMicros.add(micros);
    }

    /** Whether a picture at an instant may belong to a stream of still pictures. */
    boolean isSlow(long micros) {
        return isWithin(micros, STALLED_TIMES) && micros - recentMicros.getLast() <= MOST_MICROS;
    }

    /** Whether at an instant a picture is missed, as others came more often. */
    boolean isMissed(long micros) {
        return !isWithin(micros, MISSED_TIMES);
    }

    private boolean isWithin(long micros, int times) {
        return !recentMicros.isEmpty()
                && (recentMicros.size() < ENOUGH || micros - recentMicros.getLast() <= times * longestMicros());
    }

    private long longestMicros() {
        long longest = 0;
        long before = recentMicros.getFirst();
        for (long micros : recentMicros) {
            longest = Math.max(longest, micros - before);
            before = micros;
        }
        return longest;
    }
}
