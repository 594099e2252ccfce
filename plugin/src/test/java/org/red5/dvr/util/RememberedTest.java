package org.red5.dvr.util;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RememberedTest {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong nanos = new AtomicLong();
    private final Remembered<String, Integer> values =
            new Remembered<>(1_000, Duration.ofSeconds(10), nanos::get, (key, value) -> key.length() + value);

    @Test
    void theLeastRecentlyUsedMakesRoom() {
        values.put("a", 399);
        values.put("b", 399);
        assertEquals(399, values.get("a"));
        values.put("c", 399);
        assertNull(values.get("b"));
        assertEquals(399, values.get("a"));
        assertEquals(399, values.get("c"));
        assertEquals(800, values.bytes());
    }

    @Test
    void whatIsNotUsedIsForgotten() {
        values.put("a", 1);
        values.put("b", 1);
        nanos.addAndGet(9 * SECOND);
        assertEquals(1, values.get("a"));
        nanos.addAndGet(2 * SECOND);
        values.put("c", 1);
        assertNull(values.get("b"));
        assertEquals(2, values.size());
    }

    @Test
    void whatIsHeavierThanTheBoundIsNotRemembered() {
        values.put("a", 5);
        values.put("b", 2_000);
        assertEquals(0, values.size());
        assertEquals(0, values.bytes());
    }

    @Test
    void theWeightIsThatOfWhatIsThere() {
        Random random = new Random(1);
        for (int i = 0; i < 5_000; i++) {
            values.put("k" + random.nextInt(40), random.nextInt(200));
            if (random.nextInt(50) == 0) {
                String end = Integer.toString(random.nextInt(10));
                values.forget(key -> key.endsWith(end));
            }
            nanos.addAndGet(random.nextInt(2) * SECOND);
            assertTrue(values.bytes() <= 1_000);
        }
        values.forget(key -> true);
        assertEquals(0, values.bytes());
        assertEquals(0, values.size());
    }
}
