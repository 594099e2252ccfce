package org.red5.dvr.cache;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what the thread of a cache does. */
final class Until {
    private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private Until() {}

    /** Returns when a condition holds; fails when it does not within a minute. */
    static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + LIMIT_NANOS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within a minute");
            LockSupport.parkNanos(1_000_000);
        }
    }
}
