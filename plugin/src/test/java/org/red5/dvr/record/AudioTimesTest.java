package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.media.Ticks;

class AudioTimesTest {
    private static final long START_MICROS = 1_795_353_300_000_000L;

    @ParameterizedTest
    @CsvSource({"8000, 1024", "22050, 1024", "44100, 1024", "48000, 1024", "96000, 1024", "48000, 960", "11025, 1024"})
    void timeStampsInMillisecondsGiveEvenSteps(int rate, int frameTicks) {
        AudioTimes times = new AudioTimes(rate);
        long first = times.next(START_MICROS, frameTicks);
        for (long i = 1; i < 200_000; i++) {
            long millis = i * frameTicks * 1_000 / rate;
            assertEquals(
                    first + i * frameTicks, times.next(START_MICROS + millis * 1_000, frameTicks), "access unit " + i);
            assertEquals(first + (i + 1) * frameTicks, times.endTicks());
        }
    }

    @Test
    void jitterOfATimeStampIsNotFollowed() {
        AudioTimes times = new AudioTimes(48_000);
        Random random = new Random(1);
        long first = times.next(START_MICROS, 1_024);
        for (long i = 1; i < 10_000; i++) {
            long micros = i * 1_024 * 1_000 / 48 + random.nextInt(18_000) - 9_000;
            assertEquals(first + i * 1_024, times.next(START_MICROS + micros, 1_024));
        }
    }

    @Test
    void afterAHoleTheTimeIsWhatTheTimeStampSays() {
        AudioTimes times = new AudioTimes(48_000);
        times.next(START_MICROS, 1_024);
        long later = START_MICROS + 3_000_000;
        assertEquals(Ticks.ofMicros(later, 48_000), times.next(later, 1_024));
        assertEquals(Ticks.ofMicros(later, 48_000) + 1_024, times.next(later + 21_000, 1_024));
    }

    @Test
    void aLostAccessUnitIsWorkedOffInSmallSteps() {
        AudioTimes times = new AudioTimes(44_100);
        long previous = times.next(START_MICROS, 1_024);
        long micros = START_MICROS;
        for (int i = 1; i < 400; i++) {
            micros = START_MICROS + (i + (i < 10 ? 0 : 1)) * 1_024L * 1_000_000 / 44_100;
            long ticks = times.next(micros, 1_024);
            assertTrue(Math.abs(ticks - previous - 1_024) <= 44, "a step of " + (ticks - previous) + " ticks");
            previous = ticks;
        }
        assertTrue(Math.abs(previous - Ticks.ofMicros(micros, 44_100)) <= 441, "within 10 ms again");
    }

    @ParameterizedTest
    @CsvSource({"48000, 200", "48000, -200", "44100, 500", "44100, -500", "8000, 300", "22050, -300"})
    void aClockThatDriftsIsFollowed(int rate, int partsPerMillion) {
        AudioTimes times = new AudioTimes(rate);
        long previous = times.next(START_MICROS, 1_024);
        for (long i = 1; i < 3 * 3_600L * rate / 1_024; i++) {
            double exact = i * 1_024 * 1e6 / rate * (1 + partsPerMillion * 1e-6);
            long micros = START_MICROS + ((long) (exact / 1_000)) * 1_000;
            long ticks = times.next(micros, 1_024);
            long off = ticks - Ticks.ofMicros(micros, rate);
            assertTrue(Math.abs(off) <= rate / 50, "off by " + off + " ticks at access unit " + i);
            assertTrue(ticks - previous > 1_000 && ticks - previous < 1_048, "a step of " + (ticks - previous));
            previous = ticks;
        }
    }

    /** Opus packets may say that they have no frames; those before are longer than their stamps are apart. */
    @Test
    void packetsThatLastNothingDoNotGoBackwards() {
        AudioTimes times = new AudioTimes(48_000);
        long previous = Long.MIN_VALUE;
        for (int i = 0; i < 1_000; i++) {
            long ticks = times.next(START_MICROS + i * 10_000L, i % 2 == 0 ? 5_760 : 1);
            assertTrue(ticks > previous, "packet " + i + ": " + previous + ", " + ticks);
            assertTrue(times.endTicks() > ticks);
            previous = ticks;
        }
    }

    /** As a configuration says it that is wrong by a factor of two, or one that knows nothing of short frames. */
    @ParameterizedTest
    @CsvSource({"48000, 512", "48000, 480", "24000, 512", "44100, 128", "8000, 171"})
    void framesThatAreShorterThanCountedStayNearTheirStamps(int rate, int trueTicks) {
        AudioTimes times = new AudioTimes(rate);
        long previous = Long.MIN_VALUE;
        for (long i = 0; i < 100_000; i++) {
            long micros = START_MICROS + i * trueTicks * 1_000 / rate * 1_000;
            long ticks = times.next(micros, 1_024);
            long ahead = ticks - Ticks.ofMicros(micros, rate);
            assertTrue(ahead >= 0 && ahead <= rate / 2, "ahead by " + ahead + " ticks at access unit " + i);
            assertTrue(previous == Long.MIN_VALUE || ticks - previous > trueTicks / 4, "no burst");
            previous = ticks;
        }
    }

    @Test
    void neverGoesBackwards() {
        Random random = new Random(2);
        AudioTimes times = new AudioTimes(48_000);
        long previous = Long.MIN_VALUE;
        long micros = START_MICROS;
        for (int i = 0; i < 100_000; i++) {
            micros += random.nextInt(60) == 0 ? random.nextInt(2_000_000) - 1_000_000 : 21_333;
            long ticks = times.next(micros, 1_024);
            assertTrue(ticks > previous, "access unit " + i);
            previous = ticks;
        }
    }
}
