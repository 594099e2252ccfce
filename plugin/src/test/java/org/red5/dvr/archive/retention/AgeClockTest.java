package org.red5.dvr.archive.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AgeClockTest {
    private static final long START_MICROS = 1_795_353_300_000_000L;
    private static final long SWEEP = 10_000_000;
    private static final long HOUR = 3_600_000_000L;

    private long elapsedMicros;
    private long wallIsOffMicros;
    private long recordingIsOffMicros;
    private final AgeClock clock = new AgeClock(
            () -> START_MICROS + elapsedMicros + wallIsOffMicros,
            () -> START_MICROS + elapsedMicros + recordingIsOffMicros,
            () -> elapsedMicros * 1_000 - 77_000);

    /** What the clock is ahead of the true time, at most, while sweeps go on for so long. */
    private long mostAhead(long micros) {
        long most = Long.MIN_VALUE;
        for (long until = elapsedMicros + micros; elapsedMicros < until; elapsedMicros += SWEEP) {
            most = Math.max(most, clock.getAsLong() - START_MICROS - elapsedMicros);
        }
        return most;
    }

    @Test
    void goesWithTheClockThatIsBehind() {
        wallIsOffMicros = 5;
        assertEquals(0, mostAhead(HOUR));
        recordingIsOffMicros = 1_000_000_000 * HOUR;
        assertEquals(5, mostAhead(HOUR), "the wall clock is the one behind now");
        wallIsOffMicros = -HOUR * 24;
        assertEquals(-HOUR * 24, mostAhead(HOUR));
    }

    @Test
    void yearsAheadForLessThanAnHourCountForNothing() {
        mostAhead(HOUR);
        for (int i = 0; i < 10; i++) {
            wallIsOffMicros = 24 * 365 * HOUR;
            recordingIsOffMicros = wallIsOffMicros;
            assertEquals(0, mostAhead(HOUR - SWEEP));
            wallIsOffMicros = 0;
            assertEquals(0, mostAhead(SWEEP));
        }
    }

    @Test
    void whatLastsForAnHourIsTaken() {
        mostAhead(HOUR);
        wallIsOffMicros = 24 * HOUR;
        recordingIsOffMicros = 24 * HOUR;
        assertEquals(0, mostAhead(HOUR));
        assertEquals(24 * HOUR, mostAhead(HOUR));
        wallIsOffMicros = 25 * HOUR;
        recordingIsOffMicros = 25 * HOUR;
        assertTrue(mostAhead(SWEEP) == 25 * HOUR, "an hour is within what is taken at once");
    }
}
