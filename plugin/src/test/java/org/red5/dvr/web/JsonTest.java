package org.red5.dvr.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.UtcRange;

class JsonTest {
    @Test
    void whatAdjoinsInTheArchiveAdjoinsAsItIsWritten() {
        Random random = new Random(1);
        long from = 1_795_997_951_050_400L;
        for (int i = 0; i < 10_000; i++) {
            UtcRange range = new UtcRange(from, from + random.nextInt(100_000_000));
            BigDecimal end = Json.seconds(range.fromMicros()).add(Json.duration(range));
            assertEquals(0, end.compareTo(Json.seconds(range.toMicros())), () -> range + " ends as " + end);
            from = range.toMicros();
        }
    }

    @Test
    void secondsAreWrittenWithThreeDecimalsAtMost() {
        assertEquals("1795997957.059", Json.seconds(1_795_997_957_058_500L).toPlainString());
        assertEquals("20", Json.duration(new UtcRange(1_000_400, 21_000_499)).toPlainString());
    }
}
