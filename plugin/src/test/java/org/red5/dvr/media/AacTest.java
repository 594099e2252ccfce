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

class AacTest {
    private static final List<byte[]> ALL = List.of(
            RealConfigurations.AAC_44100_MONO,
            RealConfigurations.AAC_48000_STEREO,
            RealConfigurations.AAC_48000_5_1,
            RealConfigurations.AAC_48000_7_1,
            RealConfigurations.AAC_96000_STEREO,
            RealConfigurations.AAC_8000_MONO,
            RealConfigurations.HE_AAC,
            RealConfigurations.HE_AAC_V2);

    static Stream<Arguments> real() {
        return Stream.of(
                Arguments.of(RealConfigurations.AAC_44100_MONO, "mp4a.40.2 44100 Hz 1 channels"),
                Arguments.of(RealConfigurations.AAC_48000_STEREO, "mp4a.40.2 48000 Hz 2 channels"),
                Arguments.of(RealConfigurations.AAC_48000_5_1, "mp4a.40.2 48000 Hz 6 channels"),
                Arguments.of(RealConfigurations.AAC_48000_7_1, "mp4a.40.2 48000 Hz 8 channels"),
                Arguments.of(RealConfigurations.AAC_96000_STEREO, "mp4a.40.2 96000 Hz 2 channels"),
                Arguments.of(RealConfigurations.AAC_8000_MONO, "mp4a.40.2 8000 Hz 1 channels"),
                Arguments.of(RealConfigurations.HE_AAC, "mp4a.40.5 22050 Hz 2 channels"),
                Arguments.of(RealConfigurations.HE_AAC_V2, "mp4a.40.29 22050 Hz 1 channels"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("real")
    void readsWhatEncodersWrite(byte[] record, String meaning) throws CorruptMediaException {
        AudioConfig config = Aac.parse(record);
        assertEquals(meaning, config.toString());
        assertEquals(1_024, config.frameTicks());
        assertArrayEquals(record, config.record());
    }

    @Test
    void readsTheShortFrame() throws CorruptMediaException {
        byte[] record =
                new BitWriter().bits(5, 2).bits(4, 3).bits(4, 2).bits(3, 4).toBytes();
        assertEquals(960, Aac.parse(record).frameTicks());
    }

    @Test
    void readsASampleRateWrittenOut() throws CorruptMediaException {
        byte[] record = new BitWriter()
                .bits(5, 2)
                .bits(4, 15)
                .bits(24, 37_800)
                .bits(4, 2)
                .bits(3, 0)
                .toBytes();
        assertEquals("mp4a.40.2 37800 Hz 2 channels", Aac.parse(record).toString());
    }

    /** The channels that a program_config_element lists; of what earlier versions recorded without one, two. */
    @Test
    void whatWasRecordedHasTheChannelsThatItWasRecordedWith() throws CorruptMediaException {
        BitWriter program = new BitWriter().bits(5, 2).bits(4, 3).bits(4, 0).bits(3, 0);
        program.bits(4, 0)
                .bits(2, 1)
                .bits(4, 3)
                .bits(4, 2)
                .bits(4, 0)
                .bits(4, 0)
                .bits(2, 1)
                .bits(3, 0)
                .bits(4, 0);
        program.bits(3, 0).bits(5, 0).bits(5, 0b10001).bits(8, 0);
        byte[] record = program.toBytes();
        assertEquals("mp4a.40.2 48000 Hz 4 channels", Aac.parse(record).toString());
        assertEquals(Aac.parse(record), Aac.parseRecorded(record));
        byte[] without =
                new BitWriter().bits(5, 2).bits(4, 3).bits(4, 0).bits(3, 0).toBytes();
        assertThrows(CorruptMediaException.class, () -> Aac.parse(without));
        assertEquals(2, Aac.parseRecorded(without).channels());
    }

    @Test
    void sampleRatesOutOfReasonAreCorrupt() {
        for (int rate : new int[] {0, 999, 192_001, 0xffffff}) {
            byte[] record = new BitWriter()
                    .bits(5, 2)
                    .bits(4, 15)
                    .bits(24, rate)
                    .bits(7, 0)
                    .toBytes();
            assertThrows(CorruptMediaException.class, () -> Aac.parse(record), rate + " Hz");
        }
        for (int index : new int[] {13, 14}) {
            byte[] record = new BitWriter().bits(5, 2).bits(4, index).bits(7, 0).toBytes();
            assertThrows(CorruptMediaException.class, () -> Aac.parse(record), "index " + index);
        }
    }

    @Test
    void configurationsAreEqualByTheirBytes() throws CorruptMediaException {
        AudioConfig one = Aac.parse(RealConfigurations.AAC_48000_STEREO);
        assertEquals(one, Aac.parse(RealConfigurations.AAC_48000_STEREO.clone()));
        assertEquals(
                one.hashCode(),
                Aac.parse(RealConfigurations.AAC_48000_STEREO.clone()).hashCode());
        assertNotEquals(one, Aac.parse(RealConfigurations.AAC_48000_5_1));
    }

    @Test
    void beginningsThatDoNotReachTheFrameLengthAreCorrupt() {
        for (byte[] whole : ALL) {
            // With SBR the sample rate and the object type are there twice.
            int needed = whole[0] >> 3 == 2 ? 2 : 3;
            for (byte[] beginning : DamagedBytes.beginnings(whole)) {
                assertEquals(
                        beginning.length >= needed,
                        parses(beginning),
                        HexFormat.of().formatHex(beginning));
            }
        }
    }

    @Test
    void damagedRecordsAreReadOrRefused() {
        Random random = new Random(20261122);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            refused += parses(DamagedBytes.damage(ALL.get(round % ALL.size()), random)) ? 0 : 1;
        }
        assertTrue(refused > 1_000 && refused < 18_000, refused + " refused");
    }

    private static boolean parses(byte[] record) {
        try {
            AudioConfig config = Aac.parse(record);
            assertTrue(config.sampleRate() >= 1_000 && config.sampleRate() <= 192_000, config::toString);
            assertTrue(config.channels() >= 1 && config.channels() <= 24, config::toString);
            assertTrue(config.frameTicks() >= 480 && config.frameTicks() <= 4_096, config::toString);
            return true;
        } catch (CorruptMediaException e) {
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError(HexFormat.of().formatHex(record), e);
        }
    }
}
