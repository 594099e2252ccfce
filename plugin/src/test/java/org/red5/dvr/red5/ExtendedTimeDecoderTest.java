package org.red5.dvr.red5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.mina.core.buffer.IoBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.server.net.protocol.RTMPDecodeState;
import org.red5.server.net.rtmp.RTMPConnection;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.net.rtmp.codec.RTMPProtocolDecoder;
import org.red5.server.net.rtmp.message.Packet;

/** RTMP chunks as an encoder sends them (RTMP 1.0, section 5.3.1), with 128 bytes of payload each, in any division. */
class ExtendedTimeDecoderTest {
    private static final int CHUNK_BYTES = 128;
    private static final int VIDEO = 9;
    private static final int LATE = 0x01_02_03_04;

    private final RTMPConnection connection = mock(RTMPConnection.class);
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    @BeforeEach
    void connect() {
        when(connection.getSessionId()).thenReturn("TEST");
        when(connection.getState()).thenReturn(new RTMP());
        when(connection.getStateCode()).thenReturn(RTMP.STATE_CONNECTED);
        when(connection.getDecoderState()).thenReturn(new RTMPDecodeState("TEST"));
    }

    /** Sends a message of the given length; {@code time} is absolute with format 0, else the distance. */
    private void message(int format, int time, int lengthBytes) {
        boolean extended = Integer.compareUnsigned(time, 0xff_ff_ff) >= 0;
        chunkHeader(format);
        if (format < 3) {
            bytes(3, extended ? 0xff_ff_ff : time);
        }
        if (format < 2) {
            bytes(3, lengthBytes);
            bytes(1, VIDEO);
        }
        if (format == 0) {
            bytes(4, 1 << 24);
        }
        for (int at = 0; at < lengthBytes; at += CHUNK_BYTES) {
            if (at > 0) {
                chunkHeader(3);
            }
            if (extended) {
                bytes(4, time);
            }
            byte[] payload = new byte[Math.min(CHUNK_BYTES, lengthBytes - at)];
            Arrays.fill(payload, (byte) 0xff);
            sent.writeBytes(payload);
        }
    }

    private void chunkHeader(int format) {
        bytes(1, format << 6 | 6);
    }

    private void bytes(int count, int value) {
        for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
            sent.write(value >>> shift);
        }
    }

    private List<Integer> times(RTMPProtocolDecoder decoder, int firstBytes) {
        byte[] all = sent.toByteArray();
        List<Integer> times = new ArrayList<>();
        IoBuffer buffer = IoBuffer.allocate(all.length).setAutoExpand(true);
        for (int from = 0, to = firstBytes; from < all.length; from = to, to = all.length) {
            buffer.put(all, from, to - from).flip();
            List<Object> packets = decoder.decodeBuffer(connection, buffer);
            packets.forEach(packet -> times.add(((Packet) packet).getMessage().getTimestamp()));
        }
        return times;
    }

    private void assertTimes(Integer... expected) {
        assertEquals(List.of(expected), times(new ExtendedTimeDecoder(), sent.size()));
    }

    @Test
    void timesThatFitAreRead() {
        message(0, 1_000, 300);
        message(1, 40, 300);
        message(2, 40, 300);
        message(3, 40, 300);
        assertTimes(1_000, 1_040, 1_080, 1_120);
    }

    @Test
    void lateAbsoluteTimesAreRead() {
        message(0, LATE, 300);
        message(1, 40, 300);
        message(0, LATE + 80, 10);
        assertTimes(LATE, LATE + 40, LATE + 80);
    }

    @Test
    void distancesPassTheLimit() {
        message(0, 0xff_ff_f0, 300);
        message(1, 40, 300);
        message(3, 40, 300);
        assertTimes(0xff_ff_f0, 0xff_ff_f0 + 40, 0xff_ff_f0 + 80);
    }

    @Test
    void longDistanceIsAddedOnce() {
        message(0, 0, 10);
        message(1, LATE, 300);
        message(1, 40, 300);
        assertTimes(0, LATE, LATE + 40);
    }

    @Test
    void stockDecoderAddsALongDistanceTwice() {
        message(0, 0, 10);
        message(1, LATE, 300);
        assertEquals(List.of(0, 2 * LATE), times(new RTMPProtocolDecoder(), sent.size()));
    }

    @Test
    void networkMayDivideChunksAnywhere() {
        message(0, LATE, 300);
        message(0, LATE + 40, 300);
        message(1, 40, 128);
        for (int first = 1; first < sent.size(); first++) {
            connect();
            assertEquals(
                    List.of(LATE, LATE + 40, LATE + 80), times(new ExtendedTimeDecoder(), first), "first " + first);
        }
    }
}
