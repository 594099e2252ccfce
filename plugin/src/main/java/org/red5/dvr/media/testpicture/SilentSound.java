package org.red5.dvr.media.testpicture;

/** Silence, as the bodies of FLV audio tags (Adobe FLV 10.1, E.4.2): AAC-LC, 48 kHz, stereo. */
public final class SilentSound {
    private static final int SAMPLES_PER_SECOND = 48_000;
    private static final int SAMPLES_PER_FRAME = 1_024;

    private static final int AAC = 0xaf;
    /** A frame's length in thirds of a microsecond: a whole number. */
    private static final long FRAME_MICROS_THIRDS = 3_000_000L * SAMPLES_PER_FRAME / SAMPLES_PER_SECOND;

    private SilentSound() {}

    /** The tag that comes before the first frame: an AudioSpecificConfig of AAC-LC, 48 kHz, two channels. */
    public static byte[] configuration() {
        return new byte[] {(byte) AAC, 0, 0x11, (byte) 0x90};
    }

    /**
     * A frame. Its raw_data_block (ISO/IEC 14496-3, 4.4.2.1) has one element of two channels with one window, whose spectra
     * have no band at all: 001 0000 1, then 35 zeros, then 111 for its end.
     */
    public static byte[] frame() {
        return new byte[] {(byte) AAC, 1, 0x21, 0, 0, 0, 0, 0x1c};
    }

    /** When a frame begins, microseconds since the Unix epoch, since which frames are counted. */
    public static long startMicros(long frame) {
        return Math.floorDiv(frame * FRAME_MICROS_THIRDS, 3);
    }

    /** The first frame that begins at an instant or after it. */
    public static long frameAtOrAfter(long utcMicros) {
        return -Math.floorDiv(-3 * utcMicros, FRAME_MICROS_THIRDS);
    }
}
