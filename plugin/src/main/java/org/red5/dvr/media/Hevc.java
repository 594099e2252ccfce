package org.red5.dvr.media;

import java.util.Locale;

/** Reads H.265 decoder configuration records (ISO/IEC 14496-15 section 8.3.3.1). */
public final class Hevc {
    /** The NAL unit type of a sequence parameter set. */
    private static final int SPS = 33;

    private static final int NAL_HEADER_BYTES = 2;
    private static final int FIXED_BYTES = 23;
    /** Bits of a profile with its compatibility flags and constraints, without the level. */
    private static final int PROFILE_BITS = 88;

    private Hevc() {}

    /**
     * The configuration in an HEVCDecoderConfigurationRecord.
     *
     * @throws CorruptMediaException when it is too short, or has no sequence parameter set that can be read
     */
    public static VideoConfig parse(byte[] record) throws CorruptMediaException {
        if (record.length < FIXED_BYTES || record[0] != 1) {
            throw new CorruptMediaException("HEVC configuration record of " + record.length + " bytes, version "
                    + (record.length == 0 ? "none" : record[0]));
        }
        byte[] rbsp = sequenceParameterSet(record);
        int[] size = pictureSize(new BitReader(rbsp, 0, rbsp.length));
        return new VideoConfig(VideoCodec.H265, rfc6381(record), size[0], size[1], record.clone());
    }

    /** Annex E.3 of ISO/IEC 14496-15: profile, compatibility flags in reverse bit order, tier and level, constraints. */
    private static String rfc6381(byte[] record) {
        int space = record[1] >> 6 & 3;
        StringBuilder name = new StringBuilder("hvc1.");
        if (space > 0) {
            name.append((char) ('A' + space - 1));
        }
        int compatibility = 0;
        for (int i = 2; i < 6; i++) {
            compatibility = compatibility << 8 | record[i] & 0xff;
        }
        name.append(record[1] & 0x1f).append('.');
        name.append(Integer.toHexString(Integer.reverse(compatibility)).toUpperCase(Locale.ROOT));
        name.append((record[1] & 0x20) == 0 ? ".L" : ".H").append(record[12] & 0xff);
        int last = 11;
        while (last >= 6 && record[last] == 0) {
            last--;
        }
        for (int i = 6; i <= last; i++) {
            name.append('.').append(Integer.toHexString(record[i] & 0xff).toUpperCase(Locale.ROOT));
        }
        return name.toString();
    }

    private static byte[] sequenceParameterSet(byte[] record) throws CorruptMediaException {
        int at = FIXED_BYTES;
        for (int array = 0; array < (record[22] & 0xff) && at + 3 <= record.length; array++) {
            int type = record[at] & 0x3f;
            int count = u16(record, at + 1);
            at += 3;
            for (int i = 0; i < count && at + 2 <= record.length; i++) {
                int length = u16(record, at);
                at += 2;
                if (length > record.length - at) {
                    throw new CorruptMediaException(
                            "HEVC parameter set of " + length + " bytes where " + (record.length - at) + " are left");
                }
                if (type == SPS && length > NAL_HEADER_BYTES) {
                    return NalUnits.unescape(record, at + NAL_HEADER_BYTES, length - NAL_HEADER_BYTES);
                }
                at += length;
            }
        }
        throw new CorruptMediaException("HEVC configuration record without a sequence parameter set");
    }

    /** Width and height in pixels, cropped (ITU-T H.265 section 7.3.2.2.1). */
    private static int[] pictureSize(BitReader sps) throws CorruptMediaException {
        sps.bits(4);
        int subLayers = sps.bits(3);
        sps.bits(1);
        skipProfileTierLevel(sps, subLayers);
        sps.unsignedExpGolomb();
        int chroma = sps.unsignedExpGolomb();
        boolean separatePlanes = chroma == 3 && sps.flag();
        long width = sps.unsignedExpGolomb();
        long height = sps.unsignedExpGolomb();
        if (sps.flag()) {
            int unitX = !separatePlanes && (chroma == 1 || chroma == 2) ? 2 : 1;
            int unitY = !separatePlanes && chroma == 1 ? 2 : 1;
            width -= ((long) sps.unsignedExpGolomb() + sps.unsignedExpGolomb()) * unitX;
            height -= ((long) sps.unsignedExpGolomb() + sps.unsignedExpGolomb()) * unitY;
        }
        if (chroma > 3 || width <= 0 || height <= 0 || width > 16_384 || height > 16_384) {
            throw new CorruptMediaException("picture of " + width + " by " + height + " pixels, chroma " + chroma);
        }
        return new int[] {(int) width, (int) height};
    }

    /** Section 7.3.3. */
    private static void skipProfileTierLevel(BitReader sps, int subLayers) throws CorruptMediaException {
        sps.bits(PROFILE_BITS);
        sps.bits(8);
        boolean[] profile = new boolean[subLayers];
        boolean[] level = new boolean[subLayers];
        for (int i = 0; i < subLayers; i++) {
            profile[i] = sps.flag();
            level[i] = sps.flag();
        }
        if (subLayers > 0) {
            sps.bits(2 * (8 - subLayers));
        }
        for (int i = 0; i < subLayers; i++) {
            sps.bits((profile[i] ? PROFILE_BITS : 0) + (level[i] ? 8 : 0));
        }
    }

    private static int u16(byte[] data, int offset) {
        return (data[offset] & 0xff) << 8 | data[offset + 1] & 0xff;
    }
}
