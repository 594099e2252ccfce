package org.red5.dvr.playback.mp4;

import java.nio.ByteBuffer;
import org.red5.dvr.media.fmp4.FragmentSamples;
import org.red5.dvr.media.fmp4.MovieHeader.Table;

/**
 * Some of the samples of a fragment, as the sample tables of a plain MP4 list them (ISO/IEC 14496-12 sections 8.6 and 8.7). Entries are never
 * joined with those of the fragments around it.
 *
 * @param from the first sample's position
 * @param to position behind the last
 * @param moreTicks how much longer the last one lasts than is recorded; below 0 for shorter
 */
record SampleRange(FragmentSamples samples, int from, int to, long moreTicks) {
    static SampleRange all(FragmentSamples samples) {
        return new SampleRange(samples, 0, samples.count(), 0);
    }

    /** How many entries there are, and what else a layout is made by. */
    FragmentSummary summary() {
        long duration = 0;
        int keys = 0;
        boolean hasOffsets = false;
        boolean hasNegativeOffsets = false;
        for (int i = from; i < to; i++) {
            duration += samples.duration(i);
            keys += samples.isKey(i) ? 1 : 0;
            hasOffsets |= samples.compositionOffset(i) != 0;
            hasNegativeOffsets |= samples.compositionOffset(i) < 0;
        }
        long dts = samples.head().startDtsTicks();
        long data = samples.dataOffsetBytes();
        for (int i = 0; i < from; i++) {
            dts += samples.duration(i);
            data += samples.bytes(i);
        }
        return new FragmentSummary(
                data,
                to - from,
                durationRuns(),
                to - from > 1 && samples.duration(to - 1) == samples.duration(to - 2),
                offsetRuns(),
                keys,
                hasOffsets,
                hasNegativeOffsets,
                dts,
                samples.compositionOffset(from),
                duration,
                samples.duration(to - 1));
    }

    /** Writes the entries of a table. */
    void write(Table table, long samplesBefore, ByteBuffer out) {
        switch (table) {
            case STTS -> writeDurations(out);
            case CTTS -> writeOffsets(out);
            case STSS -> writeKeys(samplesBefore, out);
            case STSZ -> {
                for (int i = from; i < to; i++) {
                    out.putInt(samples.bytes(i));
                }
            }
            case STSC, CO64 -> throw new IllegalArgumentException(table + " is not of samples");
        }
    }

    private int durationRuns() {
        int runs = 0;
        for (int i = from; i < to; i++) {
            runs += i == from || samples.duration(i) != samples.duration(i - 1) ? 1 : 0;
        }
        return runs;
    }

    private int offsetRuns() {
        int runs = 0;
        for (int i = from; i < to; i++) {
            runs += i == from || samples.compositionOffset(i) != samples.compositionOffset(i - 1) ? 1 : 0;
        }
        return runs;
    }

    private void writeDurations(ByteBuffer out) {
        int end = moreTicks == 0 ? to : to - 1;
        int first = from;
        for (int i = from + 1; i <= end; i++) {
            if (i == end || samples.duration(i) != samples.duration(first)) {
                out.putInt(i - first).putInt((int) samples.duration(first));
                first = i;
            }
        }
        if (moreTicks != 0) {
            out.putInt(1).putInt((int) (samples.duration(to - 1) + moreTicks));
        }
    }

    private void writeOffsets(ByteBuffer out) {
        int first = from;
        for (int i = from + 1; i <= to; i++) {
            if (i == to || samples.compositionOffset(i) != samples.compositionOffset(first)) {
                out.putInt(i - first).putInt(samples.compositionOffset(first));
                first = i;
            }
        }
    }

    private void writeKeys(long samplesBefore, ByteBuffer out) {
        for (int i = from; i < to; i++) {
            if (samples.isKey(i)) {
                out.putInt((int) (samplesBefore + i - from + 1));
            }
        }
    }
}
