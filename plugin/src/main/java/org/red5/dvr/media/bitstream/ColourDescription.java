package org.red5.dvr.media.bitstream;

/**
 * What the numbers of a picture stand for, by the code points of ITU-T H.273.
 *
 * @param primaries colour primaries, 8 bits
 * @param transfer transfer characteristics, 8 bits
 * @param matrix matrix coefficients, 8 bits
 * @param fullRange whether the whole range of numbers is used
 */
public record ColourDescription(int primaries, int transfer, int matrix, boolean fullRange) {
    /** The transfer characteristics of SMPTE ST 2084. */
    public static final int PQ = 16;

    /** The transfer characteristics of hybrid log-gamma, ARIB STD-B67. */
    public static final int HLG = 18;

    private static final int UNSPECIFIED = 2;

    /** Whether it says anything. */
    public boolean isSpecified() {
        return primaries != UNSPECIFIED || transfer != UNSPECIFIED || matrix != UNSPECIFIED;
    }
}
