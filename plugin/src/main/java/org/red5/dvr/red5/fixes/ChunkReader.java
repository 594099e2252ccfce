package org.red5.dvr.red5.fixes;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.red5.server.net.protocol.ProtocolException;

/**
 * Puts the messages of one connection together from its chunks (RTMP 1.0, section 5.3), wherever the network divides them.
 *
 * <p>Two liberties of encoders are allowed for. An extended time stamp may or may not be repeated in chunks of type 3: four
 * bytes that say the same are one, others belong to the message. And a chunk stream may begin with type 1.
 */
final class ChunkReader {
    private static final int INITIAL_CHUNK_BYTES = 128;
    private static final int MOST_CHUNK_BYTES = 0xff_ff_ff;
    private static final int EXTENDED = 0xff_ff_ff;
    private static final int EXTENDED_BYTES = 4;
    /** Of a chunk's message header, by its type. */
    private static final int[] HEADER_BYTES = {11, 7, 3, 0};

    /** A message has at most 16 MB. */
    private static final long MOST_HALF_READ_BYTES = 24 << 20;

    /** What a chunk stream takes that is known, about. */
    private static final int STREAM_BYTES = 128;

    private final HalfReadBytes ofAllConnections;

    @GuardedBy("this")
    private final Map<Integer, ChunkStream> streams = new HashMap<>();

    @GuardedBy("this")
    private @Nullable ChunkStream current;

    @GuardedBy("this")
    private int chunkBytes = INITIAL_CHUNK_BYTES;

    @GuardedBy("this")
    private int leftOfChunkBytes;

    @GuardedBy("this")
    private long halfReadBytes;

    @GuardedBy("this")
    private boolean closed;

    ChunkReader(HalfReadBytes ofAllConnections) {
        this.ofAllConnections = ofAllConnections;
    }

    /**
     * Reads all bytes that have arrived, but for a header that is cut short.
     *
     * @param to gets each message that is whole, in order, but for those that abort others
     * @throws ProtocolException when these are no chunks, or when more is under way than a connection may have
     */
    synchronized void read(ByteBuffer in, Consumer<RtmpMessage> to) {
        while (!closed && (current != null || readHeader(in))) {
            ChunkStream stream = Objects.requireNonNull(current);
            int bytes = Math.min(leftOfChunkBytes, in.remaining());
            stream.fill(in, bytes);
            account(stream.growthBytes());
            leftOfChunkBytes -= bytes;
            if (leftOfChunkBytes > 0) {
                return;
            }
            current = null;
            if (stream.missingBytes() == 0) {
                RtmpMessage message = stream.close();
                account(stream.growthBytes());
                accept(message, to);
            }
        }
        if (closed) {
            in.position(in.limit());
        }
    }

    /** The size of chunks that is in force. */
    synchronized int chunkBytes() {
        return chunkBytes;
    }

    @GuardedBy("this")
    private void account(long bytes) {
        if (halfReadBytes + bytes > MOST_HALF_READ_BYTES || !ofAllConnections.take(bytes)) {
            throw new ProtocolException("more than " + halfReadBytes + " bytes of messages that are not whole");
        }
        halfReadBytes += bytes;
    }

    @GuardedBy("this")
    private void accept(RtmpMessage message, Consumer<RtmpMessage> to) {
        switch (message.type()) {
            case RtmpMessage.ABORT -> abort(parameter(message));
            case RtmpMessage.SET_CHUNK_SIZE -> {
                int bytes = parameter(message);
                if (bytes <= 0) {
                    throw new ProtocolException("a chunk size of " + bytes + " bytes");
                }
                chunkBytes = Math.min(bytes, MOST_CHUNK_BYTES);
                to.accept(message);
            }
            default -> to.accept(message);
        }
    }

    private static int parameter(RtmpMessage message) {
        if (message.payload().length < Integer.BYTES) {
            throw new ProtocolException("message " + message.type() + " of " + message.payload().length + " bytes");
        }
        return ByteBuffer.wrap(message.payload()).getInt();
    }

    @GuardedBy("this")
    private void abort(int chunkStream) {
        ChunkStream stream = streams.get(chunkStream);
        if (stream != null) {
            stream.abort();
            account(stream.growthBytes());
        }
    }

    /** Reads a chunk's header; false, and nothing is read, when it has not arrived whole. */
    @GuardedBy("this")
    private boolean readHeader(ByteBuffer in) {
        int start = in.position();
        int first = in.hasRemaining() ? in.get() & 0xff : 0;
        int more = first % 64 == 0 ? 1 : first % 64 == 1 ? 2 : 0;
        int type = first >> 6;
        if (in.position() > start && in.remaining() >= more + HEADER_BYTES[type]) {
            int id = switch (more) {
                case 0 -> first % 64;
                case 1 -> 64 + unsigned8(in);
                default -> 64 + unsigned8(in) + (unsigned8(in) << 8);
            };
            ChunkStream stream = stream(id, type);
            if (type < 3 ? readFields(in, type, stream) : readRepeated(in, stream)) {
                current = stream;
                leftOfChunkBytes = Math.min(chunkBytes, stream.missingBytes());
                return true;
            }
        }
        in.position(start);
        return false;
    }

    @GuardedBy("this")
    private ChunkStream stream(int id, int type) {
        ChunkStream stream = streams.get(id);
        if (stream != null) {
            return stream;
        }
        if (type > 1) {
            throw new ProtocolException("chunk stream " + id + " begins with type " + type);
        }
        account(STREAM_BYTES);
        ChunkStream begun = new ChunkStream(id);
        streams.put(id, begun);
        return begun;
    }

    private static boolean readFields(ByteBuffer in, int type, ChunkStream stream) {
        int millis = unsigned24(in);
        boolean extended = millis == EXTENDED;
        int lengthBytes = type < 2 ? unsigned24(in) : 0;
        int messageType = type < 2 ? unsigned8(in) : 0;
        int streamId = type < 1 ? Integer.reverseBytes(in.getInt()) : 0;
        if (extended) {
            if (in.remaining() < EXTENDED_BYTES) {
                return false;
            }
            millis = in.getInt();
        }
        switch (type) {
            case 0 -> stream.absolute(millis, extended, lengthBytes, messageType, streamId);
            case 1 -> stream.relative(millis, extended, lengthBytes, messageType);
            default -> stream.relative(millis, extended);
        }
        return true;
    }

    private static boolean readRepeated(ByteBuffer in, ChunkStream stream) {
        if (!stream.isExtended()) {
            stream.repeated();
            return true;
        }
        int at = in.position();
        if (in.remaining() < EXTENDED_BYTES) {
            if (!stream.isOpen() || stream.mayBeRepeated(in.slice())) {
                return false;
            }
            stream.repeated();
            return true;
        }
        int millis = in.getInt();
        if (stream.isRepeated(millis)) {
            stream.repeated();
        } else if (!stream.isOpen() && stream.isNext(millis)) {
            stream.repeatedAt(millis);
        } else {
            in.position(at);
            stream.repeated();
        }
        return true;
    }

    private static int unsigned8(ByteBuffer in) {
        return in.get() & 0xff;
    }

    private static int unsigned24(ByteBuffer in) {
        return unsigned8(in) << 16 | unsigned8(in) << 8 | unsigned8(in);
    }

    /** Gives back the memory of what has arrived in part; from now on bytes are skipped. Any thread may call. */
    synchronized void close() {
        closed = true;
        current = null;
        streams.clear();
        ofAllConnections.giveBack(halfReadBytes);
        halfReadBytes = 0;
    }
}
