package org.red5.dvr.timeline;

import org.red5.dvr.time.Hours;

/**
 * The UTC grid that cuts time into cells, the same on every server of a cluster. The segment that starts in cell
 * <i>n</i> has segment number <i>n</i>; at the beginning of a take, where another take has that number, one of the
 * {@link #MOST_AHEAD} after it.
 *
 * @param periodMillis length of a cell, 1,000 to 60,000 ms
 */
public record SegmentGrid(int periodMillis) {
    /** Four seconds, the period of a cluster that configures none. */
    public static final SegmentGrid DEFAULT = new SegmentGrid(4_000);

    /** A segment's number is that of the cell in which it starts, or higher by this at most. */
    public static final int MOST_AHEAD = 4;
    /** No segment is longer than so many cells. */
    public static final int LONGEST_CELLS = 2;

    public SegmentGrid {
        if (periodMillis < 1_000 || periodMillis > 60_000) {
            throw new IllegalArgumentException("grid period " + periodMillis + " ms is not in 1000..60000");
        }
    }

    /** The number of the cell that holds an instant. */
    public long numberAt(long utcMicros) {
        return Math.floorDiv(utcMicros, periodMicros());
    }

    /** The instant at which a cell begins, in microseconds since the Unix epoch. */
    public long startUtcMicros(long number) {
        return number * periodMicros();
    }

    /** The hour (since the Unix epoch) that a segment lies in: that in which its cell begins. */
    public long hourOf(long number) {
        return Hours.at(startUtcMicros(number));
    }

    public long periodMicros() {
        return periodMillis * 1_000L;
    }
}
