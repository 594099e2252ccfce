package org.red5.dvr.media.testpicture;

import java.util.Arrays;

/** Writes the bits of H.264 syntax elements, most significant first (ITU-T H.264, 7.2 and 9.1). */
final class BitWriter {
    private byte[] bytes = new byte[1 << 10];
    private int count;

    /** An unsigned number of so many bits, 32 at most: u(n). */
    BitWriter u(int bits, int value) {
        for (int i = bits - 1; i >= 0; i--) {
            if (count == bytes.length * Byte.SIZE) {
                bytes = Arrays.copyOf(bytes, bytes.length * 2);
            }
            bytes[count >> 3] |= (byte) ((value >> i & 1) << 7 - (count & 7));
            count++;
        }
        return this;
    }

    BitWriter flag(boolean value) {
        return u(1, value ? 1 : 0);
    }

    /** An unsigned Exp-Golomb code: ue(v). */
    BitWriter ue(int value) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(value + 1);
        return u(bits - 1, 0).u(bits, value + 1);
    }

    /** A signed Exp-Golomb code: se(v). */
    BitWriter se(int value) {
        return ue(value > 0 ? 2 * value - 1 : -2 * value);
    }

    /** Zeros up to the next whole byte. */
    BitWriter align() {
        return u(-count & 7, 0);
    }

    /** Whole bytes; only where {@link #align} was. */
    BitWriter bytes(byte[] data, int offset, int length) {
        int at = count >> 3;
        if (at + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, at + length));
        }
        System.arraycopy(data, offset, bytes, at, length);
        count += length * Byte.SIZE;
        return this;
    }

    /** The bit and the zeros that end every NAL unit's payload: rbsp_trailing_bits. */
    BitWriter trailing() {
        return u(1, 1).align();
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, count + 7 >> 3);
    }
}
