package org.red5.dvr.record;

import java.io.IOException;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.red5.dvr.timeline.SegmentGrid;

/**
 * The rule of a take's first number: its own cell's, where no other take has it, else one of the next few. Numbers that
 * are taken elsewhere are passed over as long as another is left; those of the own archive are never used again. Used by
 * one thread.
 */
final class TakeNumbers {
    private final SegmentGrid grid;
    private final Used used;

    /** Which numbers of a stream are used. */
    interface Used {
        /** The highest number recorded of the stream so far, by any publish; lower than any number when there is none. */
        long lastNumber() throws IOException;

        /** Whether a segment of the stream is known elsewhere by a number. */
        default boolean isTakenElsewhere(long number) {
            return false;
        }
    }

    TakeNumbers(SegmentGrid grid, Used used) {
        this.grid = grid;
        this.used = used;
    }

    /**
     * The number of the first segment of a take.
     *
     * @param startMicros when it starts, microseconds since the Unix epoch
     * @return empty when all are taken: nothing can be recorded before the next cell
     * @throws IOException when the archive cannot be looked at
     */
    OptionalLong first(long startMicros) throws IOException {
        return first(grid.numberAt(startMicros), used.lastNumber(), used::isTakenElsewhere);
    }

    /** By how many cells the archive is ahead of an instant; 1 or less where its own number is free. */
    long cellsAhead(long startMicros) throws IOException {
        long last = used.lastNumber();
        return last == Long.MIN_VALUE ? Long.MIN_VALUE : last + 1 - grid.numberAt(startMicros);
    }

    private static OptionalLong first(long cell, long lastNumber, LongPredicate elsewhere) {
        long most = cell + SegmentGrid.MOST_AHEAD;
        long own = Math.max(cell, lastNumber == Long.MIN_VALUE ? cell : lastNumber + 1);
        for (long number = own; number <= most; number++) {
            if (!elsewhere.test(number)) {
                return OptionalLong.of(number);
            }
        }
        return own <= most ? OptionalLong.of(own) : OptionalLong.empty();
    }
}
