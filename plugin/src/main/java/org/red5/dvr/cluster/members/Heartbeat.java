package org.red5.dvr.cluster.members;

import java.time.Duration;

/**
 * Judges by the answers to its status requests whether a peer is up. It is up from its first answer on; it is down after two
 * refusals in a row, or when nothing came from it for longer than the way there and back explains: a period, the round trip and
 * four times its variation, measured as RFC 6298 does for TCP, and never less than {@value #LEAST_SILENT_MILLIS} ms. Not for
 * several threads.
 */
public final class Heartbeat {
    static final long LEAST_SILENT_MILLIS = 2_500;
    private static final long MOST_SILENT_MILLIS = 10_000;
    /** From one request to the next, whether that was answered by then or not. */
    static final Duration PERIOD = Duration.ofSeconds(1);
    /** Of one request: an answer that is late for the judgement still tells that the peer is there. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    static final Duration RETRY = Duration.ofMillis(250);

    private static final int REFUSALS = 2;
    private static final long MILLI = 1_000_000;
    /** What a round trip may take longer although it never did before. */
    private static final long LEAST_VARIATION_NANOS = 500 * MILLI;
    /** From such a round trip on a line is a long one, */
    private static final long LONG_LINE_NANOS = 200 * MILLI;
    /** which may stand still for a second in each direction although it never did before. */
    private static final long LEAST_VARIATION_OF_LONG_LINE_NANOS = 2_000 * MILLI;

    /** For so many answers a server may be slow because it has just started. */
    private static final int WARMING_BEATS = 10;

    private State state = State.UNKNOWN;
    /** When it answered last, or the first request was sent. */
    private long lastSeenNanos;

    private int refusals;
    private boolean isMeasured;
    /** Answers measured since it came up. */
    private long beats;
    /** RFC 6298: SRTT. */
    private long roundTripNanos;
    /** RFC 6298: RTTVAR. */
    private long variationNanos;

    /** What is known of a peer. */
    public enum State {
        /** It has not answered yet, and may. */
        UNKNOWN,
        UP,
        DOWN
    }

    Heartbeat(long nowNanos) {
        lastSeenNanos = nowNanos;
    }

    State state() {
        return state;
    }

    /** It answered what it was asked so long before. */
    void answered(long nowNanos, long tookNanos) {
        if (state == State.DOWN) {
            // What it was like before an outage is over, and the first answer may have waited for its end.
            isMeasured = false;
            beats = 0;
        } else {
            measure(tookNanos);
        }
        state = State.UP;
        lastSeenNanos = nowNanos;
        refusals = 0;
    }

    /** RFC 6298, section 2, begun anew while the first answers come faster and faster: those waited for a server that was starting. */
    private void measure(long tookNanos) {
        isMeasured &= beats++ >= WARMING_BEATS || tookNanos > roundTripNanos / 2;
        if (isMeasured) {
            variationNanos = (3 * variationNanos + Math.abs(roundTripNanos - tookNanos)) / 4;
            roundTripNanos = (7 * roundTripNanos + tookNanos) / 8;
        } else {
            variationNanos = tookNanos / 2;
            roundTripNanos = tookNanos;
        }
        isMeasured = true;
    }

    /** For how long nothing may come from it while it is up. */
    long silentMillis() {
        long least = roundTripNanos < LONG_LINE_NANOS ? LEAST_VARIATION_NANOS : LEAST_VARIATION_OF_LONG_LINE_NANOS;
        long expected = isMeasured ? roundTripNanos + Math.max(least, 4 * variationNanos) : 0;
        long millis = PERIOD.toMillis() + expected / MILLI;
        return Math.min(Math.max(millis, LEAST_SILENT_MILLIS), MOST_SILENT_MILLIS);
    }

    /** It said no: a refused or broken connection, a status of failure. */
    void refused(long nowNanos) {
        refusals++;
        if (refusals >= REFUSALS) {
            state = State.DOWN;
        }
        tick(nowNanos);
    }

    /** Looks at the clock: a peer that is silent goes down also while requests to it are under way. */
    void tick(long nowNanos) {
        if (nowNanos - lastSeenNanos >= silentMillis() * MILLI) {
            state = State.DOWN;
        }
    }
}
