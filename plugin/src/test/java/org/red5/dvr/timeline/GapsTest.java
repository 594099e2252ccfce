package org.red5.dvr.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GapsTest {
    private static final long WEEK_SECONDS = 604_800;
    private static final long MICROS = 1_000_000;
    private static final UtcRange WEEK = UtcRange.ofSeconds(0, WEEK_SECONDS);

    @Test
    void aWeekOfReconnectsEveryTwelveSecondsTakesLittleTime() {
        List<Segment> segments = new ArrayList<>();
        List<TakeEnd> ends = new ArrayList<>();
        for (long second = 0; second < WEEK_SECONDS; second += 12) {
            TakeId take = TakeId.of(second * MICROS, "origin");
            segments.add(new Segment(take, second / 4, second * MICROS, 4 * MICROS, 1_000, 0, true));
            ends.add(new TakeEnd(take, (second + 4) * MICROS, GapReason.NOT_PUBLISHED));
        }
        long before = cpuNanos();
        List<Timeline.Gap> gaps = new Gaps(ends, false).between(segments, WEEK, false);
        long nanos = cpuNanos() - before;
        assertEquals(WEEK_SECONDS / 12, gaps.size());
        assertTrue(nanos < 300_000_000, nanos + " ns of CPU time");
    }

    /** Of this thread: others may keep the machine busy. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** A hole is cut where what keeps it open changes, however the ends are given: seen against a search through all of them. */
    @Test
    void reasonsAreThoseOfTheLastEndBefore() {
        Random random = new Random(5);
        for (int round = 0; round < 300; round++) {
            List<TakeEnd> ends = new ArrayList<>();
            for (int i = random.nextInt(30); i > 0; i--) {
                long at = random.nextInt(100) * MICROS;
                GapReason reason = GapReason.values()[random.nextInt(7)];
                ends.add(new TakeEnd(TakeId.of(i * MICROS, "origin"), at, reason));
            }
            UtcRange window = UtcRange.ofSeconds(20, 60);
            for (Timeline.Gap gap : new Gaps(ends, false).between(List.of(), window, false)) {
                assertEquals(last(ends, gap.range().fromMicros()), gap.reason(), "round " + round);
            }
        }
    }

    private static GapReason last(List<TakeEnd> ends, long fromMicros) {
        TakeEnd last = null;
        for (TakeEnd end : ends) {
            if (end.utcMicros() <= fromMicros + Timeline.TOLERANCE_MICROS
                    && (last == null || end.utcMicros() >= last.utcMicros())) {
                last = end;
            }
        }
        return last == null ? GapReason.NOT_PUBLISHED : last.reason();
    }
}
