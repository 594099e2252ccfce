package org.red5.dvr.record;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.media.RealConfigurations;

/** An H.264 encoder that sends noughts: five frames a second, a key frame each second, in time to the millisecond. */
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
            ByteBuffer nal = ByteBuffer.allocate(4 + frameBytes).putInt(0, frameBytes);
            packets.add(packet(tag(nextMillis % 1_000 == 0 ? 0x17 : 0x27, 1, nal.array())));
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
