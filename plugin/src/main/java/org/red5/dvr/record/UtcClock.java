package org.red5.dvr.record;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/**
 * The wall clock without steps backwards, and without those forward that do not last. Where the wall clock is set forward
 * by over a second, this one goes on as before for a minute and then steps: what it has given out it cannot take back, and
 * one wrong reading would leave it in the future. Where the wall clock is set back, this one goes on, 250 µs a second
 * slower, until the wall clock has come up to it. So no instant comes twice, recording does not wait for the wall clock, and
 * arrival times stay within what {@link MediaClock} follows together with an encoder's own drift. Any thread may call it.
 */
public final class UtcClock extends Clock {
    private static final double SLOWER = 250e-6;
    /** A wall clock that is further ahead was set. */
    private static final long STEP_NANOS = 1_000_000_000L;
    /** For so long the wall clock has to stay ahead until it is believed. */
    private static final long LASTS_NANOS = 60_000_000_000L;

    private final Clock wall;
    private final LongSupplier nanoTime;
    private final Object lock = new Object();
    /** The last instant given out, in nanoseconds since the Unix epoch. */
    @GuardedBy("lock")
    private long lastNanos;
    /** What {@code nanoTime} said then. */
    @GuardedBy("lock")
    private long lastNanoTime;
    /** By how much the wall clock is ahead and not believed yet; 0 when it is not. */
    @GuardedBy("lock")
    private long aheadNanos;
    /** What {@code nanoTime} said when it was found to be. */
    @GuardedBy("lock")
    private long aheadNanoTime;

    /**
     * @param wall the wall clock, which may be set
     * @param nanoTime a source that only goes on, as {@link System#nanoTime}
     */
    public UtcClock(Clock wall, LongSupplier nanoTime) {
        this.wall = wall;
        this.nanoTime = nanoTime;
        this.lastNanos = wallNanos();
        this.lastNanoTime = nanoTime.getAsLong();
    }

    /** Microseconds since the Unix epoch. */
    public long micros() {
        return nanos() / 1_000;
    }

    @Override
    public long millis() {
        return nanos() / 1_000_000;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochSecond(0, nanos());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    /** There is no other zone than UTC here. */
    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("a clock of UTC only, not of " + zone);
    }

    private long nanos() {
        synchronized (lock) {
            long wallNanos = wallNanos();
            long nanoTimeNow = nanoTime.getAsLong();
            long elapsedNanos = Math.max(0, nanoTimeNow - lastNanoTime);
            lastNanoTime = nanoTimeNow;
            if (isToBeWaitedFor(wallNanos - lastNanos - elapsedNanos, nanoTimeNow)) {
                lastNanos += elapsedNanos;
            } else {
                long onwardsNanos = lastNanos + elapsedNanos - (long) Math.ceil(elapsedNanos * SLOWER);
                lastNanos = Math.max(onwardsNanos, wallNanos);
            }
            return lastNanos;
        }
    }

    /** Whether the wall clock is ahead by more than a step, and has not been by about as much for long enough. */
    @GuardedBy("lock")
    private boolean isToBeWaitedFor(long wallAheadNanos, long nanoTimeNow) {
        if (wallAheadNanos <= STEP_NANOS) {
            aheadNanos = 0;
            return false;
        }
        if (aheadNanos == 0 || Math.abs(wallAheadNanos - aheadNanos) > STEP_NANOS) {
            aheadNanos = wallAheadNanos;
            aheadNanoTime = nanoTimeNow;
        }
        boolean waits = nanoTimeNow - aheadNanoTime < LASTS_NANOS;
        aheadNanos = waits ? aheadNanos : 0;
        return waits;
    }

    private long wallNanos() {
        Instant now = wall.instant();
        return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
    }
}
