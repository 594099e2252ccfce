package org.red5.dvr.testbed;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for conditions that a real server fulfils in its own time. */
final class Eventually {
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private Eventually() {}

    /** Returns when the condition holds; fails when it does not within the limit. */
    static void holds(String what, Duration limit, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
    }
}
