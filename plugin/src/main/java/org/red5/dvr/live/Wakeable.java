package org.red5.dvr.live;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task that runs on an executor once it is woken, never twice at a time, and again when it was woken while it ran. Any thread
 * may wake it, and does not wait. An unchecked exception of the task goes to the executor, and the next wake runs it again.
 */
public final class Wakeable {
    private static final Logger log = LoggerFactory.getLogger(Wakeable.class);

    private final Executor executor;
    private final Runnable task;
    private final AtomicInteger wakes = new AtomicInteger();

    public Wakeable(Executor executor, Runnable task) {
        this.executor = executor;
        this.task = task;
    }

    public void wake() {
        if (wakes.getAndIncrement() == 0) {
            execute();
        }
    }

    private void execute() {
        try {
            executor.execute(this::run);
        } catch (RejectedExecutionException e) {
            log.debug("not run, the server goes down: {}", e.toString());
        }
    }

    private void run() {
        int seen = wakes.get();
        try {
            task.run();
        } finally {
            // Also when it failed: the next packet may be a better one.
            if (wakes.addAndGet(-seen) != 0) {
                execute();
            }
        }
    }
}
