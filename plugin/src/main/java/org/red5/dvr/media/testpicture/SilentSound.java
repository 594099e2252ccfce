package org.red5.dvr.media.testpicture;

/** Silence, as the bodies of FLV audio tags (Adobe FLV 10.1, E.4.2): AAC-LC, 48 kHz, stereo. */
public final class SilentSound {
    public static final int SAMPLES_PER_SECOND = 48_000;
    public static final int SAMPLES_PER_FRAME = 1_024;

    private static final int AAC = 0xaf;

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

    /** When a frame begins, in whole milliseconds after the first. */
    public static long startMillis(long frame) {
        return frame * SAMPLES_PER_FRAME * 1_000 / SAMPLES_PER_SECOND;
    }
}
