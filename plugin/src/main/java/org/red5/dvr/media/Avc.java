package org.red5.dvr.media;

/** Reads H.264 decoder configuration records (ISO/IEC 14496-15 section 5.3.3.1). */
public final class Avc {
    /** The NAL unit type of a sequence parameter set. */
    private static final int SPS = 7;

    private Avc() {}

    /**
     * The configuration in an AVCDecoderConfigurationRecord.
     *
     * @throws CorruptMediaException when it is too short, or has no sequence parameter set that can be read
     */
    public static VideoConfig parse(byte[] record) throws CorruptMediaException {
        if (record.length < 8 || record[0] != 1) {
            throw new CorruptMediaException("AVC configuration record of " + record.length + " bytes, version "
                    + (record.length == 0 ? "none" : record[0]));
        }
        int spsLength = (record[6] & 0xff) << 8 | record[7] & 0xff;
        if ((record[5] & 0x1f) == 0 || spsLength < 4 || 8 + spsLength > record.length || (record[8] & 0x1f) != SPS) {
            throw new CorruptMediaException("AVC configuration record without a sequence parameter set");
        }
        String rfc6381 = String.format("avc1.%02x%02x%02x", record[1] & 0xff, record[2] & 0xff, record[3] & 0xff);
        byte[] rbsp = NalUnits.unescape(record, 9, spsLength - 1);
        int[] size = pictureSize(new BitReader(rbsp, 0, rbsp.length));
        return new VideoConfig(VideoCodec.H264, rfc6381, size[0], size[1], record.clone());
    }

    /** Width and height in pixels, cropped (ITU-T H.264 section 7.3.2.1.1). */
    private static int[] pictureSize(BitReader sps) throws CorruptMediaException {
        int profile = sps.bits(8);
        sps.bits(16);
        sps.unsignedExpGolomb();
        int chroma = 1;
        if (hasChromaFormat(profile)) {
            chroma = skipChromaAndScaling(sps);
        }
        sps.unsignedExpGolomb();
        skipPictureOrder(sps);
        sps.unsignedExpGolomb();
        sps.bits(1);
        // A code may stand for up to 2^31: ints would overflow into sizes that look right.
        long width = (sps.unsignedExpGolomb() + 1L) * 16;
        long mapUnits = sps.unsignedExpGolomb() + 1L;
        int fields = sps.flag() ? 1 : 2;
        if (fields == 2) {
            sps.bits(1);
        }
        long height = mapUnits * 16 * fields;
        sps.bits(1);
        if (sps.flag()) {
            int unitX = chroma == 1 || chroma == 2 ? 2 : 1;
            int unitY = (chroma == 1 ? 2 : 1) * fields;
            width -= ((long) sps.unsignedExpGolomb() + sps.unsignedExpGolomb()) * unitX;
            height -= ((long) sps.unsignedExpGolomb() + sps.unsignedExpGolomb()) * unitY;
        }
        if (width <= 0 || height <= 0 || width > 16_384 || height > 16_384) {
            throw new CorruptMediaException("picture of " + width + " by " + height + " pixels");
        }
        return new int[] {(int) width, (int) height};
    }

    private static boolean hasChromaFormat(int profile) {
        return switch (profile) {
            case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 -> true;
            default -> false;
        };
    }

    private static int skipChromaAndScaling(BitReader sps) throws CorruptMediaException {
        int chroma = sps.unsignedExpGolomb();
        if (chroma > 3) {
            throw new CorruptMediaException("chroma format " + chroma);
        }
        if (chroma == 3) {
            sps.bits(1);
        }
        sps.unsignedExpGolomb();
        sps.unsignedExpGolomb();
        sps.bits(1);
        if (sps.flag()) {
            for (int i = 0; i < (chroma == 3 ? 12 : 8); i++) {
                if (sps.flag()) {
                    skipScalingList(sps, i < 6 ? 16 : 64);
                }
            }
        }
        return chroma;
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
