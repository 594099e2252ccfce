package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MediaClockTest {
    private static final long START_MICROS = 1_795_353_300_000_000L;
    private static final long HOUR_MILLIS = 3_600_000;

    @Test
    void aBurstAtTheStartDoesNotCountAsTime() {
        MediaClock clock = new MediaClock();
        for (int millis = 0; millis < 3_000; millis += 40) {
            clock.observe(millis, START_MICROS);
        }
        assertFalse(clock.canAnchor(START_MICROS + 999_999));
        for (int millis = 3_000; !clock.canAnchor(START_MICROS + (millis - 3_000) * 1_000L); millis += 40) {
            clock.observe(millis, START_MICROS + (millis - 3_000) * 1_000L);
        }
        clock.anchor(START_MICROS + 1_000_000);
        assertEquals(START_MICROS + 250_000, clock.utcMicros(3_000));
        assertEquals(START_MICROS - 2_750_000, clock.utcMicros(0));
    }

    @Test
    void everyPacketOfAShortBurstIsTimedNearItsArrival() {
        MediaClock clock = new MediaClock();
        for (int millis = 0; millis < 1_500; millis += 20) {
            clock.observe(millis, START_MICROS + Math.max(0, millis - 500) * 1_000L);
        }
        clock.anchor(START_MICROS + 1_000_000);
        for (int millis = 0; millis < 60_000; millis += 20) {
            long arrivalMicros = START_MICROS + Math.max(0, millis - 500) * 1_000L;
            if (millis >= 1_500) {
                clock.observe(millis, arrivalMicros);
            }
            assertTrue(Math.abs(clock.utcMicros(millis) - arrivalMicros) <= 250_000, millis + " ms");
        }
        assertEquals(START_MICROS + 59_750_000, clock.utcMicros(60_000), "no slewing for so little");
    }

    @Test
    void theAnchorIsThePacketWithTheLeastDelay() {
        MediaClock clock = new MediaClock();
        Random random = new Random(3);
        for (int millis = 0; millis < 1_000; millis += 20) {
            int delayMillis = millis == 0 || millis == 500 ? 10 : 15 + random.nextInt(300);
            clock.observe(millis, START_MICROS + (millis + delayMillis) * 1_000L);
        }
        clock.anchor(START_MICROS + 1_300_000);
        assertTrue(clock.isAnchored());
        assertEquals(START_MICROS + 510_000, clock.utcMicros(500));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, -200, 0, 50, -400})
    void driftOfHoursStaysNearTheWallClockWithoutAStep(int partsPerMillion) {
        Simulation simulation = new Simulation(partsPerMillion, 25);
        simulation.run(30 * HOUR_MILLIS, 40);
        assertTrue(simulation.mostOffMicros < 500_000, "off by " + simulation.mostOffMicros + " us");
        assertTrue(simulation.mostStepError < 0.001, "steps differ from the nominal by " + simulation.mostStepError);
    }

    @Test
    void aClockSetBackWhileItWatchesDoesNotKeepItWatching() {
        MediaClock clock = new MediaClock();
        clock.observe(0, START_MICROS);
        long hourBefore = START_MICROS - HOUR_MILLIS * 1_000;
        assertTrue(clock.canAnchor(hourBefore));
        clock.observe(40, hourBefore);
        clock.anchor(hourBefore);
        assertTrue(Math.abs(clock.utcMicros(40) - hourBefore) <= 500_000);
    }

    @Test
    void audioAndVideoAreMappedAlikeThoughOneLags() {
        MediaClock clock = new MediaClock();
        Random random = new Random(9);
        long mostApartMicros = 0;
        for (long millis = 0; millis < 4 * HOUR_MILLIS; millis += 20) {
            long arrival = START_MICROS + Math.round(millis * 1_000 * 1.0003) + random.nextInt(20_000);
            long video = millis;
            long audio = Math.max(0, video - 150);
            clock.observe(video, arrival);
            clock.observe(audio, arrival);
            if (!clock.isAnchored() && clock.canAnchor(arrival)) {
                clock.anchor(arrival);
            } else if (clock.isAnchored()) {
                long apart = clock.utcMicros(video) - clock.utcMicros(audio) - (video - audio) * 1_000;
                mostApartMicros = Math.max(mostApartMicros, Math.abs(apart));
            }
        }
        assertTrue(mostApartMicros < 1_000, "apart by " + mostApartMicros + " us more than they were sent");
    }

    @Test
    void anEncodersClockMayWrapMeanwhile() {
        Simulation simulation = new Simulation(100, 5);
        simulation.firstMillis = (1L << 32) - HOUR_MILLIS;
        simulation.run(2 * HOUR_MILLIS, 40);
        assertTrue(simulation.mostOffMicros < 500_000 && simulation.mostStepError < 0.001);
    }

    @Test
    void aWallClockThatIsSetIsFollowedWithoutAStep() {
        Simulation simulation = new Simulation(0, 5);
        simulation.run(HOUR_MILLIS, 40);
        simulation.wallOffsetMicros = -3_000_000;
        simulation.run(3 * HOUR_MILLIS, 40);
        assertTrue(simulation.mostStepError < 0.001, "steps differ by " + simulation.mostStepError);
        assertTrue(simulation.lastOffMicros < 100_000, "off by " + simulation.lastOffMicros + " us in the end");
        assertTrue(simulation.mostOffMicros >= 2_900_000, "the clock was set");
    }

    @ParameterizedTest
    @CsvSource({"1.1, true", "2, true", "1.002, false"})
    void anEncoderFasterThanRealTimeIsLostWhenItIsTenSecondsAhead(double speed, boolean isLost) {
        MediaClock clock = anchored();
        long millis = 1_000;
        while (!clock.isLost() && millis < 600_000) {
            millis += 40;
            long arrival = START_MICROS + 1_000_000 + Math.round((millis - 1_000) * 1_000 / speed);
            clock.observe(millis, arrival);
            if (!clock.isLost()) {
                assertTrue(clock.utcMicros(millis) - arrival <= 10_000_000, "at " + millis + " ms");
            }
        }
        assertEquals(isLost, clock.isLost());
    }

    @ParameterizedTest
    @CsvSource({"5000, 1000", "30000, 4", "60000, 1.3", "120000, 1000"})
    void anEncoderThatStallsAndCatchesUpIsNotLost(long stallMillis, double catchUpSpeed) {
        MediaClock clock = anchored();
        for (long millis = 1_040; millis < 600_000; millis += 40) {
            long sinceStallMillis = millis - 20_000;
            double arrivalMillis = sinceStallMillis < 0
                    ? millis
                    : Math.max(millis, 20_000 + stallMillis + sinceStallMillis / catchUpSpeed);
            clock.observe(millis, START_MICROS + Math.round(arrivalMillis * 1_000));
            assertFalse(clock.isLost(), "at " + millis + " ms");
        }
        assertEquals(START_MICROS + 600_000_000, clock.utcMicros(600_000), 300_000.0);
    }

    @ParameterizedTest
    @CsvSource({"9000, false", "11000, true", "3600000, true"})
    void anEncoderThatStandsStillAndNeverCatchesUpIsLost(long stallMillis, boolean isLost) {
        MediaClock clock = anchored();
        long lostMillis = -1;
        for (long millis = 1_040; millis < 120_000 && lostMillis < 0; millis += 40) {
            long arrivalMillis = millis < 20_000 ? millis : millis + stallMillis;
            clock.observe(millis, START_MICROS + arrivalMillis * 1_000);
            lostMillis = clock.isLost() ? millis : -1;
        }
        assertEquals(isLost, lostMillis >= 0);
        assertTrue(lostMillis <= 20_000 + 31_000, "lost only after " + (lostMillis - 20_000) + " ms");
    }

    private static MediaClock anchored() {
        MediaClock clock = new MediaClock();
        for (int millis = 0; millis <= 1_000; millis += 40) {
            clock.observe(millis, START_MICROS + millis * 1_000L);
        }
        clock.anchor(START_MICROS + 1_000_000);
        return clock;
    }

    /** A publisher whose clock drifts, over a network whose delay changes. */
    private static final class Simulation {
        private final MediaClock clock = new MediaClock();
        private final Random random = new Random(4);
        private final double rate;
        private final int mostDelayMillis;
        long firstMillis;
        long wallOffsetMicros;
        long mostOffMicros;
        long lastOffMicros;
        double mostStepError;
        private long sentMillis;
        private long previousMicros = Long.MIN_VALUE;

        /** @param partsPerMillion by how much the encoder's time runs slower than ours */
        Simulation(int partsPerMillion, int mostDelayMillis) {
            this.rate = 1 + partsPerMillion * 1e-6;
            this.mostDelayMillis = mostDelayMillis;
        }

        void run(long durationMillis, int stepMillis) {
            long end = sentMillis + durationMillis;
            for (; sentMillis < end; sentMillis += stepMillis) {
                long truth = START_MICROS + wallOffsetMicros + Math.round(sentMillis * 1_000 * rate);
                long arrival = truth + random.nextInt(mostDelayMillis * 1_000 + 1);
                long millis = firstMillis + sentMillis;
                clock.observe(millis, arrival);
                if (!clock.isAnchored()) {
                    if (clock.canAnchor(arrival)) {
                        clock.anchor(arrival);
                    }
                    continue;
                }
                long mapped = clock.utcMicros(millis);
                lastOffMicros = Math.abs(mapped - truth);
                mostOffMicros = Math.max(mostOffMicros, lastOffMicros);
                if (previousMicros != Long.MIN_VALUE) {
                    double step = (mapped - previousMicros) / (stepMillis * 1e3);
                    mostStepError = Math.max(mostStepError, Math.abs(step - 1));
                }
                previousMicros = mapped;
            }
        }
    }
}
