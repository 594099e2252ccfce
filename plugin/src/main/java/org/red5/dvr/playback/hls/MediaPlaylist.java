package org.red5.dvr.playback.hls;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.playback.View;
import org.red5.dvr.playback.View.Shape;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;

/**
 * Renders a view as an HLS media playlist (draft-pantos-hls-rfc8216bis, section 4.4).
 *
 * <p>The media sequence number of the first entry is its segment number. A sliding playlist stays in step with the
 * numbers: what is missing is an EXT-X-GAP entry, and the number of takes before it is its discontinuity sequence.
 * Playlists that do not slide leave holes out. Numbers, durations and tags depend on the segments alone, so that any
 * server gives out the same entries at any time.
 */
public final class MediaPlaylist {
    /** EXT-X-MAP in a media playlist needs 6; without EXT-X-GAP, 7 is what players of fragmented MP4 expect. */
    private static final int VERSION = 7;

    private static final int VERSION_WITH_GAPS = 8;

    private static final byte[] EXTINF = ascii("#EXTINF:");
    private static final byte[] EXTINF_END = ascii(",\nsegments/");
    private static final byte[] GAP = ascii("#EXT-X-GAP\n");
    private static final byte[] GAP_FOLDER = ascii("gap/");
    private static final int BYTES_PER_ENTRY = 80;

    private final View view;
    private final boolean sliding;
    private final PlaylistBuffer out;
    private final String query;
    private final byte[] entryEnd;
    private byte[] folder = new byte[0];

    private MediaPlaylist(View view, String query) {
        this.view = view;
        this.query = query;
        this.entryEnd = ascii(".m4s" + query + '\n');
        this.sliding = view.shape() == Shape.SLIDING;
        this.out = new PlaylistBuffer(1_024
                + (BYTES_PER_ENTRY + query.length())
                        * view.timeline().segments().size());
    }

    /** The playlist's bytes; addresses in it are relative to the stream's. */
    public static byte[] render(View view) {
        return render(view, "");
    }

    /**
     * The playlist's bytes.
     *
     * @param query what goes behind each address, with its question mark
     */
    public static byte[] render(View view, String query) {
        return new MediaPlaylist(view, query).render();
    }

    /** The highest duration that an entry may have, in whole seconds: a segment may last almost two cells. */
    static long targetSeconds(int gridPeriodMillis) {
        return (2L * gridPeriodMillis + 999) / 1_000;
    }

    private byte[] render() {
        header();
        Timeline timeline = view.timeline();
        Segment previous = null;
        for (Segment segment : timeline.segments()) {
            if (previous != null) {
                entry(previous, segment);
            }
            if (previous == null || !Timeline.follows(segment, previous)) {
                interruption(previous, segment);
            }
            previous = segment;
        }
        entry(timeline.last(), null);
        if (view.shape() == Shape.FINITE || view.shape() == Shape.ENDED) {
            out.text("#EXT-X-ENDLIST\n");
        }
        return out.toBytes();
    }

    private void header() {
        Segment first = view.timeline().first();
        out.text("#EXTM3U\n#EXT-X-VERSION:").number(sliding ? VERSION_WITH_GAPS : VERSION);
        out.text("\n#EXT-X-TARGETDURATION:").number(targetSeconds(view.grid().periodMillis()));
        out.text("\n#EXT-X-MEDIA-SEQUENCE:").number(first.number()).text("\n");
        if (sliding) {
            out.text("#EXT-X-DISCONTINUITY-SEQUENCE:")
                    .number(view.takesBefore())
                    .text("\n");
            return;
        }
        out.text(view.shape() == Shape.FINITE ? "#EXT-X-PLAYLIST-TYPE:VOD\n" : "#EXT-X-PLAYLIST-TYPE:EVENT\n");
        long offsetMicros = view.timeline().window().fromMicros() - first.startUtcMicros();
        if (offsetMicros > 0 || view.shape() != Shape.FINITE) {
            // From the moment asked for, not from the live edge, nor from the start of the segment it lies in.
            out.text("#EXT-X-START:TIME-OFFSET=")
                    .seconds(Math.max(0, offsetMicros / 1_000))
                    .text(",PRECISE=YES\n");
        }
    }

    /** What goes before a segment that does not follow on the one before it. */
    private void interruption(@Nullable Segment previous, Segment segment) {
        boolean sameTake = previous != null && previous.take().equals(segment.take());
        if (sliding && previous != null) {
            for (long number = previous.number() + 1; number < segment.number(); number++) {
                gap(number);
            }
        }
        if (previous != null && !(sliding && sameTake)) {
            out.text("#EXT-X-DISCONTINUITY\n");
        }
        if (!sameTake) {
            map(segment.take());
        }
        out.text("#EXT-X-PROGRAM-DATE-TIME:").instant(startMillis(segment)).text("\n");
    }

    private void map(TakeId take) {
        folder = ascii(take.value() + '/');
        out.text("#EXT-X-MAP:URI=\"segments/").bytes(folder).text("init.mp4" + query + "\"\n");
    }

    private void gap(long number) {
        out.bytes(GAP).bytes(EXTINF).seconds(view.grid().periodMillis());
        out.bytes(EXTINF_END).bytes(GAP_FOLDER).number(number).bytes(entryEnd);
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
