package org.red5.dvr.cluster;

import java.time.Duration;

/**
 * Judges by the answers to its status requests whether a peer is up. It is up from its first answer on; it is down after two
 * refusals in a row, or {@value #SILENT_MILLIS} ms after its last answer. Not for several threads.
 */
final class Heartbeat {
    static final long SILENT_MILLIS = 2_500;
    static final Duration PERIOD = Duration.ofSeconds(1);
    static final Duration PATIENCE = Duration.ofSeconds(1);
    static final Duration RETRY = Duration.ofMillis(250);

    private static final int REFUSALS = 2;

    private final long startedNanos;
    private State state = State.UNKNOWN;
    private boolean answered;
    private long answeredNanos;
    private int refusals;

    /** What is known of a peer. */
    enum State {
        /** It has not answered yet, and may. */
        UNKNOWN,
        UP,
        DOWN
    }

    Heartbeat(long nowNanos) {
        startedNanos = nowNanos;
    }

    State state() {
        return state;
    }

    /** It answered. Gives how long to wait before it is asked again. */
    Duration answered(long nowNanos) {
        state = State.UP;
        answered = true;
        answeredNanos = nowNanos;
        refusals = 0;
        return PERIOD;
    }

    /**
     * It did not answer.
     *
     * @param refused whether somebody said so: a refused or broken connection, a status of failure; otherwise nothing came
     * @return how long to wait before it is asked again
     */
    Duration failed(long nowNanos, boolean refused) {
        refusals = refused ? refusals + 1 : 0;
        long silentNanos = nowNanos - (answered ? answeredNanos : startedNanos);
        if (refusals >= REFUSALS || silentNanos >= SILENT_MILLIS * 1_000_000) {
            state = State.DOWN;
        }
        return state == State.DOWN ? PERIOD : RETRY;
    }

    /** Looks at the clock: a peer that is silent goes down also while a request to it is under way. */
    void tick(long nowNanos) {
        long silentNanos = nowNanos - (answered ? answeredNanos : startedNanos);
        if (silentNanos >= SILENT_MILLIS * 1_000_000) {
            state = State.DOWN;
        }
    }
}
