package org.red5.dvr.testbed.bench;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.red5.dvr.testbed.FlvFile;
import org.red5.dvr.testbed.FlvTag;

/**
 * A clip with the shape of 720p25 video at 2.4 Mbit/s, a key frame every 2 s, and 96 kbit/s AAC: configurations that
 * parse and frames of the usual sizes, filled with noise. A recorder looks at no more, and no encoder is needed.
 */
final class SyntheticClip {
    /** An AVCDecoderConfigurationRecord: baseline, level 3.1, 1280x720. */
    static final String AVC_RECORD = "0142c01fffe100096742c01fda014016e401000468ce3c80";

    /** An AudioSpecificConfig: AAC-LC, 48 kHz, stereo. */
    static final String AAC_RECORD = "1190";

    private static final int SECONDS = 20;
    private static final int FRAMES_PER_SECOND = 25;
    private static final int GOP_FRAMES = 50;
    private static final int KEY_FRAME_BYTES = 60_000;
    private static final int OTHER_FRAME_BYTES = 11_000;
    private static final int AUDIO_FRAME_BYTES = 256;
    private static final int AUDIO_FRAME_SAMPLES = 1_024;
    private static final int SAMPLE_RATE = 48_000;

    private SyntheticClip() {}

    static FlvFile make() {
        Random random = new Random(1);
        List<FlvTag> tags = new ArrayList<>();
        tags.add(new FlvTag(FlvTag.VIDEO, 0, joined("1700000000", AVC_RECORD)));
        tags.add(new FlvTag(FlvTag.AUDIO, 0, joined("af00", AAC_RECORD)));
        long audioSamples = 0;
        for (int frame = 0; frame < SECONDS * FRAMES_PER_SECOND; frame++) {
            long millis = frame * 1_000L / FRAMES_PER_SECOND;
            tags.add(new FlvTag(FlvTag.VIDEO, millis, videoBody(frame % GOP_FRAMES == 0, random)));
            for (; audioSamples * 1_000 / SAMPLE_RATE <= millis; audioSamples += AUDIO_FRAME_SAMPLES) {
                long audioMillis = audioSamples * 1_000 / SAMPLE_RATE;
                tags.add(new FlvTag(FlvTag.AUDIO, audioMillis, body("af01", AUDIO_FRAME_BYTES, random)));
            }
        }
        return new FlvFile(tags);
    }

    /** One length-prefixed NAL unit behind the FLV header; sizes vary by a quarter around their mean. */
    private static byte[] videoBody(boolean key, Random random) {
        int mean = key ? KEY_FRAME_BYTES : OTHER_FRAME_BYTES;
        int bytes = mean - mean / 4 + random.nextInt(mean / 2);
        byte[] body = body(key ? "1701000000" : "2701000000", bytes, random);
        for (int i = 5; i < body.length; i++) {
            body[i] = body[i] == 0 ? 1 : body[i]; // No start codes: an encoder would have broken them up.
        }
        ByteBuffer.wrap(body)
                .putInt(5, bytes - 4)
                .put(9, (byte) (key ? 0x65 : 0x41))
                .put(10, (byte) (key ? 0x88 : 0x9a));
        return body;
    }

    private static byte[] body(String headHex, int bytes, Random random) {
        byte[] head = HexFormat.of().parseHex(headHex);
        byte[] body = new byte[head.length + bytes];
        random.nextBytes(body);
        System.arraycopy(head, 0, body, 0, head.length);
        return body;
    }

    private static byte[] joined(String headHex, String recordHex) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(HexFormat.of().parseHex(headHex));
        bytes.writeBytes(HexFormat.of().parseHex(recordHex));
        return bytes.toByteArray();
    }
}
