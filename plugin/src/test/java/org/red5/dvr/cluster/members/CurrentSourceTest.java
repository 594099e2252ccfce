package org.red5.dvr.cluster.members;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.cluster.members.CurrentSource.Level;

class CurrentSourceTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void theFirstThatWorksIsInUse() {
        CurrentSource current = new CurrentSource(3);
        assertEquals(1, current.update(0, Level.DOWN, Level.UP, Level.UP));
        assertEquals(2, current.update(SECOND, Level.DOWN, Level.UP, Level.KNOWS));
        assertEquals(1, current.update(2 * SECOND, Level.DOWN, Level.LIVE, Level.KNOWS));
        assertEquals(-1, current.update(3 * SECOND, Level.DOWN, Level.DOWN, Level.DOWN));
    }

    @Test
    void failOverIsAtOnceAndTheWayBackTakesHalfAMinuteWithoutABreak() {
        CurrentSource current = new CurrentSource(2);
        assertEquals(0, current.update(0, Level.LIVE, Level.LIVE));
        assertEquals(1, current.update(SECOND, Level.DOWN, Level.LIVE));
        assertEquals(1, current.update(2 * SECOND, Level.LIVE, Level.LIVE));
        assertEquals(1, current.update(31 * SECOND, Level.LIVE, Level.LIVE));
        assertEquals(1, current.update(32 * SECOND - 1, Level.KNOWS, Level.LIVE));
        assertEquals(1, current.update(33 * SECOND, Level.LIVE, Level.LIVE));
        assertEquals(1, current.update(63 * SECOND - 1, Level.LIVE, Level.LIVE));
        assertEquals(0, current.update(63 * SECOND, Level.LIVE, Level.LIVE));
    }

    @Test
    void whoHasNotBeenHeardOfBeforeNeedNotProveItself() {
        CurrentSource current = new CurrentSource(2);
        assertEquals(0, current.update(0, Level.UNKNOWN, Level.UNKNOWN));
        assertEquals(1, current.update(1, Level.UNKNOWN, Level.LIVE));
        assertEquals(0, current.update(2, Level.LIVE, Level.LIVE));
    }

    @Test
    void agreesWithAPlainModelAndNeverFlaps() {
        Random random = new Random(20_261_124);
        for (int run = 0; run < 200; run++) {
            int sources = 1 + random.nextInt(4);
            CurrentSource current = new CurrentSource(sources);
            Model model = new Model(sources);
            Level[] levels = new Level[sources];
            Arrays.fill(levels, Level.UNKNOWN);
            long now = random.nextLong(1_000) * SECOND;
            int before = -1;
            long[] returned = new long[sources];
            Arrays.fill(returned, Long.MIN_VALUE / 2);
            for (int step = 0; step < 500; step++) {
                now += random.nextLong(3 * SECOND);
                int changed = random.nextInt(sources);
                if (random.nextInt(8) == 0) {
                    levels[changed] = random.nextInt(3) == 0 ? Level.DOWN : Level.values()[random.nextInt(6)];
                    levels[changed] = levels[changed] == Level.UNKNOWN ? Level.LIVE : levels[changed];
                }
                int in = current.update(now, levels);
                assertEquals(model.update(now, levels), in, "run " + run + ", step " + step);
                if (in != before && before >= 0 && in >= 0 && model.works(levels, before)) {
                    // It went away from one that works: back to an earlier one, and seldom.
                    assertTrue(in < before);
                    assertTrue(now - returned[in] >= 30 * SECOND);
                    returned[in] = now;
                }
                before = in;
            }
        }
    }

    /** Keeps all that ever was, and looks back. */
    private static final class Model {
        private final List<Long> times = new ArrayList<>();
        private final List<Level[]> history = new ArrayList<>();
        private final int sources;
        private int current = -1;

        Model(int sources) {
            this.sources = sources;
        }

        boolean works(Level[] levels, int source) {
            Level best = Arrays.stream(levels).max(Level::compareTo).orElseThrow();
            return best != Level.DOWN && levels[source] == best;
        }

        int update(long now, Level[] levels) {
            times.add(now);
            history.add(levels.clone());
            boolean stays = current >= 0 && works(levels, current);
            for (int i = 0; i < sources; i++) {
                if (works(levels, i) && (!stays || (i < current && isProven(now, i)))) {
                    current = i;
                    return i;
                }
            }
            if (!stays) {
                current = -1;
            }
            return current;
        }

        /** Whether it has worked for half a minute, or all the time since it was heard of first. */
        private boolean isProven(long now, int source) {
            int step = history.size() - 1;
            while (step > 0 && works(history.get(step - 1), source)) {
                step--;
            }
            boolean fromTheFirst = true;
            for (int i = 0; i < step; i++) {
                fromTheFirst &= history.get(i)[source] == Level.UNKNOWN;
            }
            return fromTheFirst || now - times.get(step) >= 30 * SECOND;
        }
    }
}
