package org.red5.dvr.playback.hls;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.red5.dvr.playback.TrackFill;
import org.red5.dvr.playback.View;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.Take.Video;
import org.red5.dvr.timeline.Take.VideoRange;

/** Renders what a player is told before the media playlist: codecs, size of the picture, bit rates. */
public final class MultivariantPlaylist {
    private static final int VERSION = 7;

    private MultivariantPlaylist() {}

    /**
     * The playlist's bytes.
     *
     * @param takes the takes in the view, by time
     * @param mediaPlaylist address of the media playlist
     */
    public static byte[] render(View view, List<Take> takes, String mediaPlaylist) {
        List<Segment> segments = view.timeline().segments();
        PlaylistBuffer out = new PlaylistBuffer(512);
        out.text("#EXTM3U\n#EXT-X-VERSION:").number(VERSION).text("\n");
        if (segments.stream().allMatch(Segment::independent)) {
            out.text("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        long average = bitsPerSecond(totalBytes(segments), totalMicros(segments));
        long peak = peakBitsPerSecond(
                segments, MediaPlaylist.longestSeconds(view.grid().periodMillis()) * 500_000L);
        out.text("#EXT-X-STREAM-INF:BANDWIDTH=").number(Math.max(peak, average));
        out.text(",AVERAGE-BANDWIDTH=").number(average);
        String codecs = codecs(view, takes);
        if (!codecs.isEmpty()) {
            out.text(",CODECS=\"").text(codecs).text("\"");
        }
        largest(takes)
                .ifPresent(video ->
                        out.text(",RESOLUTION=").number(video.width()).text("x").number(video.height()));
        VideoRange range = widest(takes);
        if (range != VideoRange.SDR) {
            out.text(",VIDEO-RANGE=").text(range.name());
        }
        return out.text("\n").text(mediaPlaylist).text("\n").toBytes();
    }

    /** Every codec once, those of the newest take first: players set themselves up for the first. */
    private static String codecs(View view, List<Take> takes) {
        Set<String> codecs = new LinkedHashSet<>();
        for (int i = takes.size() - 1; i >= 0; i--) {
            Take take = takes.get(i);
            if (view.part() == Part.MUXED) {
                take.video().ifPresent(video -> codecs.add(video.codec()));
            }
            take.audio().ifPresent(audio -> codecs.add(audio.codec()));
            TrackFill fill = view.fills().get(take.id());
            if (fill != null) {
                codecs.add(fill.codec());
            }
        }
        return String.join(",", codecs);
    }

    private static Optional<Video> largest(List<Take> takes) {
        Video largest = null;
        for (Take take : takes) {
            Video video = take.video().orElse(null);
            if (video != null && (largest == null || pixels(video) > pixels(largest))) {
                largest = video;
            }
        }
        return Optional.ofNullable(largest);
    }

    /** That of the take with the most of it: with the others a screen made for that can do as well. */
    private static VideoRange widest(List<Take> takes) {
        return takes.stream()
                .flatMap(take -> take.video().stream())
                .map(Video::range)
                .max(Comparator.naturalOrder())
                .orElse(VideoRange.SDR);
    }

    private static long pixels(Video video) {
        return (long) video.width() * video.height();
    }

    /**
     * The highest bit rate of any run of segments at least half the target duration long
     * (draft-pantos-hls-rfc8216bis, section 4.1).
     */
    private static long peakBitsPerSecond(List<Segment> segments, long leastMicros) {
        long peak = 0;
        long bytes = 0;
        long micros = 0;
        int from = 0;
        for (Segment segment : segments) {
            bytes += segment.bytes();
            micros += segment.durationMicros();
            while (micros - segments.get(from).durationMicros() >= leastMicros) {
                bytes -= segments.get(from).bytes();
                micros -= segments.get(from).durationMicros();
                from++;
            }
            if (micros >= leastMicros) {
                peak = Math.max(peak, bitsPerSecond(bytes, micros));
            }
        }
        return peak;
    }

    private static long totalBytes(List<Segment> segments) {
        long bytes = 0;
        for (Segment segment : segments) {
            bytes += segment.bytes();
        }
        return bytes;
    }

    private static long totalMicros(List<Segment> segments) {
        long micros = 0;
        for (Segment segment : segments) {
            micros += segment.durationMicros();
        }
        return micros;
    }

    private static long bitsPerSecond(long bytes, long micros) {
        return Math.max(1, (long) (bytes * 8_000_000.0 / micros));
    }
}
