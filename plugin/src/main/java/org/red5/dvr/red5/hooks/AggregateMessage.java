package org.red5.dvr.red5.hooks;

import java.nio.ByteBuffer;
import org.red5.server.net.rtmp.message.Constants;

/**
 * Takes an RTMP aggregate message apart (RTMP 1.0, section 7.1.6): FLV tags, each followed by its length. Some encoders
 * bundle small packets that way, and Red5 hands them on as they came.
 */
final class AggregateMessage {
    private static final int TAG_HEADER_BYTES = 11;
    private static final int BACK_POINTER_BYTES = 4;

    /** Takes in one of the packets of a message. */
    interface Packets {
        void accept(byte type, int timestampMillis, ByteBuffer payload);
    }

    private AggregateMessage() {}

    /**
     * Hands the message's packets on, in order; a tail that is cut short is left out, and so is an aggregate in it: nobody
     * sends one, and one in the other would cost a stack frame for each eleven bytes.
     *
     * @param timestampMillis the message's time stamp, which is that of its first packet
     * @param message its payload
     */
    static void forEach(int timestampMillis, ByteBuffer message, Packets to) {
        boolean first = true;
        int offsetMillis = 0;
        while (message.remaining() >= TAG_HEADER_BYTES) {
            byte type = message.get();
            int lengthBytes = unsigned24(message);
            int tagMillis = unsigned24(message) | (message.get() << 24);
            message.position(message.position() + 3); // stream id
            if (message.remaining() < lengthBytes) {
                return;
            }
            if (first) {
                offsetMillis = timestampMillis - tagMillis;
                first = false;
            }
            if (type != Constants.TYPE_AGGREGATE) {
                to.accept(type, tagMillis + offsetMillis, message.slice(message.position(), lengthBytes));
            }
            int behind = message.position() + lengthBytes + BACK_POINTER_BYTES;
            message.position(Math.min(behind, message.limit()));
        }
    }

    private static int unsigned24(ByteBuffer from) {
        return ((from.get() & 0xff) << 16) | ((from.get() & 0xff) << 8) | (from.get() & 0xff);
    }
}
