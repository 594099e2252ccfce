package org.red5.dvr.cluster.members;

/**
 * Keeps something that failed from being used until a heartbeat asked for later is well, and the longer the more often it
 * fails without success between: a circuit breaker. Not for several threads.
 */
final class CircuitBreaker {
    private static final long FIRST_NANOS = 500_000_000;
    private static final int MOST_DOUBLINGS = 4;

    private int failures;
    private boolean waits;
    private boolean hasFailed;
    private long failedNanos;
    private long untilNanos;

    /**
     * Something failed. What was asked for before the last failure that counts is part of that one: many requests that are under
     * way fail together.
     */
    void failed(long sentNanos, long nowNanos) {
        if (waits || (hasFailed && sentNanos - failedNanos < 0)) {
            return;
        }
        waits = true;
        hasFailed = true;
        failedNanos = nowNanos;
        untilNanos = failures == 0 ? nowNanos : nowNanos + (FIRST_NANOS << Math.min(failures - 1, MOST_DOUBLINGS));
        failures++;
    }

    void succeeded() {
        failures = 0;
    }

    /** A heartbeat was well that was asked for at that time. */
    void well(long sentNanos) {
        waits &= sentNanos - failedNanos < 0;
    }

    boolean isOpen(long nowNanos) {
        return waits || (failures > 0 && untilNanos - nowNanos > 0);
    }
}
