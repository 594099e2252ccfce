package org.red5.dvr.red5.fixes;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.mina.core.buffer.IoBuffer;
import org.red5.server.net.rtmp.RTMPConnection;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.net.rtmp.codec.RTMPProtocolDecoder;
import org.red5.server.net.rtmp.event.ChunkSize;
import org.red5.server.net.rtmp.event.IRTMPEvent;
import org.red5.server.net.rtmp.message.Constants;
import org.red5.server.net.rtmp.message.Header;
import org.red5.server.net.rtmp.message.Packet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Red5's RTMP decoder of one connection, with the chunks read by us: Red5 doubles long distances of time, from 2.0.26 on adds
 * an offset of its own to time stamps that have gone back once, and ends a connection when the network divides a header
 * at a wrong place or metadata lack their end.
 *
 * <p>Whatever a client sends, it ends its own connection at most, and not the thread, which reads others too.
 */
class ChunkDecoder extends RTMPProtocolDecoder {
    private static final Logger log = LoggerFactory.getLogger(ChunkDecoder.class);

    /** What ends an AMF object; some encoders leave it out at the end of the metadata. */
    private static final byte[] OBJECT_END = {0, 0, 9};

    private final ChunkReader chunks;
    private final Runnable whenRead;
    private boolean failed;

    /** @param whenRead called by the thread that reads the network whenever something has arrived */
    ChunkDecoder(HalfReadBytes ofAllConnections, Runnable whenRead) {
        chunks = new ChunkReader(ofAllConnections);
        this.whenRead = whenRead;
    }

    /** What has arrived whole; the beginning of a header stays in the buffer. Called by the thread that reads the network. */
    @Override
    public List<Object> decodeBuffer(RTMPConnection connection, IoBuffer buffer) {
        List<Object> packets = new ArrayList<>();
        whenRead.run();
        try {
            if (failed || connection.getStateCode() != RTMP.STATE_CONNECTED) {
                buffer.position(buffer.limit());
            } else {
                chunks.read(buffer.buf(), message -> decode(connection, message).ifPresent(packets::add));
            }
        } catch (RuntimeException | Error e) {
            failed = true;
            buffer.position(buffer.limit());
            log.warn("{} sends what is no RTMP; it is closed: {}", connection.getRemoteAddress(), e.toString());
            connection.close();
        } finally {
            buffer.compact();
        }
        return packets;
    }

    private Optional<Packet> decode(RTMPConnection connection, RtmpMessage message) {
        checkBounds(message);
        Header header = new Header();
        header.setChannelId(message.chunkStream());
        header.setDataType((byte) message.type());
        header.setStreamId(message.streamId());
        header.setSize(message.payload().length);
        header.setTimerBase(message.timestampMillis());
        boolean data = isData(message);
        if (data && message.payload().length == 0) {
            return Optional.empty();
        }
        Optional<IRTMPEvent> decoded = data
                ? decodeData(connection, header, message.payload())
                : Optional.of(decodeMessage(connection, header, IoBuffer.wrap(message.payload())));
        return decoded.map(event -> {
            event.setTimestamp(message.timestampMillis());
            if (event instanceof ChunkSize) {
                connection.getState().setReadChunkSize(chunks.chunkBytes());
            }
            return new Packet(header, event);
        });
    }

    private static void checkBounds(RtmpMessage message) {
        ByteBuffer payload = ByteBuffer.wrap(message.payload());
        switch (message.type()) {
            case Constants.TYPE_INVOKE, Constants.TYPE_NOTIFY -> AmfBounds.check(payload);
            case Constants.TYPE_FLEX_MESSAGE, Constants.TYPE_FLEX_STREAM_SEND -> {
                // A byte precedes the values.
                AmfBounds.check(payload.position(Math.min(1, payload.limit())));
            }
            default -> {
                // No AMF, or none that is nested.
            }
        }
    }

    private static boolean isData(RtmpMessage message) {
        return message.type() == Constants.TYPE_NOTIFY || message.type() == Constants.TYPE_FLEX_STREAM_SEND;
    }

    /** Metadata and the like, which are worth no connection: what cannot be read is left out. */
    private Optional<IRTMPEvent> decodeData(RTMPConnection connection, Header header, byte[] payload) {
        try {
            return Optional.of(decodeMessage(connection, header, IoBuffer.wrap(payload)));
        } catch (RuntimeException e) {
            log.debug("data of {} lack their end", connection.getRemoteAddress(), e);
        }
        byte[] ended = ByteBuffer.allocate(payload.length + OBJECT_END.length)
                .put(payload)
                .put(OBJECT_END)
                .array();
        try {
            return Optional.of(decodeMessage(connection, header, IoBuffer.wrap(ended)));
        } catch (RuntimeException e) {
            log.warn("data of {} cannot be read and are left out: {}", connection.getRemoteAddress(), e.toString());
            return Optional.empty();
        }
    }

    /** Gives back the memory of what has arrived in part. Any thread may call. */
    void close() {
        chunks.close();
    }
}
