package org.red5.dvr.media.bitstream;

import java.util.Optional;

/**
 * A sequence header of AV1 (AV1 specification, section 5.5).
 *
 * @param profile {@code seq_profile}
 * @param level {@code seq_level_idx} of the first operating point
 * @param tier {@code seq_tier} of the first operating point
 * @param stillPicture {@code reduced_still_picture_header}
 * @param width the most that a picture has, in pixels
 * @param height the most that a picture has, in pixels
 * @param format what the numbers of a picture are
 */
public record Av1SequenceHeader(
        int profile, int level, int tier, boolean stillPicture, int width, int height, ColourFormat format) {
    private static final int HIGHEST_LEVEL_WITHOUT_TIER = 7;
    private static final int SELECT = 2;
    private static final int PROFESSIONAL = 2;

    /**
     * What the numbers of a picture are ({@code color_config}).
     *
     * @param highBitDepth whether there are more than 8 bits
     * @param twelveBit whether there are 12 bits
     * @param monochrome whether there is brightness only
     * @param subsamplingX 1 or 0
     * @param subsamplingY 1 or 0
     * @param samplePosition {@code chroma_sample_position}
     * @param colour what the numbers stand for, if it is said
     */
    public record ColourFormat(
            boolean highBitDepth,
            boolean twelveBit,
            boolean monochrome,
            int subsamplingX,
            int subsamplingY,
            int samplePosition,
            Optional<ColourDescription> colour) {
        /** As most have it; for a header that ends early. */
        static final ColourFormat USUAL = new ColourFormat(false, false, false, 1, 1, 0, Optional.empty());
    }

    /**
     * Reads the payload of a sequence header OBU.
     *
     * @throws CorruptMediaException when it ends early, or a picture would have no size that can be
     */
    public static Av1SequenceHeader parse(byte[] data, int offset, int length) throws CorruptMediaException {
        BitReader in = new BitReader(data, offset, length);
        int profile = in.bits(3);
        in.bits(1);
        boolean still = in.flag();
        int[] levelAndTier = still ? new int[] {in.bits(5), 0} : operatingPoints(in);
        int widthBits = in.bits(4) + 1;
        int heightBits = in.bits(4) + 1;
        int width = in.bits(widthBits) + 1;
        int height = in.bits(heightBits) + 1;
        PictureSize.require(width, height);
        ColourFormat format = ColourFormat.USUAL;
        try {
            skipTools(in, still);
            format = colourFormat(in, profile);
        } catch (CorruptMediaException e) {
            // The pictures' size is known, and each says the rest for itself.
        }
        return new Av1SequenceHeader(profile, levelAndTier[0], levelAndTier[1], still, width, height, format);
    }

    /** Level and tier of the first operating point. */
    private static int[] operatingPoints(BitReader in) throws CorruptMediaException {
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
        int[] first = new int[2];
        for (int i = 0; i < points; i++) {
            in.bits(12);
            int level = in.bits(5);
            int tier = level > HIGHEST_LEVEL_WITHOUT_TIER ? in.bits(1) : 0;
            if (i == 0) {
                first = new int[] {level, tier};
            }
            if (delayBits > 0 && in.flag()) {
                in.bits(2 * delayBits + 1);
            }
            if (displayDelay && in.flag()) {
                in.bits(4);
            }
        }
        return first;
    }

    private static void skipTools(BitReader in, boolean still) throws CorruptMediaException {
        if (!still && in.flag()) {
            in.bits(7);
        }
        in.bits(3);
        if (!still) {
            in.bits(4);
            boolean orderHint = in.flag();
            in.bits(orderHint ? 2 : 0);
            int screenContent = in.flag() ? SELECT : in.bits(1);
            if (screenContent > 0 && !in.flag()) {
                in.bits(1);
            }
            in.bits(orderHint ? 3 : 0);
        }
        in.bits(3);
    }

    /** Section 5.5.2. */
    private static ColourFormat colourFormat(BitReader in, int profile) throws CorruptMediaException {
        boolean high = in.flag();
        boolean twelve = profile == PROFESSIONAL && high && in.flag();
        boolean monochrome = profile != 1 && in.flag();
        boolean described = in.flag();
        int primaries = described ? in.bits(8) : 2;
        int transfer = described ? in.bits(8) : 2;
        int matrix = described ? in.bits(8) : 2;
        boolean rgb = primaries == 1 && transfer == 13 && matrix == 0;
        boolean fullRange = rgb && !monochrome || in.flag();
        Optional<ColourDescription> colour = Optional.of(new ColourDescription(primaries, transfer, matrix, fullRange))
                .filter(ColourDescription::isSpecified);
        int x = profile == 1 || rgb && !monochrome ? 0 : 1;
        int y = profile == 0 && !rgb || monochrome ? 1 : 0;
        if (profile == PROFESSIONAL && twelve && !monochrome && !rgb) {
            x = in.bits(1);
            y = x == 1 ? in.bits(1) : 0;
        }
        int position = x == 1 && y == 1 && !monochrome ? in.bits(2) : 0;
        return new ColourFormat(high, twelve, monochrome, x, y, position, colour);
    }
}
