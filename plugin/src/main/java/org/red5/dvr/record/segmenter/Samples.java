package org.red5.dvr.record.segmenter;

import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;

/** Samples of one track in decoding order that belong to no segment yet, and their times. Used by one thread. */
public final class Samples {
    /** What a sample, or the packet that it came in, costs in memory beside its bytes, so that very small ones are bounded too. */
    public static final int OVERHEAD_BYTES = 100;

    private final int timescale;
    private List<Sample> list = new ArrayList<>();
    private long bytes;

    Samples(int timescale) {
        this.timescale = timescale;
    }

    void add(Sample sample) {
        list.add(sample);
        bytes += bytesOf(sample);
    }

    boolean isEmpty() {
        return list.isEmpty();
    }

    int size() {
        return list.size();
    }

    Sample get(int index) {
        return list.get(index);
    }

    Sample last() {
        return list.get(list.size() - 1);
    }

    boolean isKey(int index) {
        return list.get(index).key();
    }

    /** When a sample is presented, microseconds since the Unix epoch. */
    long micros(int index) {
        return Ticks.toMicros(list.get(index).ptsTicks(), timescale);
    }

    int timescale() {
        return timescale;
    }

    /** All of them; to be looked at only. */
    List<Sample> all() {
        return list;
    }

    /** The first sample presented at an instant or later, at {@link #size} if there is none. */
    int firstFrom(long micros) {
        int index = 0;
        while (index < list.size() && micros(index) < micros) {
            index++;
        }
        return index;
    }

    /** Takes out the samples before one. */
    List<Sample> removeBefore(int index) {
        List<Sample> removed = List.copyOf(list.subList(0, index));
        list = new ArrayList<>(list.subList(index, list.size()));
        removed.forEach(sample -> bytes -= bytesOf(sample));
        return removed;
    }

    /** The memory that they take. */
    long bytes() {
        return bytes;
    }

    static long bytesOf(Sample sample) {
        return (long) sample.length() + OVERHEAD_BYTES;
    }
}
