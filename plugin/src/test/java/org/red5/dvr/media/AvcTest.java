package org.red5.dvr.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.media.bitstream.BitWriter;
import org.red5.dvr.media.bitstream.CorruptMediaException;

class AvcTest {
    private static final List<byte[]> ALL = List.of(
            RealConfigurations.AVC_320X180,
            RealConfigurations.AVC_1920X1080,
            RealConfigurations.AVC_1280X720,
            RealConfigurations.AVC_640X360,
            RealConfigurations.AVC_INTERLACED,
            RealConfigurations.AVC_422,
            RealConfigurations.AVC_444,
            RealConfigurations.AVC_GRAY,
            RealConfigurations.AVC_10_BIT);

    static Stream<Arguments> real() {
        return Stream.of(
                Arguments.of(RealConfigurations.AVC_320X180, "avc1.4d400c", 320, 180),
                Arguments.of(RealConfigurations.AVC_1920X1080, "avc1.42c028", 1920, 1080),
                Arguments.of(RealConfigurations.AVC_1280X720, "avc1.64001f", 1280, 720),
                Arguments.of(RealConfigurations.AVC_640X360, "avc1.42c01e", 640, 360),
                Arguments.of(RealConfigurations.AVC_INTERLACED, "avc1.640028", 1920, 1080),
                Arguments.of(RealConfigurations.AVC_422, "avc1.7a001f", 1278, 718),
                Arguments.of(RealConfigurations.AVC_444, "avc1.f4001e", 638, 356),
                Arguments.of(RealConfigurations.AVC_GRAY, "avc1.64000d", 322, 182),
                Arguments.of(RealConfigurations.AVC_10_BIT, "avc1.6e001f", 1280, 720));
    }

    @ParameterizedTest(name = "{1} {2}x{3}")
    @MethodSource("real")
    void readsWhatEncodersWrite(byte[] record, String rfc6381, int width, int height) throws CorruptMediaException {
        VideoConfig config = Avc.parse(record);
        assertEquals(rfc6381, config.rfc6381());
        assertEquals(width + "x" + height, config.width() + "x" + config.height());
        assertEquals(VideoCodec.H264, config.codec());
        assertArrayEquals(record, config.record());
    }

    @Test
    void configurationsAreEqualByTheirBytes() throws CorruptMediaException {
        VideoConfig one = Avc.parse(RealConfigurations.AVC_1280X720);
        assertEquals(one, Avc.parse(RealConfigurations.AVC_1280X720.clone()));
        assertEquals(
                one.hashCode(),
                Avc.parse(RealConfigurations.AVC_1280X720.clone()).hashCode());
        assertNotEquals(one, Avc.parse(RealConfigurations.AVC_10_BIT));
    }

    @Test
    void keepsItsOwnCopyOfTheRecord() throws CorruptMediaException {
        byte[] record = RealConfigurations.AVC_320X180.clone();
        VideoConfig config = Avc.parse(record);
        record[20] = 0;
        assertArrayEquals(RealConfigurations.AVC_320X180, config.record());
    }

    @Test
    void skipsScalingLists() throws CorruptMediaException {
        BitWriter sps = highProfile(1).bits(1, 1);
        for (int list = 0; list < 8; list++) {
            sps.bits(1, list % 2);
            for (int i = 0; list % 2 == 1 && i < (list < 6 ? 16 : 64); i++) {
                sps.signedExpGolomb(i == 0 ? 100 : i % 3 - 1);
            }
        }
        assertEquals("avc1.640028 640x480", Avc.parse(record(size(sps, 40, 30))).toString());
    }

    @Test
    void aScalingListThatEndsEarlyHasNoMoreDeltas() throws CorruptMediaException {
        BitWriter sps = highProfile(1).bits(1, 1).bits(1, 1).signedExpGolomb(2).signedExpGolomb(-10);
        assertEquals(
                "avc1.640028 640x480",
                Avc.parse(record(size(sps.bits(7, 0), 40, 30))).toString());
    }

    @Test
    void readsThePictureOrderTypeWithACycle() throws CorruptMediaException {
        BitWriter sps = new BitWriter()
                .bits(8, 66)
                .bits(16, 0xc01e)
                .unsignedExpGolomb(0)
                .unsignedExpGolomb(4);
        sps.unsignedExpGolomb(1)
                .bits(1, 0)
                .signedExpGolomb(-2)
                .signedExpGolomb(1)
                .unsignedExpGolomb(3);
        sps.signedExpGolomb(4).signedExpGolomb(-4).signedExpGolomb(0);
        sps.unsignedExpGolomb(1)
                .bits(1, 0)
                .unsignedExpGolomb(10)
                .unsignedExpGolomb(8)
                .bits(1, 1)
                .bits(1, 1)
                .bits(1, 0);
        VideoConfig config = Avc.parse(record(sps.bits(8, 0x80)));
        assertEquals("176x144", config.width() + "x" + config.height());
    }

