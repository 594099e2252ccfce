package org.red5.dvr.media.bitstream;

/** Reads bits, most significant first, and the Exp-Golomb codes of ITU-T H.264 section 9.1. */
public final class BitReader {
    private final byte[] data;
    private final int endBit;
    private int bit;

    public BitReader(byte[] data, int offset, int length) {
        this.data = data;
        this.bit = offset * 8;
        this.endBit = (offset + length) * 8;
    }

    public int bits(int count) throws CorruptMediaException {
        if (count > endBit - bit) {
            throw new CorruptMediaException("codec configuration ends early");
        }
        int value = 0;
        for (int i = 0; i < count; i++, bit++) {
            value = value << 1 | data[bit >> 3] >> 7 - (bit & 7) & 1;
        }
        return value;
    }

    public boolean flag() throws CorruptMediaException {
        return bits(1) == 1;
    }

    /** ue(v). */
    public int unsignedExpGolomb() throws CorruptMediaException {
        int zeros = 0;
        while (!flag()) {
            if (++zeros > 30) {
                throw new CorruptMediaException("Exp-Golomb code longer than 31 bits");
            }
        }
        return (1 << zeros) - 1 + bits(zeros);
    }

    /** se(v). */
    int signedExpGolomb() throws CorruptMediaException {
        int code = unsignedExpGolomb();
        return (code & 1) == 1 ? (code + 1) / 2 : -(code / 2);
    }
}
