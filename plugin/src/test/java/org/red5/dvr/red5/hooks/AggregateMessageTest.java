package org.red5.dvr.red5.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AggregateMessageTest {
    private final List<String> packets = new ArrayList<>();

    private void note(byte type, int timestampMillis, ByteBuffer payload) {
        StringBuilder text = new StringBuilder(type + "@" + Integer.toUnsignedString(timestampMillis));
        while (payload.hasRemaining()) {
            text.append(' ').append(payload.get());
        }
        packets.add(text.toString());
    }

    private static void tag(ByteBuffer to, int type, int timestampMillis, int... payload) {
        to.put((byte) type).put((byte) 0).putShort((short) payload.length);
        to.put((byte) (timestampMillis >> 16)).putShort((short) timestampMillis).put((byte) (timestampMillis >> 24));
        to.put(new byte[3]);
        for (int value : payload) {
            to.put((byte) value);
        }
        to.putInt(payload.length + 11);
    }

    @Test
    void packetsComeInOrderWithTimesRelativeToTheMessage() {
        ByteBuffer message = ByteBuffer.allocate(200);
        tag(message, 9, 1_000, 23, 1, 2);
        tag(message, 8, 1_010, 7);
        tag(message, 9, 0x01_00_00_10, 39);
        AggregateMessage.forEach(50_000, message.flip(), this::note);
        assertEquals(List.of("9@50000 23 1 2", "8@50010 7", "9@" + (0x01_00_00_10 + 49_000) + " 39"), packets);
    }

    @Test
    void timesWrapAt32Bits() {
        ByteBuffer message = ByteBuffer.allocate(200);
        tag(message, 8, 0, 1);
        tag(message, 8, 20, 2);
        AggregateMessage.forEach(-10, message.flip(), this::note);
        assertEquals(List.of("8@4294967286 1", "8@10 2"), packets);
    }

    @Test
    void lastPacketMayLackItsLength() {
        ByteBuffer message = ByteBuffer.allocate(200);
        tag(message, 8, 0, 1);
        message.flip().limit(message.limit() - 4);
        AggregateMessage.forEach(0, message, this::note);
        assertEquals(List.of("8@0 1"), packets);
    }

    @Test
    void tailThatIsCutShortIsLeftOut() {
        ByteBuffer message = ByteBuffer.allocate(200);
        tag(message, 8, 0, 1);
        tag(message, 8, 20, 2, 3, 4);
        int whole = message.position();
        for (int limit = 16; limit < whole - 4; limit++) {
            packets.clear();
            AggregateMessage.forEach(0, message.duplicate().position(0).limit(limit), this::note);
            assertEquals(List.of("8@0 1"), packets, "limit " + limit);
        }
    }
}
