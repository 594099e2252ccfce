package org.red5.dvr.media.bitstream;

/**
 * How wide a sample of a picture is shown, compared with its height.
 *
 * @param width from 1 to 65,535, in any unit
 * @param height from 1 to 65,535, in the same unit
 */
public record SampleAspectRatio(int width, int height) {
    public static final SampleAspectRatio SQUARE = new SampleAspectRatio(1, 1);

    /** Table E-1 of ITU-T H.264 and of H.265, from 1 on. */
    private static final int[][] BY_IDC = {
        {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}, {24, 11}, {20, 11}, {32, 11},
        {80, 33}, {18, 11}, {15, 11}, {64, 33}, {160, 99}, {4, 3}, {3, 2}, {2, 1}
    };

    /** The most by which a picture is stretched or squeezed; beyond that the numbers are taken for wrong. */
    private static final int MOST = 16;

    /** That of an {@code aspect_ratio_idc}; square where the table has none. */
    static SampleAspectRatio ofIdc(int idc) {
        return idc >= 1 && idc <= BY_IDC.length
                ? new SampleAspectRatio(BY_IDC[idc - 1][0], BY_IDC[idc - 1][1])
                : SQUARE;
    }

    /** That of {@code sar_width} and {@code sar_height}; square where they are not specified or absurd. */
    static SampleAspectRatio of(int width, int height) {
        boolean usable = width > 0 && height > 0 && width <= MOST * height && height <= MOST * width;
        return usable ? new SampleAspectRatio(width, height) : SQUARE;
    }

    public boolean isSquare() {
        return width == height;
    }

    /** The width at which a picture of that many samples is shown, rounded to the nearest, in units of a sample's height. */
    public int displayWidth(int samples) {
        return Math.min(0xffff, (int) ((2L * samples * width + height) / (2L * height)));
    }
}
