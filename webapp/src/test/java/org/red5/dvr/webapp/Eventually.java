package org.red5.dvr.webapp;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for a condition that comes true by itself. */
final class Eventually {
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private Eventually() {}

    static void holds(Callable<Boolean> condition) throws Exception {
        long begun = System.nanoTime();
        while (!condition.call()) {
            if (System.nanoTime() - begun > DEADLINE_NANOS) {
                fail("it does not come true");
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }
}
