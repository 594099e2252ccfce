package org.red5.dvr.archive.retention;

import java.util.ArrayDeque;
import java.util.Deque;

/** How fast a growing sum has grown in the last minutes. Used by one thread. */
final class WriteRate {
    private static final long WINDOW_NANOS = 300_000_000_000L;
    private static final long LEAST_NANOS = 1_000_000_000L;

    private record Reading(long nanos, long bytes) {}

    private final Deque<Reading> readings = new ArrayDeque<>();

    /**
     * Takes the next reading; gives bytes per second over at most five minutes, 0 until there are two readings.
     *
     * @param nanos when, by a clock that never steps
     * @param bytes the sum then
     */
    long add(long nanos, long bytes) {
        readings.addLast(new Reading(nanos, bytes));
        while (readings.size() > 2 && nanos - readings.getFirst().nanos() > WINDOW_NANOS) {
            readings.removeFirst();
        }
        Reading first = readings.getFirst();
        long elapsed = nanos - first.nanos();
        return elapsed < LEAST_NANOS ? 0 : (long) (Math.max(0, bytes - first.bytes()) / (elapsed / 1e9));
    }
}
