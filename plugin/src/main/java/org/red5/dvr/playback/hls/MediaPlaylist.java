package org.red5.dvr.playback.hls;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.playback.TrackFill;
import org.red5.dvr.playback.View;
import org.red5.dvr.playback.View.Shape;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;

/**
 * Renders a view as an HLS media playlist (draft-pantos-hls-rfc8216bis, section 4.4).
 *
 * <p>The media sequence number of the first entry is its segment number. A playlist that may lose its beginning stays in step with the
 * numbers: what is missing is an EXT-X-GAP entry, and such entries last as long as the hole. The number of takes before it is its
 * discontinuity sequence. Other playlists leave holes out. Numbers, durations and tags depend on the segments alone, so
 * that any server gives out the same entries at any time.
 *
 * <p>Each entry says its date: shaka-player 5 fails at a jump of the dates between two entries that do not. In a long playlist only
 * what interrupts it and the last entries do, as the dates would be more than half of its bytes.
 */
public final class MediaPlaylist {
    /** EXT-X-MAP in a media playlist needs 6; without EXT-X-GAP, 7 is what players of fragmented MP4 expect. */
    private static final int VERSION = 7;

    private static final int VERSION_WITH_GAPS = 8;

    private static final byte[] DATE = ascii("#EXT-X-PROGRAM-DATE-TIME:");
    private static final byte[] EXTINF = ascii("#EXTINF:");
    private static final byte[] EXTINF_END = ascii(",\nsegments/");
    private static final byte[] GAP = ascii("#EXT-X-GAP\n");
    private static final byte[] GAP_NAME = ascii("gap-");
    private static final int BYTES_PER_ENTRY = 80;
    private static final int BYTES_PER_DATED_ENTRY = 132;

    /** Of so many entries each has its date, in a longer playlist so many at its end. */
    private static final long MOST_DATED = 300;

    private static final long LAST_DATED = 10;

    /** By so many segments it is known how long a stream's are. */
    private static final int ENOUGH_SEGMENTS = 4;

    private final View view;
    private final boolean inStep;
    private final PlaylistBuffer out;
    private final String query;
    private final int targetSeconds;
    /** How many entries are still to come before the next one must say its date. */
    private long undated;

    private byte[] folder = new byte[0];
    /** What stands behind a number: which tracks, and what is put into the take. */
    private byte[] entryEnd = new byte[0];

    private MediaPlaylist(View view, int targetSeconds, String query) {
        this.view = view;
        this.query = query;
        this.inStep = view.shape().losesHead();
        this.targetSeconds = targetSeconds;
        Timeline timeline = view.timeline();
        int segments = timeline.segments().size();
        long entries = inStep ? timeline.last().number() - timeline.first().number() + 1 : segments;
        this.undated = entries <= MOST_DATED ? 0 : entries - LAST_DATED;
        this.out = new PlaylistBuffer(
                1_024 + segments * (query.length() + (undated > 0 ? BYTES_PER_ENTRY : BYTES_PER_DATED_ENTRY)));
    }

    /**
     * All of a view that its playlist depends on, beside the target duration and the query: of two views with the same the playlists are the
     * same.
     *
     * @param segments in order
     * @param startOffsetMicros from the start of the first one to the moment asked for; 0 where that does not matter
     */
    public record Basis(
            List<Segment> segments,
            Shape shape,
            int takesBefore,
            Part part,
            Map<TakeId, TrackFill> fills,
            int gridMillis,
            long startOffsetMicros) {
        /** It holds on to what the view does. */
        public static Basis of(View view) {
            return new Basis(
                    view.timeline().segments(),
                    view.shape(),
                    view.takesBefore(),
                    view.part(),
                    view.fills(),
                    view.grid().periodMillis(),
                    view.shape() == Shape.SLIDING ? 0 : offsetToAskedMicros(view));
        }

        /** The same, which holds on to its own segments alone. */
        public Basis copy() {
            return new Basis(List.copyOf(segments), shape, takesBefore, part, fills, gridMillis, startOffsetMicros);
        }
    }

    private static long offsetToAskedMicros(View view) {
        return view.timeline().window().fromMicros() - view.timeline().first().startUtcMicros();
    }

    /** The playlist's bytes; addresses in it are relative to the stream's. */
    public static byte[] render(View view) {
        return render(view, 0, "");
    }

    /**
     * The playlist's bytes.
     *
     * @param targetSeconds the target duration; 0 for the longest that an entry may have
     * @param query what goes behind each address, with its question mark
     */
    public static byte[] render(View view, int targetSeconds, String query) {
        int longest = longestSeconds(view.grid().periodMillis());
        int seconds = targetSeconds == 0 ? longest : Math.max(1, Math.min(longest, targetSeconds));
        return new MediaPlaylist(view, seconds, query).render();
    }

    /**
     * The target duration that fits what there is of a list that goes on, as players stay three of them behind its end: nearly all
     * streams have segments of one cell. 0 for the longest, for what does not go on, and where there is too little to go by.
     */
    public static int shortTargetSeconds(View view) {
        if (view.shape().hasEnd() || view.timeline().segments().size() < ENOUGH_SEGMENTS) {
            return 0;
        }
        int periodMillis = view.grid().periodMillis();
        long longestMicros = view.timeline().segments().stream()
                .mapToLong(Segment::durationMicros)
                .max()
                .orElseThrow();
        int seconds = (int) Math.max((periodMillis + 500) / 1_000, (longestMicros + 500_000) / 1_000_000);
        return seconds < longestSeconds(periodMillis) ? seconds : 0;
    }

