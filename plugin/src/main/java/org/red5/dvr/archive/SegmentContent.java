package org.red5.dvr.archive;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.media.Sample;

/**
 * A finished segment on its way to the archive.
 *
 * @param number the grid cell in which it starts, or up to {@link org.red5.dvr.timeline.SegmentGrid#MOST_AHEAD} more
 * @param startUtcMicros presentation time of its first sample
 * @param durationMicros until the next segment starts
 * @param independent whether it begins with a key frame
 * @param video the video samples, if it has any
 * @param audio the audio samples, if it has any
 */
public record SegmentContent(
        long number,
        long startUtcMicros,
        long durationMicros,
        boolean independent,
        Optional<Track> video,
        Optional<Track> audio) {

    /**
     * The samples of one track.
     *
     * @param samples at least one, in decoding order
     * @param endTicks decoding time at which the last ends
     */
    public record Track(List<Sample> samples, long endTicks) {
        /** Empty without a sample. */
        public static Optional<Track> of(List<Sample> samples, long endTicks) {
            return samples.isEmpty() ? Optional.empty() : Optional.of(new Track(samples, endTicks));
        }
    }

    public long endUtcMicros() {
        return startUtcMicros + durationMicros;
    }
}
