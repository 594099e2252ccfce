package org.red5.dvr.record;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.media.AccessUnits;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;

/**
 * Shows the last key frame again in segments in which no picture came: players stand still for good where a track that
 * they play has nothing. What is repeated says so, in bytes that decoders pass over. Used by one thread.
 */
final class PictureFill {
    private Optional<VideoConfig> config = Optional.empty();
    private Optional<Sample> last = Optional.empty();

    void configure(VideoConfig video) {
        config = Optional.of(video);
    }

    /** Says what a segment showed. */
    void shown(List<Sample> samples) {
        for (Sample sample : samples) {
            if (sample.key() || last.isEmpty()) {
                last = Optional.of(sample);
            }
        }
    }

    /** What a segment without a picture shows; empty when there was none before. */
    Optional<SegmentContent.Track> repeated(long startMicros, long endMicros) {
        return last.map(sample -> {
            byte[] data = AccessUnits.repeated(config.orElseThrow(), sample);
            long start = Ticks.ofMicros(startMicros, VideoConfig.TIMESCALE);
            long end = Ticks.ofMicros(endMicros, VideoConfig.TIMESCALE);
            Sample again = new Sample(start, 0, sample.key(), data, 0, data.length);
            return new SegmentContent.Track(List.of(again), Math.max(end, start + 1));
        });
    }

    /** The memory that the picture takes which may be repeated. */
    long heldBytes() {
        return last.map(Samples::bytesOf).orElse(0L);
    }
}
