package org.red5.dvr.media;

import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Reads the headers of MPEG audio layer III frames (ISO/IEC 11172-3 section 2.4.1.3, 13818-3, and the half rates of "MPEG 2.5"). */
public final class Mp3 {
    private static final int HEADER_BYTES = 4;
    private static final int LAYER_3 = 1;
    private static final int MONO = 3;
    private static final int[] RATES = {44_100, 48_000, 32_000};
    /** From this rate on it is MPEG-1, whose frames are twice as long. */
    private static final int LEAST_MPEG_1_RATE = 32_000;

    private Mp3() {}

    /**
     * The configuration that a frame's header stands for.
     *
     * @param offset where the frame begins
     * @throws CorruptMediaException when there is no frame of layer III
     */
    public static AudioConfig parse(byte[] data, int offset) throws CorruptMediaException {
        if (data.length - offset < HEADER_BYTES
                || data[offset] != (byte) 0xff
                || (data[offset + 1] & 0xe0) != 0xe0
                || (data[offset + 1] >> 1 & 3) != LAYER_3) {
            throw new CorruptMediaException("MP3 frame without a header of layer III");
        }
        int version = data[offset + 1] >> 3 & 3;
        int rateIndex = data[offset + 2] >> 2 & 3;
        if (rateIndex == 3 || version == 1) {
            throw new CorruptMediaException("MP3 frame of version " + version + ", sample rate index " + rateIndex);
        }
        int divisor = version == 3 ? 1 : version == 2 ? 2 : 4;
        return config(RATES[rateIndex] / divisor, (data[offset + 3] >> 6 & 3) == MONO ? 1 : 2);
    }

    /** The configuration of this sample rate in Hz and number of channels. */
    public static AudioConfig config(int sampleRate, int channels) {
        boolean mpeg1 = sampleRate >= LEAST_MPEG_1_RATE;
        return new AudioConfig(
                AudioCodec.MP3, mpeg1 ? "mp4a.6B" : "mp4a.69", sampleRate, channels, mpeg1 ? 1_152 : 576, new byte[0]);
    }
}
