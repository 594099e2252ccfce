package org.red5.dvr.archive.retention;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock that the age of recordings is reckoned by, which would rather be late: what is deleted does not come back. It
 * is never ahead of the wall clock; and where that is set forward by over an hour, it goes on as before until that has lasted
 * for an hour. Any thread may call.
 */
public final class AgeClock implements LongSupplier {
    private static final Logger log = LoggerFactory.getLogger(AgeClock.class);
    /** A wall clock that is further ahead than this is not believed at once, */
    private static final long STEP_MICROS = 3_600_000_000L;
    /** but after this long. */
    private static final long LASTS_MICROS = 3_600_000_000L;

    private final LongSupplier wallMicros;
    private final LongSupplier recordingMicros;
    private final LongSupplier nanoTime;
    /** How far the wall clock is from {@code nanoTime}, as believed. */
    @GuardedBy("this")
    private long offsetMicros;
    /** Whether the wall clock is further ahead now. */
    @GuardedBy("this")
    private boolean ahead;
    /** Since when, by {@code nanoTime}. */
    @GuardedBy("this")
    private long aheadSinceMicros;

    /**
     * @param wallMicros the wall clock, which may be set: microseconds since the Unix epoch
     * @param recordingMicros the clock that recordings go by, in the same
     * @param nanoTime a clock that never steps, as {@link System#nanoTime}
     */
    public AgeClock(LongSupplier wallMicros, LongSupplier recordingMicros, LongSupplier nanoTime) {
        this.wallMicros = wallMicros;
        this.recordingMicros = recordingMicros;
        this.nanoTime = nanoTime;
        this.offsetMicros = now() - nanoTime.getAsLong() / 1_000;
    }

    /** Microseconds since the Unix epoch. */
    @Override
    public synchronized long getAsLong() {
        long elapsedMicros = nanoTime.getAsLong() / 1_000;
        long nowMicros = now();
        boolean wasAhead = ahead;
        ahead = nowMicros - elapsedMicros - offsetMicros > STEP_MICROS;
        if (ahead && !wasAhead) {
            aheadSinceMicros = elapsedMicros;
            log.warn(
                    "the clock was set ahead by {} s; archives are kept as if it had not been, for an hour",
                    (nowMicros - elapsedMicros - offsetMicros) / 1_000_000);
        }
        if (ahead && elapsedMicros - aheadSinceMicros < LASTS_MICROS) {
            return elapsedMicros + offsetMicros;
        }
        ahead = false;
        offsetMicros = nowMicros - elapsedMicros;
        return nowMicros;
    }

    private long now() {
        return Math.min(wallMicros.getAsLong(), recordingMicros.getAsLong());
    }
}
