package org.red5.dvr.red5.fixes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.mina.core.buffer.IoBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.red5.dvr.Fuzz;
import org.red5.dvr.red5.CleanThread;
import org.red5.server.api.IConnection.Encoding;
import org.red5.server.api.Red5;
import org.red5.server.net.rtmp.RTMPConnection;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.net.rtmp.event.Notify;
import org.red5.server.net.rtmp.event.VideoData;
import org.red5.server.net.rtmp.message.Packet;

/** What Red5 gets to see of what a client sends; with its own decoding of messages. */
@ExtendWith(CleanThread.class)
class ChunkDecoderTest {
    private static final int VIDEO = 9;
    private static final int DATA = 18;
    private static final int COMMAND = 20;

    private final RTMPConnection connection = mock(RTMPConnection.class);
    private final ChunkDecoder decoder = new ChunkDecoder(new HalfReadBytes(1 << 30), () -> {});
    private final IoBuffer buffer = IoBuffer.allocate(1 << 10).setAutoExpand(true);

    @BeforeEach
    void connect() {
        when(connection.getState()).thenReturn(new RTMP());
        when(connection.getStateCode()).thenReturn(RTMP.STATE_CONNECTED);
        when(connection.getEncoding()).thenReturn(Encoding.AMF0);
        Red5.setConnectionLocal(connection);
    }

    private List<Packet> decode(byte[] bytes) {
        buffer.put(bytes).flip();
        return decoder.decodeBuffer(connection, buffer).stream()
                .map(Packet.class::cast)
                .toList();
    }

    private static byte[] chunks(int type, int streamId, int timestampMillis, byte[] payload) {
        ChunkWriter writer = new ChunkWriter(new Random(1), true);
        writer.all(new RtmpMessage(6, type, streamId, timestampMillis, payload));
        return writer.bytes();
    }

    private static byte[] amf(String... parts) {
        IoBuffer out = IoBuffer.allocate(100).setAutoExpand(true);
        for (String part : parts) {
            out.put((byte) 2).putShort((short) part.length()).put(part.getBytes(StandardCharsets.US_ASCII));
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /** @param ended whether the array has its end */
    private static byte[] metadata(boolean ended) {
        IoBuffer out = IoBuffer.allocate(100).setAutoExpand(true);
        out.put(amf("@setDataFrame", "onMetaData")).put((byte) 8).putInt(1);
        out.putShort((short) 5).put("width".getBytes(StandardCharsets.US_ASCII));
        out.put((byte) 0).putDouble(640);
        if (ended) {
            out.put(new byte[] {0, 0, 9});
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    @Test
    void mediaAreAsTheyWereSent() {
        byte[] frame = {0x17, 1, 0, 0, 0, 1, 2, 3};
        byte[] bytes = chunks(VIDEO, 1, 17_000_000, frame);
        assertEquals(List.of(), decode(Arrays.copyOf(bytes, 3)));
        Packet packet = decode(Arrays.copyOfRange(bytes, 3, bytes.length)).get(0);
        VideoData video = assertInstanceOf(VideoData.class, packet.getMessage());
        assertEquals(17_000_000, video.getTimestamp());
        assertEquals(1, packet.getHeader().getStreamId().intValue());
        byte[] seen = new byte[frame.length];
        video.getData().buf().duplicate().rewind().get(seen);
        assertEquals(Arrays.toString(frame), Arrays.toString(seen));
    }

    @Test
    void metadataNeedNoEnd() {
        for (boolean ended : new boolean[] {true, false}) {
            List<Packet> packets = decode(chunks(DATA, 1, 0, metadata(ended)));
            Notify notify = assertInstanceOf(Notify.class, packets.get(0).getMessage());
            assertEquals("onMetaData", notify.getAction());
        }
        verify(connection, never()).close();
    }

    @Test
    void dataThatCannotBeReadEndNothing() {
        byte[] cut = Arrays.copyOf(metadata(false), 30);
        assertEquals(List.of(), decode(chunks(DATA, 1, 0, cut)));
        assertEquals(List.of(), decode(chunks(DATA, 0, 0, metadata(true))));
        assertEquals(List.of(), decode(chunks(DATA, 1, 0, new byte[0])));
        assertEquals(1, decode(chunks(VIDEO, 1, 0, new byte[] {0x27, 1})).size());
        verify(connection, never()).close();
    }

    @Test
    void nestedArraysEndTheirConnectionOnly() {
        IoBuffer out = IoBuffer.allocate(1_000).setAutoExpand(true);
        out.put(amf("connect")).put((byte) 0).putDouble(1);
        for (int depth = 0; depth < 200_000; depth++) {
            out.put((byte) 10).putInt(1);
        }
        byte[] command = Arrays.copyOf(out.array(), out.position());
        assertEquals(List.of(), decode(chunks(COMMAND, 0, 0, command)));
        verify(connection).close();
    }

    @Test
    void packetsBeforeTheRubbishAreHandled() {
        IoBuffer bytes = IoBuffer.allocate(100).setAutoExpand(true);
        bytes.put(chunks(VIDEO, 1, 40, new byte[] {0x27, 1}));
        bytes.put(new byte[] {(byte) 0xc0, 9, 9, 9});
        assertEquals(1, decode(Arrays.copyOf(bytes.array(), bytes.position())).size());
        verify(connection).close();
        assertEquals(List.of(), decode(chunks(VIDEO, 1, 80, new byte[] {0x27, 1})));
        assertTrue(buffer.position() == 0, "bytes are kept");
    }

    @Test
    void randomBytesEndTheirConnectionAtMost() throws InterruptedException {
        Fuzz.run("RTMP bytes", 0.2, 256 << 20, random -> {
            HalfReadBytes ofAll = new HalfReadBytes(64 << 20);
            ChunkDecoder victim = new ChunkDecoder(ofAll, () -> {});
            IoBuffer in = IoBuffer.allocate(1 << 10).setAutoExpand(true);
            for (int turn = 0; turn < 3; turn++) {
                byte[] bytes = new byte[random.nextInt(4_000)];
                random.nextBytes(bytes);
                if (bytes.length > 12 && random.nextBoolean()) {
                    byte[] head = {3, 0, 0, 0, 0, 3, (byte) random.nextInt(256), (byte) random.nextInt(23), 0, 0, 0, 0};
                    System.arraycopy(head, 0, bytes, 0, head.length);
                }
                victim.decodeBuffer(connection, in.put(bytes).flip());
            }
            victim.close();
            assertEquals(0, ofAll.takenBytes());
        });
    }
}
