package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ByteBudgetTest {
    private static final long HEAP_BYTES = 1L << 30;

    @Test
    void onePartGetsWhatItHadAlone() {
        assertEquals(RecordingMemory.mostWaitingBytes(HEAP_BYTES), fill(parts(1).get(0)));
    }

    @Test
    void allPartsTogetherTakeNoMoreThanThereIs() {
        long used = parts(100).stream().mapToLong(ByteBudgetTest::fill).sum();
        assertTrue(used <= HEAP_BYTES / 4, used + " bytes");
    }

    @Test
    void partsThatAreFullLeaveSomethingForAnother() {
        List<ByteBudget> parts = parts(4);
        parts.subList(0, 3).forEach(ByteBudgetTest::fill);
        assertEquals(HEAP_BYTES / 4 / 16, fill(parts.get(3)));
    }

    @Test
    void whatAPartGivesBackIsThereForAnother() {
        List<ByteBudget> parts = parts(2);
        long first = fill(parts.get(0));
        long second = fill(parts.get(1));
        assertFalse(parts.get(1).take(1, false));
        parts.get(0).giveBack(first);
        assertTrue(second + fill(parts.get(1)) > second);
        assertEquals(0, parts.get(0).usedBytes());
    }

    @Test
    void whatAPartRefusesIsNotTakenFromTheWhole() {
        ByteBudget whole = new ByteBudget(1_000);
        ByteBudget part = whole.part(100);
        assertFalse(part.take(60, true));
        assertFalse(part.take(101, false));
        assertEquals(0, whole.usedBytes());
        assertTrue(part.take(50, true));
        assertEquals(50, whole.usedBytes());
    }

    private static List<ByteBudget> parts(int count) {
        ByteBudget whole = new ByteBudget(RecordingMemory.mostWaitingBytesOfAll(HEAP_BYTES));
        return Stream.generate(() -> whole.part(RecordingMemory.mostWaitingBytes(HEAP_BYTES)))
                .limit(count)
                .toList();
    }

    /** Takes all that it can get. */
    private static long fill(ByteBudget part) {
        long taken = 0;
        for (long bytes = HEAP_BYTES; bytes > 0; bytes /= 2) {
            while (part.take(bytes, false)) {
                taken += bytes;
            }
        }
        return taken;
    }
}
