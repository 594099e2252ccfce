package org.red5.dvr.util;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a disk says, asked by one thread at a time: whoever wants to know waits a little for the present answer, and gets the last
 * one there was while the disk hangs. Any thread may call.
 */
public final class LastSeen<T> {
    private static final Logger log = LoggerFactory.getLogger(LastSeen.class);

    private final Supplier<T> look;
    private final Executor threads;
    private final long patienceNanos;
    private final LongSupplier nanoTime;
    private volatile T seen;
    /** The look that is under way, if any. */
    @GuardedBy("this")
    private CompletableFuture<Void> underWay = CompletableFuture.completedFuture(null);
    /** When it began. */
    @GuardedBy("this")
    private long begunNanos;

    /**
     * @param look may hang
     * @param before what is said until there is an answer
     * @param threads runs looks, each on a thread of its own
     * @param patience how long an answer is waited for at most
     * @param nanoTime a clock that is never set
     */
    public LastSeen(Supplier<T> look, T before, Executor threads, Duration patience, LongSupplier nanoTime) {
        this.look = look;
        this.seen = before;
        this.threads = threads;
        this.patienceNanos = patience.toNanos();
        this.nanoTime = nanoTime;
    }

    /** What is there, or was when the disk answered last. */
    public T get() {
        CompletableFuture<Void> now;
        long leftNanos;
        synchronized (this) {
            if (underWay.isDone()) {
                begin();
            }
            now = underWay;
            leftNanos = patienceNanos - (nanoTime.getAsLong() - begunNanos);
        }
        try {
            now.get(Math.max(0, leftNanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            log.debug("a disk takes long to answer");
        } catch (ExecutionException e) {
            log.warn("a disk could not be looked at: {}", String.valueOf(e.getCause()));
        }
        return seen;
    }

    private synchronized void begin() {
        begunNanos = nanoTime.getAsLong();
        try {
            underWay = CompletableFuture.runAsync(() -> seen = look.get(), threads);
        } catch (RejectedExecutionException e) {
            log.debug("nothing is looked at any more: {}", e.toString());
        }
    }
}
