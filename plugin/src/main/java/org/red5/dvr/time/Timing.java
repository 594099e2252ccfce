package org.red5.dvr.time;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The clocks that the asking side goes by, and how it has something done later. Any thread may call; what is done later must
 * not block.
 *
 * @param nanoTime monotonic, in nanoseconds
 * @param utcMicros the present, in microseconds since the Unix epoch
 * @param timer does things later
 */
public record Timing(LongSupplier nanoTime, LongSupplier utcMicros, Timer timer) {
    /** Does things later. */
    @FunctionalInterface
    public interface Timer {
        /**
         * Runs a task on some thread when that time is over, unless the timer was stopped.
         *
         * @return cancels it: then the timer does not hold the task any more
         */
        Runnable after(Duration delay, Runnable task);
    }

    /** By the system's clocks, on the threads of an executor. */
    public static Timing ofSystem(LongSupplier utcMicros, ScheduledExecutorService executor) {
        if (executor instanceof ScheduledThreadPoolExecutor pool) {
            pool.setRemoveOnCancelPolicy(true);
        }
        return new Timing(System::nanoTime, utcMicros, (delay, task) -> {
            if (executor.isShutdown()) {
                return () -> {};
            }
            ScheduledFuture<?> scheduled = executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        });
    }

    public long nanos() {
        return nanoTime.getAsLong();
    }

    public long micros() {
        return utcMicros.getAsLong();
    }

    /** Completed when that time is over. */
    public CompletableFuture<Void> after(Duration delay) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        timer.after(delay, () -> over.complete(null));
        return over;
    }
}
