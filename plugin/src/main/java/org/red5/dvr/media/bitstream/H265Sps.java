package org.red5.dvr.media.bitstream;

import java.util.Arrays;

/**
 * A sequence parameter set of H.265 (ITU-T H.265 section 7.3.2.2.1).
 *
 * @param id from 0 to 15
 * @param profileTierLevel the twelve bytes of the general profile, tier and level, as decoder configuration records have them
 * @param temporalLayers how many temporal sub-layers there may be
 * @param temporallyNested {@code sps_temporal_id_nesting_flag}
 * @param chromaFormat {@code chroma_format_idc}
 * @param bitDepthLuma in bits
 * @param bitDepthChroma in bits
 * @param width of the picture, cropped, in samples
 * @param height of the picture, cropped, in samples
 * @param vui how the picture is shown
 */
@SuppressWarnings("ArrayRecordComponent")
public record H265Sps(
        int id,
        byte[] profileTierLevel,
        int temporalLayers,
        boolean temporallyNested,
        int chromaFormat,
        int bitDepthLuma,
        int bitDepthChroma,
        int width,
        int height,
        Vui vui) {
    private static final int NAL_HEADER_BYTES = 2;
    private static final int PROFILE_TIER_LEVEL_BYTES = 12;
    /** Bits of a sub-layer's profile with its compatibility flags and constraints, without the level. */
    private static final int PROFILE_BITS = 88;

    private static final int MOST_ID = 15;

    /**
     * Reads the NAL unit of a sequence parameter set.
     *
     * @throws CorruptMediaException when it ends early, or the picture would have no size that can be
     */
    public static H265Sps parse(byte[] data, int offset, int length) throws CorruptMediaException {
        byte[] rbsp = NalUnits.unescape(data, offset + NAL_HEADER_BYTES, Math.max(0, length - NAL_HEADER_BYTES));
        BitReader sps = new BitReader(rbsp, 0, rbsp.length);
        sps.bits(4);
        int subLayers = sps.bits(3);
        boolean nested = sps.flag();
        skipProfileTierLevel(sps, subLayers);
        byte[] profileTierLevel = Arrays.copyOfRange(rbsp, 1, 1 + PROFILE_TIER_LEVEL_BYTES);
        int id = sps.unsignedExpGolomb();
        int chroma = sps.unsignedExpGolomb();
        if (id > MOST_ID || chroma > 3) {
            throw new CorruptMediaException("sequence parameter set " + id + ", chroma format " + chroma);
        }
        boolean separatePlanes = chroma == 3 && sps.flag();
        long width = sps.unsignedExpGolomb();
        long height = sps.unsignedExpGolomb();
        if (sps.flag()) {
            int unitX = !separatePlanes && (chroma == 1 || chroma == 2) ? 2 : 1;
            int unitY = !separatePlanes && chroma == 1 ? 2 : 1;
            width -= ((long) sps.unsignedExpGolomb() + sps.unsignedExpGolomb()) * unitX;
            height -= ((long) sps.unsignedExpGolomb() + sps.unsignedExpGolomb()) * unitY;
        }
        PictureSize.require(width, height);
        int luma = 8;
        int chromaBits = 8;
        Vui vui = Vui.NONE;
        try {
            luma += sps.unsignedExpGolomb();
            chromaBits += sps.unsignedExpGolomb();
            vui = H265SpsTail.vui(sps, subLayers);
        } catch (CorruptMediaException e) {
            // A picture can be decoded whatever its usability information is like.
        }
        return new H265Sps(
                id, profileTierLevel, subLayers + 1, nested, chroma, luma, chromaBits, (int) width, (int) height, vui);
    }

    /** Section 7.3.3. */
    static void skipProfileTierLevel(BitReader sps, int subLayers) throws CorruptMediaException {
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
}
