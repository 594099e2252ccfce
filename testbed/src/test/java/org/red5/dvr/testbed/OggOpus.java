package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Packs Opus out of an Ogg file into tags of enhanced RTMP, which ffmpeg 7.1 does not write. The file has one packet a
 * page.
 */
final class OggOpus {
    private static final int PAGE_HEADER_BYTES = 27;
    private static final int SEQUENCE_START = 0x90;
    private static final int CODED_FRAMES = 0x91;

    private OggOpus() {}

    /** The tags, 20 ms apart. */
    static List<FlvTag> tags(byte[] ogg) {
        List<FlvTag> tags = new ArrayList<>();
        int page = 0;
        for (int at = 0; at < ogg.length; page++) {
            int segments = ogg[at + PAGE_HEADER_BYTES - 1] & 0xff;
            int length = 0;
            for (int i = 0; i < segments; i++) {
                length += ogg[at + PAGE_HEADER_BYTES + i] & 0xff;
            }
            int start = at + PAGE_HEADER_BYTES + segments;
            if (page != 1) { // The second page holds comments.
                tags.add(tag(
                        Math.max(0, page - 2) * 20L, page == 0 ? SEQUENCE_START : CODED_FRAMES, ogg, start, length));
            }
            at = start + length;
        }
        return tags;
    }

    /** The tags of a publish that has this video too, in order of time. */
    static List<FlvTag> tags(byte[] ogg, List<FlvTag> video) {
        return Stream.concat(video.stream(), tags(ogg).stream())
                .filter(tag -> !tag.isEndOfSequence())
                .sorted(Comparator.comparingLong(FlvTag::timestampMillis))
                .toList();
    }

    private static FlvTag tag(long millis, int header, byte[] ogg, int start, int length) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(header);
        body.writeBytes("Opus".getBytes(StandardCharsets.US_ASCII));
        body.write(ogg, start, length);
        return new FlvTag(FlvTag.AUDIO, millis, body.toByteArray());
    }
}