    /** The highest duration that an entry may have, in whole seconds: a segment may last almost two cells. */
    static int longestSeconds(int gridPeriodMillis) {
        return (2 * gridPeriodMillis + 999) / 1_000;
    }

    private byte[] render() {
        header();
        Timeline timeline = view.timeline();
        Segment previous = null;
        for (Segment segment : timeline.segments()) {
            if (previous != null) {
                entry(previous, segment);
            }
            boolean follows = previous != null && Timeline.follows(segment, previous);
            if (!follows) {
                interruption(previous, segment);
            }
            if (isDated(!follows)) {
                date(startMillis(segment));
            }
            previous = segment;
        }
        entry(timeline.last(), null);
        if (view.shape().hasEnd()) {
            out.text("#EXT-X-ENDLIST\n");
        }
        return out.toBytes();
    }

    private void header() {
        Segment first = view.timeline().first();
        out.text("#EXTM3U\n#EXT-X-VERSION:").number(inStep ? VERSION_WITH_GAPS : VERSION);
        out.text("\n#EXT-X-TARGETDURATION:").number(targetSeconds);
        out.text("\n#EXT-X-MEDIA-SEQUENCE:").number(first.number()).text("\n");
        if (view.shape() != Shape.FINITE) {
            out.text("#EXT-X-DISCONTINUITY-SEQUENCE:")
                    .number(view.takesBefore())
                    .text("\n");
        }
        if (view.shape() == Shape.SLIDING) {
            return;
        }
        if (!inStep) {
            out.text(view.shape() == Shape.FINITE ? "#EXT-X-PLAYLIST-TYPE:VOD\n" : "#EXT-X-PLAYLIST-TYPE:EVENT\n");
        }
        long offsetMicros = offsetToAskedMicros(view);
        if (offsetMicros > 0 || view.shape() != Shape.FINITE) {
            // From the moment asked for, not from the live edge, nor from the start of the segment it lies in.
            // Shaka-player takes 0 for not given.
            out.text("#EXT-X-START:TIME-OFFSET=")
                    .seconds(Math.max(1, offsetMicros / 1_000))
                    .text(",PRECISE=YES\n");
        }
    }

    /** What goes before a segment that does not follow on the one before it. */
    private void interruption(@Nullable Segment previous, Segment segment) {
        boolean sameTake = previous != null && previous.take().equals(segment.take());
        if (inStep && previous != null) {
            gaps(previous, segment);
        }
        if (previous != null && !(inStep && sameTake)) {
            out.text("#EXT-X-DISCONTINUITY\n");
        }
        if (!sameTake) {
            map(segment.take());
        }
    }

    /** Whether the next entry says its date. */
    private boolean isDated(boolean always) {
        return undated-- <= 0 || always;
    }

    private void date(long utcMillis) {
        out.bytes(DATE).instant(utcMillis).text("\n");
    }

    private void map(TakeId take) {
        TrackFill fill = view.fills().get(take);
        String tracks = (fill == null ? "" : "-with-" + fill.name()) + (view.part() == Part.AUDIO ? "-a" : "");
        folder = ascii(take.value() + '/');
        entryEnd = ascii(tracks + ".m4s" + query + '\n');
        out.text("#EXT-X-MAP:URI=\"segments/").bytes(folder).text("init" + tracks + ".mp4" + query + "\"\n");
    }

    /** The entries of a hole share its time, as far as the target duration lets them. */
    private void gaps(Segment previous, Segment next) {
        long from = roundToMillis(previous.endUtcMicros());
        long holeMillis = startMillis(next) - from;
        long count = next.number() - previous.number() - 1;
        long at = from;
        for (long i = 1; i <= count; i++) {
            long shareMillis = from + holeMillis * i / count - at;
            long millis = Math.min(1_000L * targetSeconds, Math.max(1, shareMillis));
            if (isDated(false)) {
                date(at);
            }
            out.bytes(GAP).bytes(EXTINF).seconds(millis);
            out.bytes(EXTINF_END)
                    .bytes(folder)
                    .bytes(GAP_NAME)
                    .number(at)
                    .text("-")
                    .number(previous.number());
            out.bytes(entryEnd);
            at += millis;
        }
    }

    /** Durations are differences of rounded times, so that rounding never adds up. */
    private void entry(Segment segment, @Nullable Segment next) {
        long endMillis = next != null && Timeline.follows(next, segment)
                ? startMillis(next)
                : roundToMillis(segment.endUtcMicros());
        out.bytes(EXTINF).seconds(endMillis - startMillis(segment));
        out.bytes(EXTINF_END).bytes(folder).number(segment.number()).bytes(entryEnd);
    }

    private static long startMillis(Segment segment) {
        return roundToMillis(segment.startUtcMicros());
    }

    private static long roundToMillis(long micros) {
        return Math.floorDiv(micros + 500, 1_000L);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
