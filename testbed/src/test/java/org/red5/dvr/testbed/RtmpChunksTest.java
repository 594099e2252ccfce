package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RtmpChunksTest {
    @Test
    void readsBackWhatItWrote() throws IOException {
        Random random = new Random(1);
        List<RtmpMessage> messages = new ArrayList<>();
        for (long timestamp : new long[] {0, 40, 0xfffffe, 0xffffff, 0x1000000, 0xffffffffL}) {
            for (int length : new int[] {0, 1, 127, 128, 129, 5000}) {
                byte[] payload = new byte[length];
                random.nextBytes(payload);
                int type = length % 2 == 0 ? RtmpMessage.VIDEO : RtmpMessage.AUDIO;
                messages.add(new RtmpMessage(type, timestamp, 1, payload));
            }
        }
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        messages.forEach(message -> RtmpChunks.write(wire, message, RtmpChunks.INITIAL_CHUNK_BYTES));
        RtmpChunks.Reader reader = reader(wire);
        for (RtmpMessage expected : messages) {
            assertSame(expected, reader.read());
        }
    }

    @Test
    void followsTheChunkSizeOfThePeer() throws IOException {
        byte[] size = ByteBuffer.allocate(4).putInt(1000).array();
        RtmpMessage large = new RtmpMessage(RtmpMessage.VIDEO, 7, 1, new byte[3500]);
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        RtmpChunks.write(wire, new RtmpMessage(RtmpMessage.SET_CHUNK_SIZE, 0, 0, size), 128);
        RtmpChunks.write(wire, large, 1000);
        RtmpChunks.Reader reader = reader(wire);
        assertEquals(RtmpMessage.SET_CHUNK_SIZE, reader.read().type());
        assertSame(large, reader.read());
    }

    @Test
    void addsTheTimeDeltasOfShortHeaders() throws IOException {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        RtmpChunks.write(wire, new RtmpMessage(RtmpMessage.AUDIO, 1000, 1, new byte[] {5}), 128);
        wire.writeBytes(new byte[] {0x44, 0, 0, 23, 0, 0, 2, 8, 6, 7});
        wire.writeBytes(new byte[] {(byte) 0x84, 0, 0, 20, 8, 9});
        wire.writeBytes(new byte[] {(byte) 0xc4, 10, 11});
        RtmpChunks.Reader reader = reader(wire);
        assertSame(new RtmpMessage(RtmpMessage.AUDIO, 1000, 1, new byte[] {5}), reader.read());
        assertSame(new RtmpMessage(RtmpMessage.AUDIO, 1023, 1, new byte[] {6, 7}), reader.read());
        assertSame(new RtmpMessage(RtmpMessage.AUDIO, 1043, 1, new byte[] {8, 9}), reader.read());
        assertSame(new RtmpMessage(RtmpMessage.AUDIO, 1063, 1, new byte[] {10, 11}), reader.read());
    }

    private static RtmpChunks.Reader reader(ByteArrayOutputStream wire) {
        return new RtmpChunks.Reader(new DataInputStream(new ByteArrayInputStream(wire.toByteArray())));
    }

    private static void assertSame(RtmpMessage expected, RtmpMessage actual) {
        assertEquals(expected.type(), actual.type());
        assertEquals(expected.timestampMillis(), actual.timestampMillis());
        assertEquals(expected.streamId(), actual.streamId());
        assertArrayEquals(expected.payload(), actual.payload());
    }
}
