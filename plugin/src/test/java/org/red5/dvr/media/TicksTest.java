package org.red5.dvr.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TicksTest {
    private static final int[] TIMESCALES = {1_000, 7_350, 44_100, 48_000, 90_000, 192_000};

    @Test
    void agreesWithExactArithmetic() {
        Random random = new Random(3);
        for (int round = 0; round < 20_000; round++) {
            int timescale = TIMESCALES[random.nextInt(TIMESCALES.length)];
            long micros = random.nextLong(4_000_000_000_000_000L);
            assertEquals(rounded(micros, timescale, 1_000_000), Ticks.ofMicros(micros, timescale));
            long ticks = rounded(micros, timescale, 1_000_000);
            assertEquals(rounded(ticks, 1_000_000, timescale), Ticks.toMicros(ticks, timescale));
        }
    }

    @Test
    void comesBackWithinHalfATick() {
        for (int timescale : TIMESCALES) {
            for (long micros = 1_795_387_502_000_000L; micros < 1_795_387_502_002_000L; micros++) {
                long back = Ticks.toMicros(Ticks.ofMicros(micros, timescale), timescale);
                assertTrue(Math.abs(back - micros) <= 500_000 / timescale + 1, timescale + " Hz: " + micros);
            }
        }
    }

    @Test
    void wholeMillisecondsAreExactInTheVideoTimescale() {
        for (long millis = 1_795_387_502_000L; millis < 1_795_387_503_000L; millis++) {
            assertEquals(millis * 90, Ticks.ofMicros(millis * 1_000, VideoConfig.TIMESCALE));
            assertEquals(millis * 1_000, Ticks.toMicros(millis * 90, VideoConfig.TIMESCALE));
        }
    }

    private static long rounded(long value, long factor, long divisor) {
        BigInteger doubled = BigInteger.valueOf(value).multiply(BigInteger.valueOf(factor * 2));
        return doubled.add(BigInteger.valueOf(divisor))
                .divide(BigInteger.valueOf(divisor * 2))
                .longValueExact();
    }
}
