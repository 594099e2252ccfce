package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** Messages to chunks and back (the RTMP specification's section 5.3). */
final class RtmpChunks {
    /** The chunk size both sides start with. */
    static final int INITIAL_CHUNK_BYTES = 128;

    private static final int EXTENDED = 0xffffff;

    private RtmpChunks() {}

    /** Appends {@code message} as one type 0 chunk and type 3 chunks, with the extended time stamp repeated in each. */
    static void write(ByteArrayOutputStream out, RtmpMessage message, int chunkBytes) {
        int csid = message.chunkStream();
        int timestamp = (int) message.timestampMillis();
        boolean extended = Integer.compareUnsigned(timestamp, EXTENDED) >= 0;
        byte[] payload = message.payload();
        out.write(csid);
        writeInt24(out, extended ? EXTENDED : timestamp);
        writeInt24(out, payload.length);
        out.write(message.type());
        out.writeBytes(ByteBuffer.allocate(4)
                .putInt(Integer.reverseBytes(message.streamId()))
                .array());
        int offset = 0;
        do {
            if (offset > 0) {
                out.write(0xc0 | csid);
            }
            if (extended) {
                out.writeBytes(ByteBuffer.allocate(4).putInt(timestamp).array());
            }
            int length = Math.min(chunkBytes, payload.length - offset);
            out.write(payload, offset, length);
            offset += length;
        } while (offset < payload.length);
    }

    private static void writeInt24(ByteArrayOutputStream out, int value) {
        out.write(value >> 16);
        out.write(value >> 8);
        out.write(value);
    }

    /** Puts messages together again; for one thread. */
    static final class Reader {
        private final DataInputStream in;
        private final Map<Integer, ChunkStream> chunkStreams = new HashMap<>();
        private int chunkBytes = INITIAL_CHUNK_BYTES;

        Reader(DataInputStream in) {
            this.in = in;
        }

        /** The next whole message; the peer's chunk size is followed on the way. */
        RtmpMessage read() throws IOException {
            while (true) {
                int first = in.readUnsignedByte();
                int csid = first & 0x3f;
                if (csid == 0) {
                    csid = 64 + in.readUnsignedByte();
                } else if (csid == 1) {
                    csid = 64 + in.readUnsignedByte() + (in.readUnsignedByte() << 8);
                }
                ChunkStream stream = chunkStreams.computeIfAbsent(csid, id -> new ChunkStream());
                stream.readHeader(in, first >> 6);
                if (stream.readChunk(in, chunkBytes)) {
                    RtmpMessage message = stream.message();
                    if (message.type() == RtmpMessage.SET_CHUNK_SIZE) {
                        chunkBytes = ByteBuffer.wrap(message.payload()).getInt();
                    }
                    return message;
                }
            }
        }
    }

    /** What the chunk headers of one chunk stream leave out because it is as before, and the message being put together. */
    private static final class ChunkStream {
        private long timestampMillis;
        private long deltaMillis;
        private boolean extended;
        private int type;
        private int streamId;
        private byte[] payload = new byte[0];
        private int filledBytes;

        void readHeader(DataInputStream in, int format) throws IOException {
            if (format == 3) {
                if (extended) {
                    in.readInt();
                }
                if (filledBytes == 0) {
                    begin(payload.length, timestampMillis + deltaMillis);
                }
                return;
            }
            long field = readInt24(in);
            int length = payload.length;
            if (format <= 1) {
                length = (int) readInt24(in);
                type = in.readUnsignedByte();
            }
            if (format == 0) {
                streamId = Integer.reverseBytes(in.readInt());
            }
            extended = field == EXTENDED;
            if (extended) {
                field = Integer.toUnsignedLong(in.readInt());
            }
            deltaMillis = format == 0 ? 0 : field;
            begin(length, format == 0 ? field : timestampMillis + field);
        }

        private void begin(int lengthBytes, long atMillis) {
            payload = new byte[lengthBytes];
            filledBytes = 0;
            timestampMillis = atMillis;
        }

        /** Whether this chunk was the message's last. */
        boolean readChunk(DataInputStream in, int chunkBytes) throws IOException {
            int length = Math.min(chunkBytes, payload.length - filledBytes);
            if (in.readNBytes(payload, filledBytes, length) < length) {
                throw new EOFException("connection ended inside a message of " + payload.length + " bytes");
            }
            filledBytes += length;
            return filledBytes == payload.length;
        }

        RtmpMessage message() {
            filledBytes = 0;
            return new RtmpMessage(type, timestampMillis, streamId, payload);
        }

        private static long readInt24(DataInputStream in) throws IOException {
            return ((long) in.readUnsignedByte() << 16) | (in.readUnsignedByte() << 8) | in.readUnsignedByte();
        }
    }
}
