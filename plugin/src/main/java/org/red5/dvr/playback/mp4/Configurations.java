package org.red5.dvr.playback.mp4;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.TrackKind;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeId;

/**
 * The codec configurations that the segments of a file have, each once, in the order in which they come.
 *
 * @param inits of the takes
 */
record Configurations(Map<TakeId, InitSegment> inits, List<VideoConfig> video, List<AudioConfig> audio) {
    /**
     * Those of one file.
     *
     * @param isPlain whether a track may have several configurations of one codec, as in a plain MP4
     * @throws PlaybackException when one file cannot have them all; says up to where one can
     */
    static Configurations of(List<Segment> segments, Map<TakeId, InitSegment> inits, boolean isPlain)
            throws PlaybackException {
        List<VideoConfig> video = new ArrayList<>();
        List<AudioConfig> audio = new ArrayList<>();
        Segment first = segments.get(0);
        Map<TakeId, Boolean> seen = new HashMap<>();
        for (Segment segment : segments) {
            if (seen.put(segment.take(), true) != null) {
                continue;
            }
            InitSegment init = inits.get(segment.take());
            if (init == null) {
                throw new PlaybackException(
                        Kind.UNREACHABLE,
                        "The codec configuration of the take "
                                + Sentences.quote(segment.take().value()) + " cannot be had now.");
            }
            add(video, init.video());
            add(audio, init.audio());
            boolean isOne = isPlain
                    ? video.stream().map(VideoConfig::codec).distinct().count() <= 1
                            && audio.stream()
                                            .map(Configurations::kind)
                                            .distinct()
                                            .count()
                                    <= 1
                    : init.equals(inits.get(first.take()));
            if (!isOne) {
                throw new PlaybackException(
                        Kind.MIXED,
                        "From " + Sentences.instant(segment.startUtcMicros()) + " on (Unix seconds "
                                + seconds(segment.startUtcMicros())
                                + ") other tracks or codecs are recorded than before, which one file cannot have: ask for what is before and what is behind.");
            }
        }
        return new Configurations(inits, List.copyOf(video), List.copyOf(audio));
    }

    private static String seconds(long micros) {
        return BigDecimal.valueOf(micros, 6).stripTrailingZeros().toPlainString();
    }

    private static List<Object> kind(AudioConfig config) {
        return List.of(config.codec(), config.sampleRate());
    }

    private static <T> void add(List<T> all, Optional<T> one) {
        one.filter(config -> !all.contains(config)).ifPresent(all::add);
    }

    InitSegment init(TakeId take) {
        return Objects.requireNonNull(inits.get(take), "a take of the file");
    }

    /** Which of a track's configurations a take has, from 1. */
    int number(TrackKind kind, TakeId take) {
        InitSegment init = init(take);
        return kind == TrackKind.VIDEO
                ? video.indexOf(init.video().orElseThrow()) + 1
                : audio.indexOf(init.audio().orElseThrow()) + 1;
    }

    /** In Hz. */
    int timescale(TrackKind kind) {
        return kind == TrackKind.VIDEO ? VideoConfig.TIMESCALE : audio.get(0).sampleRate();
    }
}
