package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class UtcClockTest {
    private static final long START_MICROS = 1_795_353_300_000_000L;
    private static final long SECOND = 1_000_000;
    private static final long HOUR = 3_600 * SECOND;

    private long elapsedMicros;
    private long setByMicros;
    private final UtcClock clock = new UtcClock(new Wall(), () -> elapsedMicros * 1_000 - 77);

    @Test
    void saysWhatTheWallClockSays() {
        for (int i = 0; i < 1_000; i++) {
            elapsedMicros += 12_345;
            assertEquals(START_MICROS + elapsedMicros, clock.micros());
            assertEquals((START_MICROS + elapsedMicros) / 1_000, clock.millis());
            assertEquals(START_MICROS + elapsedMicros, clock.instant().toEpochMilli() * 1_000 + clock.micros() % 1_000);
        }
    }

    @Test
    void goesForwardWithTheWallClockAMinuteLater() {
        elapsedMicros += SECOND;
        clock.micros();
        setByMicros = HOUR;
        for (int i = 0; i < 60; i++) {
            assertEquals(START_MICROS + elapsedMicros, clock.micros(), "after " + i + " s");
            elapsedMicros += SECOND;
        }
        assertEquals(START_MICROS + elapsedMicros + HOUR, clock.micros());
        elapsedMicros += SECOND;
        assertEquals(START_MICROS + elapsedMicros + HOUR, clock.micros());
    }

    @Test
    void goesForwardByASecondAtOnce() {
        clock.micros();
        setByMicros = SECOND;
        assertEquals(START_MICROS + SECOND, clock.micros());
    }

    @Test
    void aWallClockThatIsAheadForAWhileMovesNothing() {
        for (int i = 0; i < 1_000; i++) {
            setByMicros = i % 100 > 40 ? HOUR : 0;
            assertEquals(START_MICROS + elapsedMicros, clock.micros(), "second " + i);
            elapsedMicros += SECOND;
        }
    }

    @Test
    void whileTheWallClockIsSetAgainAndAgainItIsNotBelieved() {
        for (int i = 0; i < 1_000; i++) {
            setByMicros = HOUR * (1 + i / 50);
            assertEquals(START_MICROS + elapsedMicros, clock.micros(), "second " + i);
            elapsedMicros += SECOND;
        }
    }

    @Test
    void goesOnWhereTheWallClockIsSetBackByAnHour() {
        long before = clock.micros();
        setByMicros = -HOUR;
        for (int i = 0; i < 60_000; i++) {
            elapsedMicros += SECOND / 10;
            long now = clock.micros();
            assertTrue(now - before >= 99_900 && now - before <= 100_000, "a step of " + (now - before) + " us");
            before = now;
        }
        assertEquals(START_MICROS + 6_000 * SECOND, before, 2.0 * SECOND, "ahead of the wall clock still");
    }

    @Test
    void meetsTheWallClockAgainThatWasSetBackALittle() {
        clock.micros();
        setByMicros = -2 * SECOND;
        long last = clock.micros();
        for (int i = 0; i < 10_000; i++) {
            elapsedMicros += SECOND;
            assertTrue(clock.micros() > last, "second " + i);
            last = clock.micros();
        }
        assertEquals(START_MICROS + elapsedMicros + setByMicros, last);
    }

    private final class Wall extends Clock {
        @Override
        public Instant instant() {
            long micros = START_MICROS + elapsedMicros + setByMicros;
            return Instant.ofEpochSecond(micros / SECOND, micros % SECOND * 1_000);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }
}
