package org.red5.dvr.media.flv;

import java.nio.ByteBuffer;
import java.util.List;

/** Writes FLV files bit by bit (Adobe FLV 10.1, annex E). */
public final class FlvWriter {
    /** The longest body that a tag can have. */
    public static final int MOST_BODY_BYTES = 0xff_ffff;

    static final int HEADER_BYTES = 9;
    static final int TAG_HEADER_BYTES = 11;
    static final int TAG_SIZE_BYTES = 4;
    /** Bodies up to this length are copied, so that a tag is one buffer. */
    private static final int COPIED_BYTES = 4_096;

    private FlvWriter() {}

    /** The file's header, which says that there may be both audio and video, and PreviousTagSize0. */
    public static ByteBuffer header() {
        return ByteBuffer.allocate(HEADER_BYTES + TAG_SIZE_BYTES)
                .put(new byte[] {'F', 'L', 'V', 1, 0x05})
                .putInt(HEADER_BYTES)
                .putInt(0)
                .flip();
    }

    /**
     * A tag with its PreviousTagSize, in one buffer or several; a long body is in them as it is, not as a copy.
     *
     * @throws IllegalArgumentException when the body is too long for a tag
     */
    public static List<ByteBuffer> tag(FlvTag tag) {
        int length = tag.body().length;
        if (length > MOST_BODY_BYTES) {
            throw new IllegalArgumentException("an FLV tag of " + length + " bytes");
        }
        if (length <= COPIED_BYTES) {
            ByteBuffer whole = ByteBuffer.allocate(TAG_HEADER_BYTES + length + TAG_SIZE_BYTES);
            putHeader(whole, tag);
            return List.of(
                    whole.put(tag.body()).putInt(TAG_HEADER_BYTES + length).flip());
        }
        ByteBuffer header = ByteBuffer.allocate(TAG_HEADER_BYTES);
        putHeader(header, tag);
        ByteBuffer size = ByteBuffer.allocate(TAG_SIZE_BYTES).putInt(TAG_HEADER_BYTES + length);
        return List.of(header.flip(), ByteBuffer.wrap(tag.body()).asReadOnlyBuffer(), size.flip());
    }

    private static void putHeader(ByteBuffer to, FlvTag tag) {
        int millis = tag.timestampMillis();
        to.putInt(tag.type() << 24 | tag.body().length);
        to.putInt(millis << 8 | millis >>> 24);
        to.put(new byte[3]);
    }
}
