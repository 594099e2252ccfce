package org.red5.dvr.playback.mp4;

import org.red5.dvr.media.fmp4.MovieHeader.Table;

/**
 * What a track has of a segment: one run of samples.
 *
 * @param segment position of the segment in the file
 * @param from position of the first sample in its fragment
 * @param summary of these samples
 * @param moreTicks how much longer the last sample lasts than is recorded; below 0 for shorter
 * @param configuration which of the track's configurations it has, from 1
 */
record Chunk(int segment, int from, FragmentSummary summary, long moreTicks, int configuration) {
    int entries(Table table) {
        return summary.entries(table, moreTicks != 0);
    }

    long durationTicks() {
        return summary.durationTicks() + moreTicks;
    }

    /** The same, lasting longer. */
    Chunk withMore(long ticks) {
        return new Chunk(segment, from, summary, moreTicks + ticks, configuration);
    }
}
