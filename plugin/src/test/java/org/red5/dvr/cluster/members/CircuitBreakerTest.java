package org.red5.dvr.cluster.members;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How long something rests that failed. */
class CircuitBreakerTest {
    private static final long MILLI = 1_000_000;

    private final CircuitBreaker rest = new CircuitBreaker();

    @Test
    void requestsThatFailTogetherAreOneFailure() {
        for (int i = 0; i < 6; i++) {
            rest.failed(10L * i * MILLI, (3_000L + 10L * i) * MILLI);
        }
        assertTrue(rest.isOn(3_060 * MILLI));
        rest.well(3_055 * MILLI);
        assertFalse(rest.isOn(3_100 * MILLI));
        // What was sent before fails late.
        rest.failed(2_000 * MILLI, 3_200 * MILLI);
        assertFalse(rest.isOn(3_200 * MILLI));
    }

    @Test
    void whatFailsAgainRestsTheLonger() {
        rest.failed(0, 100 * MILLI);
        rest.well(150 * MILLI);
        rest.failed(200 * MILLI, 300 * MILLI);
        rest.well(350 * MILLI);
        assertTrue(rest.isOn(790 * MILLI));
        assertFalse(rest.isOn(810 * MILLI));
        rest.failed(900 * MILLI, 1_000 * MILLI);
        rest.well(1_100 * MILLI);
        assertTrue(rest.isOn(1_990 * MILLI));
        rest.succeeded();
        assertFalse(rest.isOn(1_200 * MILLI));
    }

    @Test
    void aHeartbeatFromBeforeTheFailureSaysNothing() {
        rest.failed(0, 100 * MILLI);
        rest.well(90 * MILLI);
        assertTrue(rest.isOn(200 * MILLI));
    }
}
