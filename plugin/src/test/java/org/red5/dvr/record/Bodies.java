package org.red5.dvr.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.red5.dvr.media.RealConfigurations;

/** Bodies of FLV tags as a publisher sends them. The access units end with a number, so that each can be told by its bytes. */
final class Bodies {
    private static final byte FILL = 0x55;
    static final byte[] VIDEO_CONFIG = videoConfig(RealConfigurations.AVC_1280X720);
    static final byte[] OTHER_VIDEO_CONFIG = videoConfig(RealConfigurations.AVC_640X360);
    static final byte[] HEVC_CONFIG =
            RealConfigurations.hex("90 68766331" + HexFormat.of().formatHex(RealConfigurations.HEVC_322X182));
    static final byte[] AUDIO_CONFIG = audioConfig(RealConfigurations.AAC_48000_STEREO);
    static final byte[] OTHER_AUDIO_CONFIG = audioConfig(RealConfigurations.AAC_44100_MONO);

    /** NAL unit and slice headers: of an IDR picture, and of one that is predicted; both begin at the first macroblock. */
    private static final byte[] KEY_SLICE = {0x65, (byte) 0x88, FILL};

    private static final byte[] SLICE = {0x41, (byte) 0x9a, FILL};
    /** The same in H.265, whose NAL unit header has two bytes. */
    private static final byte[] HEVC_KEY_SLICE = {0x26, 1, (byte) 0xaf, FILL};

    private static final byte[] HEVC_SLICE = {0x02, 1, (byte) 0xd0, FILL};

    private static final byte[] SILENCE = {0x21, 0, 0, 0, 0, 0x1c};
    private static final byte[] MONO_SILENCE = {0, 0, 0, 7};

    private Bodies() {}

    /** A picture of one slice, whose NAL unit has so many bytes with its length, but 12 at least. */
    static byte[] video(int number, boolean key, int compositionMillis, int bytes) {
        int nalBytes = Math.max(8, bytes - 4);
        ByteBuffer body = ByteBuffer.allocate(5 + 4 + nalBytes);
        body.put((byte) (key ? 0x17 : 0x27)).put((byte) 1);
        body.put((byte) (compositionMillis >> 16))
                .put((byte) (compositionMillis >> 8))
                .put((byte) compositionMillis);
        body.putInt(nalBytes).put(key ? KEY_SLICE : SLICE);
        while (body.remaining() > 4) {
            body.put(FILL);
        }
        return put(body, number).array();
    }

    /** A picture as {@link #video}, behind the parameter sets of a configuration, which is one of the above. */
    static byte[] withParameterSets(byte[] config, byte[] video) {
        ByteBuffer record = ByteBuffer.wrap(config).position(5 + 5);
        ByteBuffer body = ByteBuffer.allocate(config.length + video.length).put(video, 0, 5);
        for (int mask : new int[] {0x1f, 0xff}) {
            for (int count = record.get() & mask; count > 0; count--) {
                byte[] set = new byte[record.getShort()];
                record.get(set);
                body.putInt(set.length).put(set);
            }
        }
        body.put(video, 5, video.length - 5);
        return Arrays.copyOf(body.array(), body.position());
    }

    /** Says of a picture that it is a key frame, or that it is none. */
    static byte[] flagged(boolean key, byte[] video) {
        byte[] body = video.clone();
        body[0] = (byte) (key ? 0x17 : 0x27);
        return body;
    }

    /** Sound as {@link #audio} in an ADTS frame: AAC-LC of 48 kHz in stereo. */
    static byte[] adts(int number) {
        byte[] plain = audio(number);
        int bytes = plain.length - 2 + 7;
        return ByteBuffer.allocate(plain.length + 7)
                .put(plain, 0, 2)
                .put(new byte[] {
                    (byte) 0xff,
                    (byte) 0xf1,
                    0x4c,
                    (byte) 0x80,
                    (byte) (bytes >> 3),
                    (byte) (bytes << 5 | 0x1f),
                    (byte) 0xfc
                })
                .put(plain, 2, plain.length - 2)
                .array();
    }

    /** A picture in H.265, with the header of enhanced RTMP. */
    static byte[] hevc(int number, boolean key) {
        byte[] slice = key ? HEVC_KEY_SLICE : HEVC_SLICE;
        int nalBytes = slice.length + 4;
        ByteBuffer body = ByteBuffer.allocate(5 + 4 + nalBytes);
        body.put((byte) (key ? 0x93 : 0xa3)).put("hvc1".getBytes(StandardCharsets.US_ASCII));
        return put(body.putInt(nalBytes).put(slice), number).array();
    }

    static byte[] audio(int number) {
        return put(ByteBuffer.allocate(7).put(new byte[] {(byte) 0xaf, 1, 0x21}), number)
                .array();
    }

    /** The number in an access unit. */
    static int numberIn(byte[] accessUnit) {
        int number = 0;
        for (int i = accessUnit.length - 4; i < accessUnit.length; i++) {
            number = number << 7 | accessUnit[i] & 0x7f;
        }
        return number;
    }

    /** Seven bits a byte, none of them nought: encoders break up what looks like a start code. */
    private static ByteBuffer put(ByteBuffer body, int number) {
        for (int shift = 21; shift >= 0; shift -= 7) {
            body.put((byte) (0x80 | number >> shift));
        }
        return body;
    }

    /** Whether an access unit was sent, and is none that fills a pause. */
    static boolean isSent(byte[] accessUnit) {
        boolean isSilence = Arrays.equals(accessUnit, SILENCE) || Arrays.equals(accessUnit, MONO_SILENCE);
        return !isSilence && !new String(accessUnit, StandardCharsets.ISO_8859_1).contains("DVR-REPEATED-PIC");
    }

    private static byte[] videoConfig(byte[] record) {
        return RealConfigurations.hex("17 00 000000" + HexFormat.of().formatHex(record));
    }

    private static byte[] audioConfig(byte[] record) {
        return RealConfigurations.hex("af 00" + HexFormat.of().formatHex(record));
    }
}
