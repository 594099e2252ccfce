package org.red5.dvr.record.segmenter;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Silence;
import org.red5.dvr.media.Ticks;

/**
 * Puts silence where sound pauses that pictures go with: players stand still for good where a track that they play has
 * nothing, or play the rest too early. Used by one thread.
 */
final class SoundFill {
    /** Sound that is behind the pictures by more than this has stopped, and is not only late. */
    private static final long PAUSE_MICROS = 3_000_000;

    /**
     * The sound of an encoder that ends in good order ends that much at most before its pictures. Silence goes on until then, and the last
     * frame over what is shorter than one: a browser plays of a frame no more than it has samples, and once it was sent by hls.js to an
     * instant behind them it waited for sound for good.
     */
    private static final long MOST_SHORT_MILLIS = 250;

    /** Sound that begins later than this in a take has silence before it: hls.js goes over 0.1 s, with what decoding delays. */
    private static final long MOST_LATE_MILLIS = 50;

    private final AudioConfig config;
    private final Optional<byte[]> silence;
    private final long toleratedTicks;
    private final long mostShortTicks;
    private final long mostLateTicks;
    /** Until when there is sound or silence in the segments before. */
    private long untilTicks = Long.MIN_VALUE;

    SoundFill(AudioConfig config) {
        this.config = config;
        this.silence = Silence.of(config);
        this.toleratedTicks = config.sampleRate() / 10;
        this.mostShortTicks = config.sampleRate() * MOST_SHORT_MILLIS / 1_000;
        this.mostLateTicks = config.sampleRate() * MOST_LATE_MILLIS / 1_000;
    }

    /**
     * The sound of the next segment, with silence in its pauses.
     *
     * @param heard its samples
     * @param heardEndTicks where the last of them ends: where the next one begins, if it is known
     * @param nowMicros how far sound has come; the lowest value where none is left
     * @param isLast whether the take ends with it: sound that ends long before the pictures is gone on with, as players show
     *     pictures as long as there is sound, and ask again for what they lack
     */
    Optional<SegmentContent.Track> fill(
            List<Sample> heard, long heardEndTicks, long startMicros, long endMicros, long nowMicros, boolean isLast) {
        long limit = ticks(endMicros);
        if (silence.isEmpty()) {
            boolean isNearlyWhole = isLast && limit > heardEndTicks && limit - heardEndTicks <= mostShortTicks;
            return SegmentContent.Track.of(heard, isNearlyWhole ? limit : heardEndTicks);
        }
        List<Sample> filled = new ArrayList<>();
        long at = untilTicks == Long.MIN_VALUE ? ticks(startMicros) : untilTicks;
        long tolerated = untilTicks == Long.MIN_VALUE ? mostLateTicks : toleratedTicks;
        for (Sample sample : heard) {
            at = addSilence(filled, at, sample.dtsTicks(), tolerated);
            tolerated = toleratedTicks;
            filled.add(sample);
            at = sample.dtsTicks() + config.ticksOf(sample.data(), sample.offset());
        }
        if (!heard.isEmpty() && Math.abs(heardEndTicks - at) < toleratedTicks) {
            at = heardEndTicks;
        }
        boolean isCutShort = isLast && limit - at > mostShortTicks;
        boolean isOver = isCutShort || nowMicros >= endMicros || nowMicros < endMicros - PAUSE_MICROS;
        if (isLast && !isCutShort && !filled.isEmpty()) {
            at = Math.max(limit, addSilence(filled, at, limit, config.frameTicks()));
        } else if (isOver) {
            at = addSilence(
                    filled, at, nowMicros >= endMicros ? Math.min(limit, heardEndTicks) : limit, toleratedTicks);
        }
        untilTicks = at;
        return SegmentContent.Track.of(filled, untilTicks);
    }

    private long addSilence(List<Sample> filled, long fromTicks, long toTicks, long tolerated) {
        long at = fromTicks;
        if (toTicks - fromTicks >= tolerated) {
            byte[] frame = silence.orElseThrow();
            for (; toTicks - at >= config.frameTicks(); at += config.frameTicks()) {
                filled.add(new Sample(at, 0, true, frame, 0, frame.length));
            }
        }
        return at;
    }

    private long ticks(long micros) {
        return Ticks.ofMicros(micros, config.sampleRate());
    }
}
