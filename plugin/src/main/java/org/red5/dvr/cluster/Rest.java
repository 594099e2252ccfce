package org.red5.dvr.cluster;

/**
 * Keeps something that failed from being used until a heartbeat asked for later is well, and the longer the more often it
 * fails without success between: a circuit breaker. Not for several threads.
 */
final class Rest {
    private static final long FIRST_NANOS = 500_000_000;
    private static final int MOST_DOUBLINGS = 4;

    private int failures;
    private boolean waits;
    private long failedNanos;
    private long untilNanos;

    void failed(long nowNanos) {
        waits = true;
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

    boolean isOn(long nowNanos) {
        return waits || (failures > 0 && untilNanos - nowNanos > 0);
    }
}
