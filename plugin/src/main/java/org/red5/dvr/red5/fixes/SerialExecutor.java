package org.red5.dvr.red5.fixes;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs tasks one at a time in the order in which they come, each on a thread of another executor. Any thread may call. */
final class SerialExecutor implements Executor {
    private final Executor threads;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unfinished = new AtomicInteger();

    SerialExecutor(Executor threads) {
        this.threads = threads;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (unfinished.getAndIncrement() == 0) {
            threads.execute(this::runAll);
        }
    }

    private void runAll() {
        do {
            try {
                tasks.remove().run();
            } catch (RuntimeException | Error e) {
                // The tasks behind it wait for this thread.
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        } while (unfinished.decrementAndGet() > 0);
    }
}
