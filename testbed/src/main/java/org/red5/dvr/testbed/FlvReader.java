package org.red5.dvr.testbed;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Reads the tags of an FLV file or stream one by one; for one thread. */
final class FlvReader {
    private static final int HEADER_BYTES = 9;
    private static final int BACK_POINTER_BYTES = 4;

    private final DataInputStream in;

    /** Reads the file header; {@code name} is for the error if there is none. */
    FlvReader(InputStream stream, String name) throws IOException {
        this.in = new DataInputStream(stream);
        byte[] header = in.readNBytes(HEADER_BYTES + BACK_POINTER_BYTES);
        if (header.length < HEADER_BYTES || header[0] != 'F' || header[1] != 'L' || header[2] != 'V') {
            throw new IOException(name + " is not FLV");
        }
    }

    /** The next tag; empty at the end. */
    Optional<FlvTag> next() throws IOException {
        int type = in.read();
        if (type < 0) {
            return Optional.empty();
        }
        byte[] payload = new byte[int24()];
        long timestampMillis = int24() | (long) in.readUnsignedByte() << 24;
        int24();
        if (in.readNBytes(payload, 0, payload.length) < payload.length) {
            throw new EOFException("FLV ends inside a tag of " + payload.length + " bytes");
        }
        in.readNBytes(BACK_POINTER_BYTES);
        return Optional.of(new FlvTag(type & 0x1f, timestampMillis, payload));
    }

    private int int24() throws IOException {
        return in.readUnsignedByte() << 16 | in.readUnsignedByte() << 8 | in.readUnsignedByte();
    }
}
