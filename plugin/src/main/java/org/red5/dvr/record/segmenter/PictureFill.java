package org.red5.dvr.record.segmenter;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.media.AccessUnits;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;

/**
 * Shows the last key frame again in segments in which no picture came, and the first one of a take from the take's beginning on:
 * players stand still where a track that they play has nothing. What is repeated says so, in bytes that decoders pass over. Used
 * by one thread.
 */
public final class PictureFill {
    /** Where sound begins this much before the pictures, a player does not stand still: hls.js goes over 0.1 s. */
    static final long TOLERATED_MICROS = 90_000;

    /** No take begins earlier than this for the delay of its first picture's decoding: it would show what the take before it does. */
    static final long MOST_DELAY_MICROS = 400_000;

    private static final long TOLERATED_TICKS = Ticks.ofMicros(TOLERATED_MICROS, VideoConfig.TIMESCALE);

    private Optional<VideoConfig> config = Optional.empty();
    private Optional<Sample> last = Optional.empty();

    /**
     * From when on a take's first picture is shown, as far as sound does not begin before it: its own time, or where its decoding takes
     * longer than players tolerate, about that at which it begins.
     */
    public static long seenFromMicros(long decodingMicros, long shownMicros) {
        return shownMicros - decodingMicros <= TOLERATED_MICROS
                ? shownMicros
                : Math.max(decodingMicros, shownMicros - MOST_DELAY_MICROS);
    }

    void configure(VideoConfig video) {
        config = Optional.of(video);
    }

    /** Says what the first picture of the take will be, where its first segment ends just before that. */
    void begin(Sample first) {
        last = Optional.of(first);
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
            long start = Ticks.ofMicros(startMicros, VideoConfig.TIMESCALE);
            Sample again = again(sample, start, start);
            long end = Ticks.ofMicros(endMicros, VideoConfig.TIMESCALE);
            return new SegmentContent.Track(List.of(again), Math.max(end, again.dtsTicks() + 1));
        });
    }

    /** The pictures of a segment, behind the first one once more where that is a take's first, and the take begins long before it. */
    List<Sample> fromStart(List<Sample> samples, long startMicros) {
        boolean isFirst = last.isEmpty() && !samples.isEmpty() && samples.get(0).key();
        if (!isFirst) {
            return samples;
        }
        Sample first = samples.get(0);
        long startTicks = Ticks.ofMicros(startMicros, VideoConfig.TIMESCALE);
        if (first.ptsTicks() - startTicks <= TOLERATED_TICKS) {
            return samples;
        }
        List<Sample> filled = new ArrayList<>(samples.size() + 1);
        filled.add(again(first, Math.min(startTicks, first.dtsTicks() - 1), startTicks));
        filled.addAll(samples);
        return filled;
    }

    private Sample again(Sample sample, long dtsTicks, long ptsTicks) {
        byte[] data = AccessUnits.repeated(config.orElseThrow(), sample);
        return new Sample(dtsTicks, (int) (ptsTicks - dtsTicks), sample.key(), data, 0, data.length);
    }

    /** The memory that the picture takes which may be repeated. */
    long heldBytes() {
        return last.map(Samples::bytesOf).orElse(0L);
    }
}
