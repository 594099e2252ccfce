package org.red5.dvr.media.bitstream;

import java.io.ByteArrayOutputStream;

/** Writes bits, most significant first, and Exp-Golomb codes, for configurations that no encoder would make. */
public final class BitWriter {
    private final StringBuilder bits = new StringBuilder();

    public BitWriter bits(int count, long value) {
        for (int i = count - 1; i >= 0; i--) {
            bits.append(value >> i & 1);
        }
        return this;
    }

    public BitWriter unsignedExpGolomb(long value) {
        int length = 64 - Long.numberOfLeadingZeros(value + 1);
        return bits(length - 1, 0).bits(length, value + 1);
    }

    public BitWriter signedExpGolomb(long value) {
        return unsignedExpGolomb(value > 0 ? 2 * value - 1 : -2 * value);
    }

    /** Filled up with zeros to whole bytes. */
    public byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < bits.length(); i += 8) {
            String part = bits.substring(i, Math.min(i + 8, bits.length()));
            out.write(Integer.parseInt(part, 2) << 8 - part.length());
        }
        return out.toByteArray();
    }
}
