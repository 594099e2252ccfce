package org.red5.dvr.cluster.members;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How long something rests that failed. */
class CircuitBreakerTest {
    private static final long MILLI = 1_000_000;

    private final CircuitBreaker breaker = new CircuitBreaker();

    @Test
    void requestsThatFailTogetherAreOneFailure() {
        for (int i = 0; i < 6; i++) {
            breaker.failed(10L * i * MILLI, (3_000L + 10L * i) * MILLI);
        }
        assertTrue(breaker.isOpen(3_060 * MILLI));
        breaker.well(3_055 * MILLI);
        assertFalse(breaker.isOpen(3_100 * MILLI));
        // What was sent before fails late.
        breaker.failed(2_000 * MILLI, 3_200 * MILLI);
        assertFalse(breaker.isOpen(3_200 * MILLI));
    }

    @Test
    void whatFailsAgainRestsTheLonger() {
        breaker.failed(0, 100 * MILLI);
        breaker.well(150 * MILLI);
        breaker.failed(200 * MILLI, 300 * MILLI);
        breaker.well(350 * MILLI);
        assertTrue(breaker.isOpen(790 * MILLI));
        assertFalse(breaker.isOpen(810 * MILLI));
        breaker.failed(900 * MILLI, 1_000 * MILLI);
        breaker.well(1_100 * MILLI);
        assertTrue(breaker.isOpen(1_990 * MILLI));
        breaker.succeeded();
        assertFalse(breaker.isOpen(1_200 * MILLI));
    }

    @Test
    void aHeartbeatFromBeforeTheFailureSaysNothing() {
        breaker.failed(0, 100 * MILLI);
        breaker.well(90 * MILLI);
        assertTrue(breaker.isOpen(200 * MILLI));
    }
}
