package org.red5.dvr.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Reads Opus configurations (RFC 7845 section 5.1; "Encapsulation of Opus in ISO Base Media File Format") and packet lengths (RFC 6716). */
public final class Opus {
    /** Opus decodes at this rate whatever was recorded, in Hz. */
    private static final int SAMPLE_RATE = 48_000;

    private static final byte[] MAGIC = "OpusHead".getBytes(StandardCharsets.US_ASCII);
    private static final int FIXED_BYTES = 11;
    private static final int USUAL_TICKS = 960;
    /** No packet lasts longer than 120 ms. */
    private static final int MOST_TICKS = 5_760;

    private Opus() {}

    /**
     * The configuration in an identification header, as RTMP carries it.
     *
     * @throws CorruptMediaException when it is none
     */
    public static AudioConfig parseHead(byte[] head) throws CorruptMediaException {
        if (head.length < MAGIC.length + FIXED_BYTES
                || !Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                || (head[MAGIC.length] & 0xf0) != 0) {
            throw new CorruptMediaException("Opus identification header of " + head.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(head, MAGIC.length, head.length - MAGIC.length)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
        // The same fields in the box, in the other byte order, and its own version.
        ByteBuffer box = ByteBuffer.allocate(in.remaining());
        box.put((byte) 0).put(in.get(1));
        box.putShort(in.getShort(2)).putInt(in.getInt(4)).putShort(in.getShort(8));
        box.put(in.position(10));
        return parse(box.array());
    }

    /**
     * The configuration in the content of a {@code dOps} box.
     *
     * @throws CorruptMediaException when it is too short for its channels
     */
    public static AudioConfig parse(byte[] record) throws CorruptMediaException {
        int channels = record.length < FIXED_BYTES ? 0 : record[1] & 0xff;
        boolean mapped = record.length >= FIXED_BYTES && record[10] != 0;
        if (channels == 0 || record[0] != 0 || record.length < FIXED_BYTES + (mapped ? 2 + channels : 0)) {
            throw new CorruptMediaException(
                    "Opus configuration of " + record.length + " bytes, " + channels + " channels");
        }
        return new AudioConfig(AudioCodec.OPUS, "opus", SAMPLE_RATE, channels, USUAL_TICKS, record.clone());
    }

    /** One or two channels (mapping family 0); empty where there are more. */
    public static Optional<AudioConfig> plain(int channels) {
        if (channels < 1 || channels > 2) {
            return Optional.empty();
        }
        byte[] record = ByteBuffer.allocate(FIXED_BYTES)
                .put(1, (byte) channels)
                .putInt(4, SAMPLE_RATE)
                .array();
        return Optional.of(new AudioConfig(AudioCodec.OPUS, "opus", SAMPLE_RATE, channels, USUAL_TICKS, record));
    }

    /** How long a packet lasts, in ticks of 48 kHz, by its first byte and the number of frames in it (RFC 6716 section 3.1). */
    static int packetTicks(byte[] data, int offset) {
        if (offset >= data.length) {
            return USUAL_TICKS;
        }
        int toc = data[offset] & 0xff;
        int frames = switch (toc & 3) {
            case 0 -> 1;
            case 1, 2 -> 2;
            default -> offset + 1 < data.length ? data[offset + 1] & 0x3f : 1;
        };
        return Math.max(1, Math.min(MOST_TICKS, frames * frameTicks(toc >> 3)));
    }

    private static int frameTicks(int configuration) {
        if (configuration >= 16) {
            return 120 << (configuration & 3);
        }
        if (configuration >= 12) {
            return 480 << (configuration & 1);
        }
        return (configuration & 3) == 3 ? 2_880 : 480 << (configuration & 3);
    }
}
