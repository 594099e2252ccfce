package org.red5.dvr.testbed.audience;

import java.util.Arrays;

/**
 * Requests for segments in the order of time, which is counted in segments' durations (periods). A segment is an int: those of a stream follow each
 * other, and so do those of an hour of it, which begins at a multiple of the number of segments in an hour.
 */
public final class Requests {
    private int[] periods = new int[1 << 10];
    private int[] segments = new int[1 << 10];
    private int size;

    void add(int period, int segment) {
        if (size == periods.length) {
            periods = Arrays.copyOf(periods, 2 * size);
            segments = Arrays.copyOf(segments, 2 * size);
        }
        periods[size] = period;
        segments[size++] = segment;
    }

    public int size() {
        return size;
    }

    /** When the request of an ordinal is made. */
    public int period(int ordinal) {
        return periods[ordinal];
    }

    /** What it asks for. */
    public int segment(int ordinal) {
        return segments[ordinal];
    }
}
