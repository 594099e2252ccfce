package org.red5.dvr.record.segmenter;

import java.util.Optional;
import org.red5.dvr.timeline.SegmentGrid;

/**
 * The rule by which the segments of a take end; knows nothing but what it is asked with. A segment of number <i>n</i>
 * ends at the first key frame in cell <i>n</i> + 1; where that has none, at its first frame. The first segments of a take
 * that begins one cell ahead of the grid, as the number of its own was taken, are as long as a cell. What is ahead
 * otherwise comes back to the grid, but no segment is longer than two cells: it then ends at the last key frame before,
 * or where two cells end, and the next ones go on with it.
 */
record CutRule(SegmentGrid grid) {
    /** Segments are no shorter, unless their take is. */
    static final long LEAST_MICROS = 500_000;

    /** Players stay so many target durations behind. */
    private static final int SHORT_SEGMENTS = 3;

    /**
     * The segment that is being put together.
     *
     * @param ordinal how many of its take were before it
     * @param leastMicros how long it lasts at least
     * @param mayBeEmpty whether there can be a segment with no sample of the track that leads; else one may be short
     */
    record Open(long number, long startMicros, int ordinal, long leastMicros, boolean mayBeEmpty) {
        private long[] leasts() {
            return new long[] {leastMicros, LEAST_MICROS, mayBeEmpty ? LEAST_MICROS : 1};
        }
    }

    /**
     * Where the next segment begins.
     *
     * @param index of its first sample in the track that leads; there may be none yet
     * @param micros when it starts
     * @param independent whether it begins with a key frame
     */
    record Cut(int index, long micros, boolean independent) {}

    /** Whether a key frame at an instant ends the segment, being the first of its kind. */
    boolean endsAtKey(Open open, long micros) {
        return micros >= earliest(open) && micros <= latest(open);
    }

    /**
     * Where a segment ends, as soon as that is known.
     *
     * @param leader the samples from its start on
     * @param keyAt the first one for which {@link #endsAtKey} is true, or -1
     * @param nowMicros nothing more comes that is presented before
     */
    Optional<Cut> due(Open open, Samples leader, int keyAt, long nowMicros) {
        if (keyAt >= 0) {
            long micros = leader.micros(keyAt);
            return nowMicros >= micros + LEAST_MICROS ? Optional.of(new Cut(keyAt, micros, true)) : Optional.empty();
        }
        return nowMicros >= latest(open) + LEAST_MICROS
                ? Optional.of(withoutKey(open, leader, latest(open)))
                : Optional.empty();
    }

    /** Where a segment ends whose take ends at an instant; empty when it lasts until then. */
    Optional<Cut> atEnd(Open open, Samples leader, int keyAt, long endMicros) {
        if (keyAt >= 0 && leader.micros(keyAt) + LEAST_MICROS <= endMicros) {
            return Optional.of(new Cut(keyAt, leader.micros(keyAt), true));
        }
        return endMicros - open.startMicros() <= mostMicros()
                ? Optional.empty()
                : Optional.of(withoutKey(open, leader, Math.min(latest(open), endMicros - LEAST_MICROS)));
    }

    private Cut withoutKey(Open open, Samples leader, long latestMicros) {
        return isAhead(open) ? ahead(open, leader, latestMicros) : onTheGrid(open, leader, latestMicros);
    }

    /** At the first frame of the next cell; only where all others fail at one that makes the segment short. */
    private Cut onTheGrid(Open open, Samples leader, long latestMicros) {
        for (long leastMicros : open.leasts()) {
            long from = Math.max(grid.startUtcMicros(open.number() + 1), open.startMicros() + leastMicros);
            int first = leader.firstFrom(from);
            if (first < leader.size() && leader.micros(first) <= latestMicros) {
                return new Cut(first, leader.micros(first), leader.isKey(first));
            }
        }
        long micros = Math.min(earliest(open), latestMicros);
        return new Cut(leader.firstFrom(micros), micros, false);
    }

    /** The last key frame that keeps the segment short enough; else as late as may be. */
    private Cut ahead(Open open, Samples leader, long latestMicros) {
        int end = leader.firstFrom(latestMicros + 1);
        for (long leastMicros : open.leasts()) {
            long from = Math.max(open.startMicros() + leastMicros, startOfNextCell(open));
            for (int i = end - 1; i >= 0; i--) {
                if (leader.isKey(i) && leader.micros(i) >= from) {
                    return new Cut(i, leader.micros(i), true);
                }
            }
            if (end > 0 && leader.micros(end - 1) >= from) {
                return new Cut(end - 1, leader.micros(end - 1), false);
            }
        }
        return new Cut(leader.firstFrom(latestMicros), latestMicros, false);
    }

    /**
     * The first segments of a take that begins one cell ahead are no longer than others, where a key frame allows it: what comes behind a
     * pause is shown the sooner, and shaka-player goes on later by as much as a segment is longer than those before. The take comes back
     * to the grid when players have gone on.
     */
    private long earliest(Open open) {
        long least = open.startMicros() + open.leastMicros();
        long nextCell = startOfNextCell(open);
        long from = open.ordinal() < SHORT_SEGMENTS && grid.startUtcMicros(open.number()) == nextCell
                ? Math.max(nextCell, open.startMicros() + grid.periodMicros() * 15 / 16)
                : grid.startUtcMicros(open.number() + 1);
        return Math.max(from, least);
    }

    /** The last instant at which the next segment may begin: in the next cell, and before this one is too long. */
    private long latest(Open open) {
        return Math.min(grid.startUtcMicros(open.number() + 2) - 1, open.startMicros() + mostMicros());
    }

    private long mostMicros() {
        return SegmentGrid.LONGEST_CELLS * grid.periodMicros();
    }

    private boolean isAhead(Open open) {
        return grid.startUtcMicros(open.number()) > open.startMicros();
    }

    private long startOfNextCell(Open open) {
        return grid.startUtcMicros(grid.numberAt(open.startMicros()) + 1);
    }
}
