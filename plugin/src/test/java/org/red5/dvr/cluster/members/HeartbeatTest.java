package org.red5.dvr.cluster.members;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.cluster.members.Heartbeat.State;

class HeartbeatTest {
    private static final long MILLI = 1_000_000;

    private final Heartbeat heartbeat = new Heartbeat(0);

    private void answered(long atMillis, long tookMillis) {
        heartbeat.answered(atMillis * MILLI, tookMillis * MILLI);
    }

    @Test
    void twoRefusalsInARowAreDown() {
        answered(0, 1);
        heartbeat.refused(1_000 * MILLI);
        assertEquals(State.UP, heartbeat.state());
        answered(1_100, 1);
        heartbeat.refused(1_200 * MILLI);
        assertEquals(State.UP, heartbeat.state());
        heartbeat.refused(1_450 * MILLI);
        assertEquals(State.DOWN, heartbeat.state());
        answered(2_000, 1);
        assertEquals(State.UP, heartbeat.state());
    }

    @Test
    void twoAndAHalfSecondsWithoutAnAnswerAreDown() {
        answered(0, 100);
        heartbeat.tick(2_499 * MILLI);
        assertEquals(State.UP, heartbeat.state());
        heartbeat.tick(2_500 * MILLI);
        assertEquals(State.DOWN, heartbeat.state());
    }

    @Test
    void whoHasNeverAnsweredIsUnknownAtFirst() {
        assertEquals(State.UNKNOWN, heartbeat.state());
        heartbeat.tick(1_000 * MILLI);
        assertEquals(State.UNKNOWN, heartbeat.state());
        heartbeat.tick(2_500 * MILLI);
        assertEquals(State.DOWN, heartbeat.state());
    }

    /** What is asked once a second comes back after 300 ms, and up to a second later each way where the line stalls. */
    @Test
    void stallsOfASecondAreNoOutage() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Heartbeat over = new Heartbeat(0);
            long last = 0;
            for (int second = 0; second < 180; second++) {
                long sent = second * 1_000L;
                long took = 300L
                        + (random.nextInt(10) == 0 ? random.nextInt(1_000) : 0)
                        + (random.nextInt(10) == 0 ? random.nextInt(1_000) : 0);
                long at = Math.max(last, sent + took);
                over.tick((at - 1) * MILLI);
                assertTrue(over.state() != State.DOWN, "seed " + seed + ", second " + second);
                over.answered(at * MILLI, (at - sent) * MILLI);
                last = at;
            }
        }
    }

    @Test
    void theTimeOutFollowsALongAndUnevenWayAndIsBounded() {
        answered(0, 1_000);
        assertEquals(4_000, heartbeat.silentMillis(), "the period, the round trip and four times half of it");
        for (int second = 1; second < 60; second++) {
            answered(second * 1_000L, 1_000);
        }
        assertEquals(4_000, heartbeat.silentMillis(), 5.0, "a long way that was even may stall all the same");
        for (int second = 60; second < 120; second++) {
            answered(second * 1_000L, second % 2 == 0 ? 200 : 1_800);
        }
        assertTrue(heartbeat.silentMillis() > 4_000, heartbeat.silentMillis() + " ms");
        for (int second = 120; second < 200; second++) {
            answered(second * 1_000L, 30_000);
        }
        assertEquals(10_000, heartbeat.silentMillis());
    }

    @Test
    void aShortWayNeedsNoMoreThanTheLeast() {
        for (int second = 0; second < 60; second++) {
            answered(second * 1_000L, second % 2 == 0 ? 5 : 80);
        }
        assertEquals(2_500, heartbeat.silentMillis());
    }

    /** Its first answers wait for classes that are loaded and code that is compiled, at the asker too. */
    @Test
    void aServerThatHasJustStartedSaysNothingOfTheWayToIt() {
        answered(1_600, 1_600);
        answered(2_400, 700);
        answered(3_300, 250);
        assertTrue(heartbeat.silentMillis() < 4_000, heartbeat.silentMillis() + " ms");
        answered(4_010, 8);
        assertEquals(2_500, heartbeat.silentMillis());
    }

    @Test
    void anOutageIsNoRoundTrip() {
        answered(0, 1);
        heartbeat.tick(2_500 * MILLI);
        answered(60_000, 4_900);
        assertEquals(2_500, heartbeat.silentMillis());
    }
}
