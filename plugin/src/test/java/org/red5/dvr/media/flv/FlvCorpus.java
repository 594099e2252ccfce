package org.red5.dvr.media.flv;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Three seconds each of what real encoders made: H.264 with AAC, H.265 with MP3, AV1 with Opus; ten pictures a second. */
public final class FlvCorpus {
    /** How long each publish is. */
    public static final int MILLIS = 3_000;

    private static final int FILE_HEAD_BYTES = 13;
    private static final int TAG_HEAD_BYTES = 11;
    private static final int BACK_POINTER_BYTES = 4;

    /** The body of a tag. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Tag(boolean video, int timestampMillis, byte[] body) {}

    private FlvCorpus() {}

    /** The publishes, each in order of time, configurations first. */
    public static List<List<Tag>> publishes() {
        return List.of(read("h264-aac.flv"), read("h265-mp3.flv"), read("av1-opus.flv"));
    }

    private static List<Tag> read(String file) {
        try (InputStream in = FlvCorpus.class.getResourceAsStream(file)) {
            ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).position(FILE_HEAD_BYTES);
            List<Tag> tags = new ArrayList<>();
            while (bytes.hasRemaining()) {
                int head = bytes.getInt();
                int time = bytes.getInt();
                byte[] body = new byte[head & 0xffffff];
                bytes.position(bytes.position() + TAG_HEAD_BYTES - 8);
                bytes.get(body);
                bytes.position(bytes.position() + BACK_POINTER_BYTES);
                tags.add(new Tag(head >>> 24 == 9, time >>> 8 | time << 24, body));
            }
            return List.copyOf(tags);
        } catch (IOException e) {
            throw new UncheckedIOException(file, e);
        }
    }
}
