package org.red5.dvr.cluster;

import org.red5.dvr.timeline.SegmentGrid;

/** Hours since the Unix epoch, as hour files are counted. */
final class Hours {
    static final long MICROS = 3_600_000_000L;
    /** So long behind its end an hour may still get its last segment; a server closes it after a minute. */
    private static final long SETTLING_MICROS = 70_000_000L;

    private Hours() {}

    static long at(long utcMicros) {
        return Math.floorDiv(utcMicros, MICROS);
    }

    /** The hour that a segment lies in: that in which its cell begins. */
    static long of(long number, SegmentGrid grid) {
        return at(grid.startUtcMicros(number));
    }

    /** The last hour that gets no more segments. */
    static long lastSettled(long nowMicros) {
        return at(nowMicros - SETTLING_MICROS) - 1;
    }
}
