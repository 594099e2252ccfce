package org.red5.dvr.record;

import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Avc;
import org.red5.dvr.media.RealConfigurations;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Configurations of tracks. */
public final class TestTracks {
    public static final VideoConfig VIDEO = video();
    private static final int[] AAC_RATES = {
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000
    };

    private TestTracks() {}

    /** AAC-LC of one channel. */
    public static AudioConfig audio(int sampleRate) {
        for (int i = 0; i < AAC_RATES.length; i++) {
            if (AAC_RATES[i] == sampleRate) {
                int bits = 2 << 11 | i << 7 | 1 << 3;
                return parse(new byte[] {(byte) (bits >> 8), (byte) bits});
            }
        }
        throw new IllegalArgumentException(sampleRate + " Hz");
    }

    private static AudioConfig parse(byte[] specific) {
        try {
            return Aac.parse(specific);
        } catch (CorruptMediaException e) {
            throw new AssertionError(e);
        }
    }

    private static VideoConfig video() {
        try {
            return Avc.parse(RealConfigurations.AVC_1280X720);
        } catch (CorruptMediaException e) {
            throw new AssertionError(e);
        }
    }
}
