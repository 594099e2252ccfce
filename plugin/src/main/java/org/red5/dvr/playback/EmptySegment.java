package org.red5.dvr.playback;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.fmp4.Fragment;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Take;

/**
 * What stands in a hole, for the init segment of a take: a picture that is shown until something comes, if there is one, and nothing else.
 */
final class EmptySegment {
    private EmptySegment() {}

    /**
     * Empty when the take has none of the tracks that are asked for.
     *
     * @param picture a key frame of the take, or none
     */
    static Optional<byte[]> of(
            Take take, long startMillis, Part part, Optional<TrackFill> fill, Optional<byte[]> picture) {
        boolean hasVideo = take.video().isPresent()
                || fill.map(track -> track instanceof TrackFill.Picture).orElse(false);
        OptionalInt soundRate = soundRate(take, fill);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (part != Part.AUDIO && hasVideo) {
            out.writeBytes(picture.map(key -> still(startMillis, key))
                    .orElseGet(() -> fragment(InitSegment.VIDEO_TRACK, startMillis, VideoConfig.TIMESCALE)));
        }
        if (part != Part.VIDEO && soundRate.isPresent()) {
            out.writeBytes(fragment(InitSegment.AUDIO_TRACK, startMillis, soundRate.getAsInt()));
        }
        return out.size() == 0 ? Optional.empty() : Optional.of(out.toByteArray());
    }

    private static OptionalInt soundRate(Take take, Optional<TrackFill> fill) {
        if (fill.orElse(null) instanceof TrackFill.Sound sound) {
            return OptionalInt.of(sound.config().sampleRate());
        }
        return take.audio().isPresent() ? OptionalInt.of(take.audio().get().sampleRate()) : OptionalInt.empty();
    }

    private static byte[] still(long startMillis, byte[] key) {
        long dts = Ticks.ofMicros(startMillis * 1_000, VideoConfig.TIMESCALE);
        Sample sample = new Sample(dts, 0, true, key, 0, key.length);
        return Fragment.of(InitSegment.VIDEO_TRACK, startMillis, List.of(sample), dts + VideoConfig.TIMESCALE)
                .toBytes();
    }

    private static byte[] fragment(int track, long startMillis, int timescale) {
        return Fragment.empty(track, startMillis, Ticks.ofMicros(startMillis * 1_000, timescale));
    }
}
