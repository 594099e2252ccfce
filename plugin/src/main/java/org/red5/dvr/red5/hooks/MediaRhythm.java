package org.red5.dvr.red5.hooks;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * When the media of one publish came, which tells a publisher that fell silent from one whose pictures are far apart. Any
 * thread may call any method.
 */
final class MediaRhythm {
    /** A publisher may pause for so many times its longest pause of late. */
    private static final int PATIENCE = 2;

    /** The pauses of late: between so many packets. */
    private static final int PAUSES = 16;

    /** However far apart the pictures are, who has sent nothing for so long is silent. */
    private static final Duration MOST_PATIENCE = Duration.ofMinutes(1);

    private final LongSupplier nanoTime;

    @GuardedBy("this")
    private final long[] pausesNanos = new long[PAUSES];

    @GuardedBy("this")
    private int next;

    @GuardedBy("this")
    private long lastNanos;

    /**
     * Begins now.
     *
     * @param nanoTime a clock that is never set, as {@link System#nanoTime}
     */
    MediaRhythm(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.lastNanos = nanoTime.getAsLong();
    }

    /** A packet has come. */
    synchronized void packet() {
        long now = nanoTime.getAsLong();
        pausesNanos[next] = now - lastNanos;
        next = (next + 1) % PAUSES;
        lastNanos = now;
    }

    /** Whether nothing has come for so long, and for twice as long as between any two of the last packets. */
    synchronized boolean isSilent(Duration limit) {
        long usualNanos = PATIENCE * Arrays.stream(pausesNanos).max().orElse(0);
        long patienceNanos = Math.max(limit.toNanos(), Math.min(usualNanos, MOST_PATIENCE.toNanos()));
        return nanoTime.getAsLong() - lastNanos >= patienceNanos;
    }
}
