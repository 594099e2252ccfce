package org.red5.dvr.replica;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.red5.dvr.timeline.UnreachableException;

/**
 * Keeps what is fetched from a source within a speed. What comes by itself is not held up, and counts: so what is live leaves less to the rest. Any
 * thread may call.
 */
final class SpeedLimit implements HourFiller.Pace {
    private static final long BITS = 8;
    private static final long NANOS = 1_000_000_000L;

    private final long bitsPerSecond;
    private final LongSupplier nanoTime;
    private final Sleep sleep;

    /** When all that has come would have come at that speed. */
    @GuardedBy("this")
    private long paidNanos;

    /** Lets time pass. */
    @FunctionalInterface
    interface Sleep {
        void sleep(Duration time) throws InterruptedException;
    }

    SpeedLimit(long bitsPerSecond, LongSupplier nanoTime, Sleep sleep) {
        this.bitsPerSecond = bitsPerSecond;
        this.nanoTime = nanoTime;
        this.sleep = sleep;
        this.paidNanos = nanoTime.getAsLong();
    }

    @Override
    public void passed(long bytes) throws UnreachableException {
        try {
            sleep.sleep(Duration.ofNanos(count(bytes)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("This server is stopping.");
        }
    }

    /** Counts what came; gives how long nothing more is to come. */
    synchronized long count(long bytes) {
        long now = nanoTime.getAsLong();
        paidNanos = Math.max(now, paidNanos) + Math.round((double) bytes * BITS * NANOS / bitsPerSecond);
        return paidNanos - now;
    }
}
