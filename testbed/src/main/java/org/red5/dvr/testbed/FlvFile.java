package org.red5.dvr.testbed;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An FLV file in memory. */
public record FlvFile(List<FlvTag> tags) {
    private static final int HEADER_BYTES = 9;
    private static final int BACK_POINTER_BYTES = 4;
    private static final int TAG_HEADER_BYTES = 11;

    public FlvFile {
        tags = List.copyOf(tags);
    }

    public static FlvFile read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        if (bytes.remaining() < HEADER_BYTES || bytes.get(0) != 'F' || bytes.get(1) != 'L' || bytes.get(2) != 'V') {
            throw new IOException(file + " is not an FLV file");
        }
        bytes.position(HEADER_BYTES + BACK_POINTER_BYTES);
        List<FlvTag> tags = new ArrayList<>();
        while (bytes.remaining() >= TAG_HEADER_BYTES) {
            int type = bytes.get() & 0x1f;
            byte[] payload = new byte[int24(bytes)];
            long timestampMillis = int24(bytes) | (long) (bytes.get() & 0xff) << 24;
            int24(bytes);
            if (bytes.remaining() < payload.length) {
                throw new EOFException(file + " ends inside a tag of " + payload.length + " bytes");
            }
            bytes.get(payload);
            bytes.position(Math.min(bytes.limit(), bytes.position() + BACK_POINTER_BYTES));
            tags.add(new FlvTag(type, timestampMillis, payload));
        }
        return new FlvFile(tags);
    }

    private static int int24(ByteBuffer bytes) {
        return (bytes.get() & 0xff) << 16 | (bytes.get() & 0xff) << 8 | bytes.get() & 0xff;
    }

    /** The time stamp of the last tag. */
    public long lastTimestampMillis() {
        return tags.stream().mapToLong(FlvTag::timestampMillis).max().orElse(0);
    }
}
