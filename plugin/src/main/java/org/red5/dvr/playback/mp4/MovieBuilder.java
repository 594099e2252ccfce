package org.red5.dvr.playback.mp4;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.fmp4.FragmentSamples;
import org.red5.dvr.media.fmp4.TrackKind;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.mp4.FragmentHeads.Heads;
import org.red5.dvr.playback.mp4.FragmentHeads.Summaries;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/**
 * Makes tracks of segments: which samples of them are in the window, and when each is shown. Holes are cut out, for all tracks alike.
 */
final class MovieBuilder {
    /** What is less is no hole but the end of a take and the beginning of the next. */
    private static final long HOLE_MICROS = 500_000;

    private final List<Segment> segments;
    private final UtcRange window;
    private final Configurations configurations;
    private final List<Summaries> summaries;
    private final Map<Integer, Heads> edges;

    /**
     * @param segments in order
     * @param window what is to be shown
     * @param summaries of each segment
     * @param edges by position, the samples of those segments that are not in the window as a whole
     */
    MovieBuilder(
            List<Segment> segments,
            UtcRange window,
            Configurations configurations,
            List<Summaries> summaries,
            Map<Integer, Heads> edges) {
        this.segments = segments;
        this.window = window;
        this.configurations = configurations;
        this.summaries = summaries;
        this.edges = edges;
    }

    /** Whether a segment is not in a window as a whole. */
    static boolean isEdge(Segment segment, UtcRange window) {
        return segment.startUtcMicros() < window.fromMicros() || segment.endUtcMicros() > window.toMicros();
    }

    /**
     * A movie.
     *
     * @param startMicros when it begins
     * @param tracks those of which anything is shown
     */
    record Movie(long startMicros, List<TrackLayout> tracks) {}

    Movie build() throws PlaybackException {
        List<TrackPlacing> tracks = new ArrayList<>();
        for (TrackKind kind : TrackKind.values()) {
            List<Chunk> chunks = chunks(kind);
            if (!chunks.isEmpty()) {
                tracks.add(new TrackPlacing(kind, configurations.timescale(kind), chunks));
            }
        }
        long cutMicros = place(tracks);
        long first = tracks.stream().mapToLong(TrackPlacing::startMicros).min().orElse(window.fromMicros());
        long start = Math.max(window.fromMicros(), first);
        List<TrackLayout> shown = tracks.stream()
                .map(track -> track.layout(start, window.toMicros() - cutMicros))
                .filter(layout -> !layout.edits().isEmpty())
                .toList();
        return new Movie(start, shown);
    }

    /** Places all chunks; gives how much time was cut out. */
    private long place(List<TrackPlacing> tracks) throws PlaybackException {
        long cutMicros = 0;
        int end = 0;
        for (int i = 0; i < segments.size(); i++) {
            if (i == end) {
                end = endOfRun(i);
                cutMicros += holeMicros(tracks, end, cutMicros);
            }
            for (TrackPlacing track : tracks) {
                if (track.hasNextBefore(i + 1)) {
                    track.place(cutMicros);
                }
            }
        }
        return cutMicros;
    }

    /** Behind the last segment that follows on one without a break. */
    private int endOfRun(int from) {
        int end = from + 1;
        while (end < segments.size() && Timeline.follows(segments.get(end), segments.get(end - 1))) {
            end++;
        }
        return end;
    }

    /** What no track has anything of before the run of segments that comes next; below 0 where it overlaps with the one before. */
    private static long holeMicros(List<TrackPlacing> tracks, int end, long cutMicros) {
        long hole = tracks.stream()
                .filter(track -> track.hasBegun() && track.hasNextBefore(end))
                .mapToLong(track -> track.holeMicros(cutMicros))
                .min()
                .orElse(0);
        return hole < 0 || hole > HOLE_MICROS ? hole : 0;
    }

    private List<Chunk> chunks(TrackKind kind) {
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            Optional<FragmentSummary> whole = summaries.get(i).of(kind);
            if (whole.isEmpty()) {
                continue;
            }
            int configuration = configurations.number(kind, segments.get(i).take());
            Heads edge = edges.get(i);
            if (edge == null) {
                chunks.add(new Chunk(i, 0, whole.get(), 0, configuration));
                continue;
            }
            FragmentSamples samples = edge.of(kind).orElseThrow();
            int key = kind == TrackKind.VIDEO ? lastKeyAt(samples, window.fromMicros()) : -1;
            if (key >= 0) {
                // Nothing before it is needed.
                chunks.clear();
            }
            int from = kind == TrackKind.VIDEO ? Math.max(0, key) : firstHeard(samples);
            int to = behindLast(samples, kind);
            if (from < to) {
                SampleRange range = new SampleRange(samples, from, to, 0);
                chunks.add(new Chunk(i, from, range.summary(), 0, configuration));
            }
        }
        return chunks;
    }

    /** The last key frame that is shown at an instant or before; below 0 when there is none. */
    private static int lastKeyAt(FragmentSamples samples, long utcMicros) {
        int last = -1;
        long dts = samples.head().startDtsTicks();
        long at = Ticks.ofMicros(utcMicros, VideoConfig.TIMESCALE);
        for (int i = 0; i < samples.count(); i++) {
            if (samples.isKey(i) && dts + samples.compositionOffset(i) <= at) {
                last = i;
            }
            dts += samples.duration(i);
        }
        return last;
    }

    /** The sample before the first that is heard in the window: a decoder may need it. */
    private int firstHeard(FragmentSamples samples) {
        long dts = samples.head().startDtsTicks();
        long from = Ticks.ofMicros(window.fromMicros(), configurations.timescale(TrackKind.AUDIO));
        int i = 0;
        while (i < samples.count() && dts + samples.duration(i) <= from) {
            dts += samples.duration(i);
            i++;
        }
        return i == samples.count() ? i : Math.max(0, i - 1);
    }

    /** Behind the last sample, in decoding order, that begins in the window. */
    private int behindLast(FragmentSamples samples, TrackKind kind) {
        long dts = samples.head().startDtsTicks();
        long to = Ticks.ofMicros(window.toMicros(), configurations.timescale(kind));
        int behind = 0;
        for (int i = 0; i < samples.count(); i++) {
            if (dts + samples.compositionOffset(i) < to) {
                behind = i + 1;
            }
            dts += samples.duration(i);
        }
        return behind;
    }
}
