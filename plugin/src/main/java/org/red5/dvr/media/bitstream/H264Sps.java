package org.red5.dvr.media.bitstream;

/**
 * A sequence parameter set of H.264 (ITU-T H.264 section 7.3.2.1.1).
 *
 * @param id from 0 to 31
 * @param profile {@code profile_idc}
 * @param chromaFormat {@code chroma_format_idc}
 * @param bitDepthLuma in bits
 * @param bitDepthChroma in bits
 * @param width of the picture, cropped, in samples
 * @param height of the picture, cropped, in samples
 * @param framesOnly whether no picture is a field
 * @param vui how the picture is shown
 */
public record H264Sps(
        int id,
        int profile,
        int chromaFormat,
        int bitDepthLuma,
        int bitDepthChroma,
        int width,
        int height,
        boolean framesOnly,
        Vui vui) {
    private static final int MOST_ID = 31;

    /** Of the formats without {@code chroma_format_idc}: 4:2:0 with 8 bits. */
    private record Format(int chroma, int bitDepthLuma, int bitDepthChroma) {
        static final Format USUAL = new Format(1, 8, 8);
    }

    /**
     * Reads the NAL unit of a sequence parameter set.
     *
     * @throws CorruptMediaException when it ends early, or the picture would have no size that can be
     */
    public static H264Sps parse(byte[] data, int offset, int length) throws CorruptMediaException {
        byte[] rbsp = NalUnits.unescape(data, offset + 1, Math.max(0, length - 1));
        return read(new BitReader(rbsp, 0, rbsp.length));
    }

    /** Whether the profile's parameter sets, and its decoder configuration record, say the chroma format and bit depths. */
    public static boolean hasChromaFormat(int profile) {
        return switch (profile) {
            case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 -> true;
            default -> false;
        };
    }

    private static H264Sps read(BitReader sps) throws CorruptMediaException {
        int profile = sps.bits(8);
        sps.bits(16);
        int id = sps.unsignedExpGolomb();
        if (id > MOST_ID) {
            throw new CorruptMediaException("sequence parameter set " + id);
        }
        Format format = hasChromaFormat(profile) ? format(sps) : Format.USUAL;
        sps.unsignedExpGolomb();
        skipPictureOrder(sps);
        sps.unsignedExpGolomb();
        sps.bits(1);
        // A code may stand for up to 2^31: ints would overflow into sizes that look right.
        long width = (sps.unsignedExpGolomb() + 1L) * 16;
        long mapUnits = sps.unsignedExpGolomb() + 1L;
        boolean framesOnly = sps.flag();
        int fields = framesOnly ? 1 : 2;
        if (!framesOnly) {
            sps.bits(1);
        }
        long height = mapUnits * 16 * fields;
        sps.bits(1);
        if (sps.flag()) {
            int unitX = format.chroma() == 1 || format.chroma() == 2 ? 2 : 1;
            int unitY = (format.chroma() == 1 ? 2 : 1) * fields;
            width -= ((long) sps.unsignedExpGolomb() + sps.unsignedExpGolomb()) * unitX;
            height -= ((long) sps.unsignedExpGolomb() + sps.unsignedExpGolomb()) * unitY;
        }
        PictureSize.require(width, height);
        return new H264Sps(
                id,
                profile,
                format.chroma(),
                format.bitDepthLuma(),
                format.bitDepthChroma(),
                (int) width,
                (int) height,
                framesOnly,
                vui(sps));
    }

    /** A picture can be decoded whatever its usability information is like. */
    private static Vui vui(BitReader sps) {
        try {
            return sps.flag() ? Vui.read(sps) : Vui.NONE;
        } catch (CorruptMediaException e) {
            return Vui.NONE;
        }
    }

    private static Format format(BitReader sps) throws CorruptMediaException {
        int chroma = sps.unsignedExpGolomb();
        if (chroma > 3) {
            throw new CorruptMediaException("chroma format " + chroma);
        }
        if (chroma == 3) {
            sps.bits(1);
        }
        int luma = 8 + sps.unsignedExpGolomb();
        int chromaBits = 8 + sps.unsignedExpGolomb();
        sps.bits(1);
        if (sps.flag()) {
            for (int i = 0; i < (chroma == 3 ? 12 : 8); i++) {
                if (sps.flag()) {
                    skipScalingList(sps, i < 6 ? 16 : 64);
                }
            }
        }
        return new Format(chroma, luma, chromaBits);
    }

    private static void skipScalingList(BitReader sps, int size) throws CorruptMediaException {
        int last = 8;
        int next = 8;
        for (int i = 0; i < size; i++) {
            if (next != 0) {
                next = last + sps.signedExpGolomb() & 0xff;
            }
            last = next == 0 ? last : next;
        }
    }

    private static void skipPictureOrder(BitReader sps) throws CorruptMediaException {
        int type = sps.unsignedExpGolomb();
        if (type == 0) {
            sps.unsignedExpGolomb();
        } else if (type == 1) {
            sps.bits(1);
            sps.signedExpGolomb();
            sps.signedExpGolomb();
            int cycle = sps.unsignedExpGolomb();
            for (int i = 0; i < cycle; i++) {
                sps.signedExpGolomb();
            }
        }
    }
}
