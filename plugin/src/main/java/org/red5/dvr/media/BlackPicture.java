package org.red5.dvr.media;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/**
 * A black key frame of 640 by 360 in each codec, which was encoded once: what is shown where a stream has no pictures. Its parameter
 * sets stand in it as well as in the configuration.
 */
public final class BlackPicture {
    private static final List<String> H264 = List.of(
            "674d4016da0280bfe5c044000003000400000300083c58ba80",
            "68ef0f2c80",
            "658884057ffef7c9efc0a6ebdbdeb5bf93cf48fc2cb73ec22a3f6e5b13b4ea000003000003000003007af0582110fcc8a2aebc"
                    + "0000030328005b82061000a108a88388d0ce12a2163a464800000300000300000300000300000809");

    private static final List<String> H265 = List.of(
            "40010c01ffff01600000030090000003000003003fba0240",
            "42010101600000030090000003000003003fa00502016965ba924caf0168080000030008000003000840",
            "4401c172b46240",
            "2801af133174f6b170e668e3fffd17cfc7f6402d5898edaef802400cd0f2000003004bc0a5ef72b805c01f22600000030000049c"
                    + "9302842a400000030000030004e4870000030000030000030001370000030000030000030001430c1b8000000300"
                    + "0003000003000003000003000003000003005e40");

    /** The sequence header and the frame. */
    private static final List<String> AV1 =
            List.of("0a0b0000000cc4ff6736be6010", "321d100090000000a000008001c5785067b3eff1644cad745db71f65dd575b");

    private static final int LENGTH_BYTES = 4;

    private final VideoConfig config;
    private final byte[] accessUnit;

    private BlackPicture(VideoConfig config, byte[] accessUnit) {
        this.config = config;
        this.accessUnit = accessUnit;
    }

    /** The one of a codec. */
    public static BlackPicture of(VideoCodec codec) {
        try {
            return switch (codec) {
                case H264 -> {
                    List<byte[]> units = bytes(H264);
                    byte[] record = Avc.record(units.subList(0, 1), units.subList(1, 2), LENGTH_BYTES);
                    yield new BlackPicture(Avc.parse(record), withLengths(units));
                }
                case H265 -> {
                    List<byte[]> units = bytes(H265);
                    List<List<byte[]>> sets = List.of(units.subList(0, 1), units.subList(1, 2), units.subList(2, 3));
                    yield new BlackPicture(Hevc.parse(Hevc.record(sets, LENGTH_BYTES)), withLengths(units));
                }
                case AV1 -> {
                    List<byte[]> units = bytes(AV1);
                    yield new BlackPicture(Av1.parse(Av1.record(units.get(0))), joined(units));
                }
            };
        } catch (CorruptMediaException e) {
            throw new IllegalStateException("the black picture of " + codec, e);
        }
    }

    public VideoConfig config() {
        return config;
    }

    /** The access unit as MP4 stores it; not to be changed. */
    public byte[] accessUnit() {
        return accessUnit;
    }

    private static List<byte[]> bytes(List<String> hex) {
        List<byte[]> bytes = new ArrayList<>();
        hex.forEach(each -> bytes.add(HexFormat.of().parseHex(each)));
        return bytes;
    }

    private static byte[] withLengths(List<byte[]> units) {
        List<byte[]> all = new ArrayList<>();
        for (byte[] unit : units) {
            all.add(new byte[] {0, 0, (byte) (unit.length >> 8), (byte) unit.length});
            all.add(unit);
        }
        return joined(all);
    }

    private static byte[] joined(List<byte[]> parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        parts.forEach(out::writeBytes);
        return out.toByteArray();
    }
}
