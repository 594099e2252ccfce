package org.red5.dvr.record;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.red5.dvr.media.RealConfigurations;

/** Bodies of FLV tags as a publisher sends them. The access units hold a number, so that each can be told by its bytes. */
final class Bodies {
    static final byte[] VIDEO_CONFIG = videoConfig(RealConfigurations.AVC_1280X720);
    static final byte[] OTHER_VIDEO_CONFIG = videoConfig(RealConfigurations.AVC_640X360);
    static final byte[] AUDIO_CONFIG = audioConfig(RealConfigurations.AAC_48000_STEREO);
    static final byte[] OTHER_AUDIO_CONFIG = audioConfig(RealConfigurations.AAC_44100_MONO);

    private Bodies() {}

    static byte[] video(int number, boolean key, int compositionMillis, int bytes) {
        ByteBuffer body = ByteBuffer.allocate(5 + Math.max(4, bytes));
        body.put((byte) (key ? 0x17 : 0x27)).put((byte) 1);
        body.put((byte) (compositionMillis >> 16))
                .put((byte) (compositionMillis >> 8))
                .put((byte) compositionMillis);
        return body.putInt(number).array();
    }

    static byte[] audio(int number) {
        return ByteBuffer.allocate(6)
                .put((byte) 0xaf)
                .put((byte) 1)
                .putInt(number)
                .array();
    }

    /** The number in an access unit. */
    static int numberIn(byte[] accessUnit) {
        return ByteBuffer.wrap(accessUnit).getInt();
    }

    private static byte[] videoConfig(byte[] record) {
        return RealConfigurations.hex("17 00 000000" + HexFormat.of().formatHex(record));
    }

    private static byte[] audioConfig(byte[] record) {
        return RealConfigurations.hex("af 00" + HexFormat.of().formatHex(record));
    }
}
