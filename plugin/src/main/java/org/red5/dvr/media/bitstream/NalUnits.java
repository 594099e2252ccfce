package org.red5.dvr.media.bitstream;

import java.util.Arrays;

/** What the NAL units of H.264 and H.265 have in common. */
public final class NalUnits {
    private NalUnits() {}

    /** Takes out the emulation prevention bytes (ITU-T H.264 section 7.3.1, H.265 section 7.3.1.1). */
    public static byte[] unescape(byte[] data, int offset, int length) {
        byte[] out = new byte[length];
        int count = 0;
        int zeros = 0;
        for (int i = offset; i < offset + length; i++) {
            if (zeros >= 2 && data[i] == 3) {
                zeros = 0;
                continue;
            }
            zeros = data[i] == 0 ? zeros + 1 : 0;
            out[count++] = data[i];
        }
        return Arrays.copyOf(out, count);
    }
}
