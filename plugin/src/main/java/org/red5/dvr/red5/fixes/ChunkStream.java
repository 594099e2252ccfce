package org.red5.dvr.red5.fixes;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the chunk headers of one chunk stream leave out because it is as before, and the message that is being put together
 * (RTMP 1.0, section 5.3.1).
 */
final class ChunkStream {
    private static final int FIRST_BYTES = 16 << 10;

    /**
     * A chunk of type 3 that begins a message repeats the distance of the message before, and behind one of type 0 its time
     * stamp, says section 5.3.1.2.4; ffmpeg and librtmp mean it so. A stamp that is no distance between two messages is meant
     * by none of them: then the message has the time of the one before.
     */
    private static final int LONGEST_DELTA_AFTER_ABSOLUTE_MILLIS = 10_000;

    private final int id;
    private int type;
    private int streamId;
    private int lengthBytes;
    private int timestampMillis;
    private int deltaMillis;
    /** The last time field, absolute or a distance, as it stood in the header. */
    private int fieldMillis;
    /** Whether that field was an extended time stamp. */
    private boolean extended;

    private byte @Nullable [] payload;
    private int filledBytes;
    private int knownBytes;

    ChunkStream(int id) {
        this.id = id;
    }

    /** Whether a message has arrived in part. */
    boolean isOpen() {
        return payload != null;
    }

    boolean isExtended() {
        return extended;
    }

    /** Whether {@code millis} is what a repeated extended time stamp would say: encoders repeat the field or the time itself. */
    boolean isRepeated(int millis) {
        return millis == fieldMillis || millis == timestampMillis;
    }

    /** Whether these bytes, fewer than four, can be the first of such a one. */
    boolean mayBeRepeated(ByteBuffer bytes) {
        return startsWith(fieldMillis, bytes) || startsWith(timestampMillis, bytes);
    }

    private static boolean startsWith(int millis, ByteBuffer bytes) {
        for (int i = 0; i < bytes.remaining(); i++) {
            if (bytes.get(i) != (byte) (millis >>> (24 - 8 * i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether {@code millis} can be the time of a message that comes next, so shortly behind the one before. */
    boolean isNext(int millis) {
        return Integer.compareUnsigned(millis - timestampMillis, LONGEST_DELTA_AFTER_ABSOLUTE_MILLIS) <= 0;
    }

    /** A header of type 0. */
    void absolute(int millis, boolean isExtended, int bytes, int messageType, int messageStreamId) {
        streamId = messageStreamId;
        type = messageType;
        field(millis, isExtended);
        if (begins(bytes)) {
            timestampMillis = millis;
            deltaMillis = Integer.compareUnsigned(millis, LONGEST_DELTA_AFTER_ABSOLUTE_MILLIS) <= 0 ? millis : 0;
        }
    }

    /** A header of type 1. */
    void relative(int millis, boolean isExtended, int bytes, int messageType) {
        type = messageType;
        field(millis, isExtended);
        advance(bytes, millis);
    }

    /** A header of type 2. */
    void relative(int millis, boolean isExtended) {
        field(millis, isExtended);
        advance(lengthBytes, millis);
    }

    /** A header of type 3 whose time, if any, repeats what was said before. */
    void repeated() {
        advance(lengthBytes, deltaMillis);
    }

    /** A header of type 3 that begins a message, with the time of this one. */
    void repeatedAt(int millis) {
        fieldMillis = millis;
        advance(lengthBytes, millis - timestampMillis);
    }

    private void field(int millis, boolean isExtended) {
        fieldMillis = millis;
        extended = isExtended;
    }

    private void advance(int bytes, int millis) {
        if (begins(bytes)) {
            deltaMillis = millis;
            timestampMillis += millis;
        }
    }

    /** Whether the chunk is the first of a message. One with another length than the message so far is taken for that. */
    private boolean begins(int bytes) {
        if (payload != null && bytes == lengthBytes) {
            return false;
        }
        lengthBytes = bytes;
        payload = new byte[Math.min(bytes, FIRST_BYTES)];
        filledBytes = 0;
        return true;
    }

    /** By how many bytes the memory has grown that the message so far takes, since this was asked before. */
    int growthBytes() {
        int bytes = payload == null ? 0 : payload.length;
        int growth = bytes - knownBytes;
        knownBytes = bytes;
        return growth;
    }

    /** How many bytes the message still lacks. */
    int missingBytes() {
        return lengthBytes - filledBytes;
    }

    /** Takes bytes of the message that is open, at most as many as it lacks. */
    void fill(ByteBuffer in, int bytes) {
        byte[] filled = Objects.requireNonNull(payload, "no message is open");
        if (filled.length - filledBytes < bytes) {
            int length = Math.max(filledBytes + bytes, (int) Math.min(lengthBytes, 2L * filled.length));
            filled = Arrays.copyOf(filled, length);
            payload = filled;
        }
        in.get(filled, filledBytes, bytes);
        filledBytes += bytes;
    }

    /** The message, which has arrived whole. */
    RtmpMessage close() {
        byte[] whole = Objects.requireNonNull(payload, "no message is open");
        payload = null;
        filledBytes = 0;
        return new RtmpMessage(id, type, streamId, timestampMillis, whole);
    }

    /** Leaves the message out that has arrived in part. */
    void abort() {
        payload = null;
        filledBytes = 0;
    }
}