    @Test
    void anyBeginningOfARecordIsCorruptOrNamesTheSameSize() {
        for (byte[] whole : ALL) {
            int refused = 0;
            for (byte[] beginning : DamagedBytes.beginnings(whole)) {
                refused += parses(beginning) ? 0 : 1;
            }
            int untilEndOfSps = 8 + (whole[7] & 0xff);
            assertEquals(untilEndOfSps, refused, HexFormat.of().formatHex(whole));
        }
    }

    @Test
    void damagedRecordsAreReadOrRefused() {
        Random random = new Random(20261122);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            refused += parses(DamagedBytes.damage(ALL.get(round % ALL.size()), random)) ? 0 : 1;
        }
        assertTrue(refused > 2_000 && refused < 18_000, refused + " refused");
    }

    @Test
    void sizesThatOverflowAnIntAreCorrupt() {
        for (long units : new long[] {1 << 28, (1L << 28) + 80, (1L << 27) + 40, Integer.MAX_VALUE - 1L, 1_024}) {
            byte[] wide = record(size(highProfile(1).bits(1, 0), units + 1, 45));
            byte[] high = record(size(highProfile(1).bits(1, 0), 80, units + 1));
            assertThrows(CorruptMediaException.class, () -> Avc.parse(wide), units + " macroblocks wide");
            assertThrows(CorruptMediaException.class, () -> Avc.parse(high), units + " macroblocks high");
        }
    }

    @Test
    void croppingThatLeavesNothingIsCorrupt() {
        for (long crop : new long[] {320, 640, 1L << 29, 1L << 30, Integer.MAX_VALUE - 1L}) {
            BitWriter sps = highProfile(1).bits(1, 0);
            head(sps, 40, 30).bits(1, 1).unsignedExpGolomb(crop).unsignedExpGolomb(crop);
            byte[] record = record(sps.unsignedExpGolomb(0).unsignedExpGolomb(0).bits(8, 0x40));
            assertThrows(CorruptMediaException.class, () -> Avc.parse(record), "cropped by " + crop);
        }
    }

    @Test
    void anUnknownChromaFormatIsCorrupt() {
        byte[] record = record(size(highProfile(4).bits(1, 0), 40, 30));
        assertThrows(CorruptMediaException.class, () -> Avc.parse(record));
    }

    @Test
    void whatIsNoSequenceParameterSetIsCorrupt() {
        byte[] record = RealConfigurations.AVC_1280X720.clone();
        record[8] = 0x68;
        assertThrows(CorruptMediaException.class, () -> Avc.parse(record));
    }

    private static boolean parses(byte[] record) {
        try {
            VideoConfig config = Avc.parse(record);
            assertTrue(config.width() > 0 && config.width() <= 16_384, config::toString);
            assertTrue(config.height() > 0 && config.height() <= 16_384, config::toString);
            return true;
        } catch (CorruptMediaException e) {
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError(HexFormat.of().formatHex(record), e);
        }
    }

    /** A sequence parameter set of High profile up to its flag for scaling lists. */
    private static BitWriter highProfile(int chromaFormat) {
        return new BitWriter()
                .bits(8, 100)
                .bits(16, 0x0028)
                .unsignedExpGolomb(0)
                .unsignedExpGolomb(chromaFormat)
                .unsignedExpGolomb(0)
                .unsignedExpGolomb(0)
                .bits(1, 0);
    }

    private static BitWriter head(BitWriter sps, long widthUnits, long heightUnits) {
        return sps.unsignedExpGolomb(0)
                .unsignedExpGolomb(2)
                .unsignedExpGolomb(1)
                .bits(1, 0)
                .unsignedExpGolomb(widthUnits - 1)
                .unsignedExpGolomb(heightUnits - 1)
                .bits(1, 1)
                .bits(1, 1);
    }

    private static BitWriter size(BitWriter sps, long widthUnits, long heightUnits) {
        return head(sps, widthUnits, heightUnits).bits(1, 0).bits(8, 0x40);
    }

    /** A configuration record with one sequence parameter set, escaped as it has to be. */
    private static byte[] record(BitWriter sps) {
        StringBuilder nal = new StringBuilder("67");
        int zeros = 0;
        for (byte b : sps.toBytes()) {
            if (zeros == 2 && (b & 0xff) <= 3) {
                nal.append("03");
                zeros = 0;
            }
            nal.append(HexFormat.of().toHexDigits(b));
            zeros = b == 0 ? zeros + 1 : 0;
        }
        return RealConfigurations.hex("01640028ffe1" + HexFormat.of().toHexDigits((short) (nal.length() / 2)) + nal);
    }
}
