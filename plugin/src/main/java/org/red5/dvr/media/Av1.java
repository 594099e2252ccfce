package org.red5.dvr.media;

/** Reads AV1 decoder configuration records ("AV1 Codec ISO Media File Format Binding" section 2.3). */
public final class Av1 {
    private static final int FIXED_BYTES = 4;
    private static final int SEQUENCE_HEADER = 1;
    private static final int TEMPORAL_DELIMITER = 2;
    private static final int HIGHEST_LEVEL_WITHOUT_TIER = 7;

    private Av1() {}

    /**
     * The configuration in an AV1CodecConfigurationRecord.
     *
     * @throws CorruptMediaException when it is too short, or does not begin with a sequence header that can be read
     */
    public static VideoConfig parse(byte[] record) throws CorruptMediaException {
        if (record.length < FIXED_BYTES || record[0] != (byte) 0x81) {
            throw new CorruptMediaException("AV1 configuration record of " + record.length + " bytes, first byte "
                    + (record.length == 0 ? "none" : record[0] & 0xff));
        }
        int[] size = pictureSize(sequenceHeader(record));
        boolean highDepth = (record[2] & 0x40) != 0;
        boolean twelve = (record[2] & 0x20) != 0;
        String rfc6381 = String.format(
                "av01.%d.%02d%s.%02d",
                record[1] >> 5 & 7, record[1] & 0x1f, (record[2] & 0x80) == 0 ? "M" : "H", depth(highDepth, twelve));
        return new VideoConfig(VideoCodec.AV1, rfc6381, size[0], size[1], record.clone());
    }

    /**
     * Where the access unit at {@code offset} begins without its temporal delimiter, which MP4 leaves out (section
     * 2.4).
     */
    public static int withoutDelimiter(byte[] data, int offset) {
        boolean delimited = data.length - offset > 2
                && (data[offset] >> 3 & 0xf) == TEMPORAL_DELIMITER
                && (data[offset] & 0x6) == 0x2
                && data[offset + 1] == 0;
        return delimited ? offset + 2 : offset;
    }

    private static int depth(boolean high, boolean twelve) {
        return !high ? 8 : twelve ? 12 : 10;
    }

    /** The payload of the first OBU, which has to be the sequence header (AV1 specification, section 5.3). */
    private static BitReader sequenceHeader(byte[] record) throws CorruptMediaException {
        BitReader in = new BitReader(record, FIXED_BYTES, record.length - FIXED_BYTES);
        in.bits(1);
        int type = in.bits(4);
        boolean extended = in.flag();
        boolean sized = in.flag();
        in.bits(extended ? 9 : 1);
        if (type != SEQUENCE_HEADER) {
            throw new CorruptMediaException("AV1 configuration record begins with an OBU of type " + type);
        }
        while (sized && in.flag()) {
            in.bits(7);
        }
        in.bits(sized ? 7 : 0);
        return in;
    }

    /** Most width and height of a picture (section 5.5.1). */
    private static int[] pictureSize(BitReader in) throws CorruptMediaException {
        in.bits(4);
        if (in.flag()) {
            in.bits(5);
        } else {
            skipOperatingPoints(in);
        }
        int widthBits = in.bits(4) + 1;
        int heightBits = in.bits(4) + 1;
        int width = in.bits(widthBits) + 1;
        int height = in.bits(heightBits) + 1;
        if (width > 16_384 || height > 16_384) {
            throw new CorruptMediaException("picture of " + width + " by " + height + " pixels");
        }
        return new int[] {width, height};
    }

    private static void skipOperatingPoints(BitReader in) throws CorruptMediaException {
        int delayBits = 0;
        if (in.flag()) {
            in.bits(64);
            if (in.flag()) {
                in.unsignedExpGolomb();
            }
            if (in.flag()) {
                delayBits = in.bits(5) + 1;
                in.bits(42);
            }
        }
        boolean displayDelay = in.flag();
        int points = in.bits(5) + 1;
        for (int i = 0; i < points; i++) {
            in.bits(12);
            in.bits(in.bits(5) > HIGHEST_LEVEL_WITHOUT_TIER ? 1 : 0);
            if (delayBits > 0 && in.flag()) {
                in.bits(2 * delayBits + 1);
            }
            if (displayDelay && in.flag()) {
                in.bits(4);
            }
        }
    }
}
