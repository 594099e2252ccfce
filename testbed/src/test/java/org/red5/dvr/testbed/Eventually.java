package org.red5.dvr.testbed;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for conditions that a real server fulfils in its own time. */
final class Eventually {
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private Eventually() {}

    /** Returns when the condition holds; fails when it does not within the limit. A server that cannot be asked does not hold yet. */
    static void holds(String what, Duration limit, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        Optional<IOException> last = Optional.empty();
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
                last = Optional.empty();
            } catch (IOException e) {
                last = Optional.of(e);
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + limit + ": " + what, last.orElse(null));
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
    }
}
