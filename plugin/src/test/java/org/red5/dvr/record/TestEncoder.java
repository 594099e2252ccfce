package org.red5.dvr.record;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.red5.dvr.media.RealConfigurations;

/** An H.264 encoder that sends the same byte all over: five frames a second, a key frame each second, in time to the millisecond. */
final class TestEncoder {
    private static final int FRAME_MILLIS = 200;

    private final long startUtcMillis;
    private final int frameBytes;
    private int nextMillis;

    TestEncoder(long startUtcMillis, int frameBytes) {
        this.startUtcMillis = startUtcMillis;
        this.frameBytes = frameBytes;
    }

    /** Everything until the encoder has run for so long. */
    List<Packet> until(int seconds) {
        List<Packet> packets = new ArrayList<>();
        if (nextMillis == 0) {
            packets.add(packet(tag(0x17, 0, RealConfigurations.AVC_1280X720)));
        }
        for (; nextMillis < seconds * 1_000; nextMillis += FRAME_MILLIS) {
            boolean key = nextMillis % 1_000 == 0;
            byte[] nal = new byte[4 + frameBytes];
            Arrays.fill(nal, (byte) 0x55);
            ByteBuffer.wrap(nal)
                    .putInt(frameBytes)
                    .put((byte) (key ? 0x65 : 0x41))
                    .put((byte) (key ? 0x88 : 0x9a));
            packets.add(packet(tag(key ? 0x17 : 0x27, 1, nal)));
        }
        return packets;
    }

    private Packet packet(byte[] body) {
        return new Packet(true, nextMillis, (startUtcMillis + nextMillis) * 1_000, body);
    }

    private static byte[] tag(int head, int type, byte[] content) {
        return ByteBuffer.allocate(5 + content.length)
                .put((byte) head)
                .put((byte) type)
                .put(5, content)
                .array();
    }
}
