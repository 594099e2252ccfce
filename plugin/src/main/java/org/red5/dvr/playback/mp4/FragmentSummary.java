package org.red5.dvr.playback.mp4;

import org.red5.dvr.media.fmp4.MovieHeader.Table;

/**
 * What a layout needs to know of the samples of a fragment, or of some of them.
 *
 * @param dataOffsetBytes where the first one's bytes are in the fragment
 * @param samples how many there are; at least one
 * @param durationRuns runs of samples that last equally long
 * @param lastIsInRun whether the last sample lasts as long as the one before
 * @param offsetRuns runs of samples with one composition offset
 * @param keys how many are key frames
 * @param hasOffsets whether any composition offset is not 0
 * @param startDtsTicks decoding time of the first one, since the Unix epoch
 * @param startOffsetTicks its composition offset
 * @param durationTicks of all, as recorded
 * @param lastTicks of the last one, as recorded
 */
record FragmentSummary(
        long dataOffsetBytes,
        int samples,
        int durationRuns,
        boolean lastIsInRun,
        int offsetRuns,
        int keys,
        boolean hasOffsets,
        boolean hasNegativeOffsets,
        long startDtsTicks,
        long startOffsetTicks,
        long durationTicks,
        long lastTicks) {
    long startPtsTicks() {
        return startDtsTicks + startOffsetTicks;
    }

    /**
     * How many entries of a table a chunk of these samples has.
     *
     * @param isLastSet whether its last sample's duration is not the one recorded, and so has an entry of its own
     */
    int entries(Table table, boolean isLastSet) {
        return switch (table) {
            case STTS -> isLastSet && lastIsInRun ? durationRuns + 1 : durationRuns;
            case CTTS -> offsetRuns;
            case STSS -> keys;
            case STSZ -> samples;
            case STSC, CO64 -> 1;
        };
    }
}
