package org.red5.dvr.media.bitstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.media.RealConfigurations;

class BitReaderTest {
    private static final int LARGEST_CODE = Integer.MAX_VALUE - 1;

    @Test
    void readsBitsAcrossBytes() throws CorruptMediaException {
        BitReader in = new BitReader(RealConfigurations.hex("ff a5 5a 00 80"), 1, 4);
        assertEquals(0xa, in.bits(4));
        assertEquals(0x55, in.bits(8));
        assertEquals(0xa, in.bits(4));
        assertEquals(0x0080, in.bits(16));
        assertThrows(CorruptMediaException.class, in::flag);
    }

    @Test
    void readsAllThirtyTwoBits() throws CorruptMediaException {
        assertEquals(0xfedcba98, new BitReader(RealConfigurations.hex("fedcba98"), 0, 4).bits(32));
    }

    @Test
    void stopsAtItsEndAndNotAtTheArraysEnd() {
        assertThrows(CorruptMediaException.class, () -> new BitReader(new byte[8], 2, 3).bits(25));
    }

    @Test
    void readsTheCodesOfTheStandardsTable() throws CorruptMediaException {
        // ITU-T H.264 table 9-2: 1, 010, 011, 00100, 00101 are 0 to 4; table 9-3: signed 0, 1, -1, 2, -2.
        BitWriter codes =
                new BitWriter().bits(1, 1).bits(3, 2).bits(3, 3).bits(5, 4).bits(5, 5);
        BitReader unsigned = new BitReader(codes.toBytes(), 0, codes.toBytes().length);
        BitReader signed = new BitReader(codes.toBytes(), 0, codes.toBytes().length);
        int[] meant = {0, 1, -1, 2, -2};
        for (int i = 0; i < meant.length; i++) {
            assertEquals(i, unsigned.unsignedExpGolomb());
            assertEquals(meant[i], signed.signedExpGolomb());
        }
    }

    @Test
    void readsTheLongestCodesWithoutOverflow() throws CorruptMediaException {
        byte[] codes = new BitWriter()
                .unsignedExpGolomb(LARGEST_CODE)
                .unsignedExpGolomb(LARGEST_CODE)
                .unsignedExpGolomb(LARGEST_CODE - 1)
                .toBytes();
        BitReader in = new BitReader(codes, 0, codes.length);
        assertEquals(LARGEST_CODE, in.unsignedExpGolomb());
        assertEquals(-(LARGEST_CODE / 2), in.signedExpGolomb());
        assertEquals(LARGEST_CODE / 2, in.signedExpGolomb());
    }

    @Test
    void refusesLongerCodes() {
        byte[] code = new BitWriter().unsignedExpGolomb(LARGEST_CODE + 1L).toBytes();
        assertThrows(CorruptMediaException.class, () -> new BitReader(code, 0, code.length).unsignedExpGolomb());
    }

    @Test
    void readsBackWhatWasWritten() throws CorruptMediaException {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            int[] values = random.ints(20, 0, Integer.MAX_VALUE)
                    .map(value -> Math.min(LARGEST_CODE, value) >>> random.nextInt(31))
                    .toArray();
            BitWriter codes = new BitWriter();
            for (int value : values) {
                codes.unsignedExpGolomb(value).signedExpGolomb(value / 2).signedExpGolomb(-(value / 2));
            }
            byte[] bytes = codes.toBytes();
            BitReader in = new BitReader(bytes, 0, bytes.length);
            for (int value : values) {
                assertEquals(value, in.unsignedExpGolomb());
                assertEquals(value / 2, in.signedExpGolomb());
                assertEquals(-(value / 2), in.signedExpGolomb());
            }
        }
    }
}
