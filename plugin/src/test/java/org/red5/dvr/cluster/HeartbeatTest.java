package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.red5.dvr.cluster.Heartbeat.State;

class HeartbeatTest {
    private static final long MILLI = 1_000_000;

    private final Heartbeat heartbeat = new Heartbeat(0);

    @Test
    void twoRefusalsInARowAreDown() {
        heartbeat.answered(0);
        assertEquals(Duration.ofMillis(250), heartbeat.failed(1_000 * MILLI, true));
        assertEquals(State.UP, heartbeat.state());
        heartbeat.answered(1_100 * MILLI);
        heartbeat.failed(1_200 * MILLI, true);
        assertEquals(State.UP, heartbeat.state());
        assertEquals(Duration.ofSeconds(1), heartbeat.failed(1_450 * MILLI, true));
        assertEquals(State.DOWN, heartbeat.state());
        assertEquals(Duration.ofSeconds(1), heartbeat.answered(2_000 * MILLI));
        assertEquals(State.UP, heartbeat.state());
    }

    @Test
    void twoAndAHalfSecondsWithoutAnAnswerAreDown() {
        heartbeat.answered(0);
        heartbeat.failed(2_000 * MILLI, false);
        heartbeat.tick(2_499 * MILLI);
        assertEquals(State.UP, heartbeat.state());
        heartbeat.tick(2_500 * MILLI);
        assertEquals(State.DOWN, heartbeat.state());
    }

    @Test
    void whoHasNeverAnsweredIsUnknownAtFirst() {
        assertEquals(State.UNKNOWN, heartbeat.state());
        heartbeat.failed(1_000 * MILLI, false);
        assertEquals(State.UNKNOWN, heartbeat.state());
        heartbeat.failed(2_500 * MILLI, false);
        assertEquals(State.DOWN, heartbeat.state());
    }
}
