package org.red5.dvr.playback;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.BlackPicture;
import org.red5.dvr.media.Opus;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Silence;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.fmp4.Fragment;
import org.red5.dvr.media.fmp4.FragmentHead;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.Take;

/**
 * The track that a take lacks and its playlist has, as it is put into what is served of it: silence, or a black picture. No player takes
 * init segments with different sets of tracks in one playlist. Its name is a part of addresses, and what it stands for never changes.
 */
public sealed interface TrackFill {
    /** What goes with nearly all sound that encoders send. */
    TrackFill USUAL_SOUND =
            new Sound("aac-48000-2", Aac.lowComplexity(48_000, 2).orElseThrow());

    /** As it stands in addresses. */
    String name();

    /** The codec as in RFC 6381. */
    String codec();

    /** The init segment with this track in it; empty when it has one of the kind. */
    Optional<InitSegment> addedTo(InitSegment init);

    /**
     * The fragment for a segment; empty when the segment is of a take that has such a track.
     *
     * @param number the segment's
     * @param other what the segment has: one fragment
     */
    Optional<byte[]> fragment(long number, FragmentHead other);

    /** Silence, in the configuration that the sound of other takes has. */
    record Sound(String name, AudioConfig config) implements TrackFill {
        @Override
        public String codec() {
            return config.rfc6381();
        }

        @Override
        public Optional<InitSegment> addedTo(InitSegment init) {
            return init.audio().isPresent()
                    ? Optional.empty()
                    : Optional.of(new InitSegment(init.video(), Optional.of(config)));
        }

        /** Access units begin at multiples of their length since the epoch, so that segments follow each other without a hole. */
        @Override
        public Optional<byte[]> fragment(long number, FragmentHead other) {
            if (other.track() != InitSegment.VIDEO_TRACK) {
                return Optional.empty();
            }
            byte[] frame = Silence.of(config).orElseThrow();
            long ticks = config.frameTicks();
            long first = next(other.startPtsTicks(), ticks);
            long end = Math.max(first + 1, next(other.startPtsTicks() + other.durationTicks(), ticks));
            List<Sample> samples = new ArrayList<>();
            for (long i = first; i < end; i++) {
                samples.add(new Sample(i * ticks, 0, true, frame, 0, frame.length));
            }
            return Optional.of(Fragment.of(InitSegment.AUDIO_TRACK, number * 2 + 1, samples, end * ticks)
                    .toBytes());
        }

        /** The first access unit that begins at an instant or after it. */
        private long next(long pictureTicks, long ticks) {
            long micros = Ticks.toMicros(pictureTicks, VideoConfig.TIMESCALE);
            return -Math.floorDiv(-Ticks.ofMicros(micros, config.sampleRate()), ticks);
        }
    }

    /**
     * A black picture.
     *
     * @param soundRate timescale of the take's sound
     */
    record Picture(VideoCodec videoCodec, int soundRate) implements TrackFill {
        @Override
        public String name() {
            return videoCodec.sampleEntry() + '-' + soundRate;
        }

        @Override
        public String codec() {
            return BlackPicture.of(videoCodec).config().rfc6381();
        }

        @Override
        public Optional<InitSegment> addedTo(InitSegment init) {
            return init.video().isPresent()
                    ? Optional.empty()
                    : Optional.of(new InitSegment(
                            Optional.of(BlackPicture.of(videoCodec).config()), init.audio()));
        }

        @Override
        public Optional<byte[]> fragment(long number, FragmentHead other) {
            if (other.track() != InitSegment.AUDIO_TRACK) {
                return Optional.empty();
            }
            byte[] data = BlackPicture.of(videoCodec).accessUnit();
            long start = ticks(other.startPtsTicks());
            long end = Math.max(start + 1, ticks(other.startPtsTicks() + other.durationTicks()));
            List<Sample> samples = List.of(new Sample(start, 0, true, data, 0, data.length));
            return Optional.of(Fragment.of(InitSegment.VIDEO_TRACK, number * 2, samples, end)
                    .toBytes());
        }

        private long ticks(long soundTicks) {
            return Ticks.ofMicros(Ticks.toMicros(soundTicks, soundRate), VideoConfig.TIMESCALE);
        }
    }

    /** The one of a name. */
    static Optional<TrackFill> parse(String name) {
        Matcher form = Names.FORM.matcher(name);
        if (!form.matches()) {
            return Optional.empty();
        }
        int rate = Integer.parseInt(form.group(2));
        return switch (form.group(1)) {
            case "aac" -> sound(AudioCodec.AAC, rate, channels(form));
            case "opus" -> sound(AudioCodec.OPUS, rate, channels(form));
            default -> form.group(3) == null ? picture(form.group(1), rate) : Optional.empty();
        };
    }

    /** Silence that goes with the sound of another take, if it has any that is known. */
    static TrackFill soundLike(Optional<Take.Audio> audio) {
        return audio.flatMap(like -> {
                    boolean isAac = like.codec().startsWith("mp4a.40.");
                    boolean isOpus = like.codec().equals("opus");
                    return isAac || isOpus
                            ? sound(isAac ? AudioCodec.AAC : AudioCodec.OPUS, like.sampleRate(), like.channels())
                            : Optional.empty();
                })
                .orElse(USUAL_SOUND);
    }

    /** A picture that goes with those of another take, if it has any. */
    static TrackFill pictureLike(Optional<Take.Video> video, int soundRate) {
        return video.flatMap(like -> picture(like.codec().substring(0, 4), soundRate))
                .orElse(new Picture(VideoCodec.H264, soundRate));
    }

    private static int channels(Matcher form) {
        return form.group(3) == null ? 0 : Integer.parseInt(form.group(3));
    }

    private static Optional<TrackFill> sound(AudioCodec codec, int sampleRate, int channels) {
        boolean isOpus = codec == AudioCodec.OPUS;
        Optional<AudioConfig> config = isOpus ? Opus.plain(channels) : Aac.lowComplexity(sampleRate, channels);
        String name = (isOpus ? "opus-" : "aac-") + sampleRate + '-' + channels;
        return config.filter(known ->
                        known.sampleRate() == sampleRate && Silence.of(known).isPresent())
                .map(known -> new Sound(name, known));
    }

    private static Optional<TrackFill> picture(String sampleEntry, int soundRate) {
        for (VideoCodec codec : VideoCodec.values()) {
            if (codec.sampleEntry().equals(sampleEntry) && soundRate > 0) {
                return Optional.of(new Picture(codec, soundRate));
            }
        }
        return Optional.empty();
    }

    /** The forms of names. */
    final class Names {
        private static final Pattern FORM = Pattern.compile("([a-z0-9]{3,4})-(\\d{4,6})(?:-(\\d))?");

        private Names() {}
    }
}
