package org.red5.dvr.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.media.bitstream.ColourDescription;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.SampleAspectRatio;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;

/** Configurations of H.265, AV1, Opus and MP3 as encoders make them, and the way into an init segment and back. */
class CodecConfigurationsTest {
    @Test
    void readsH265() throws Exception {
        assertEquals(
                "hvc1.1.6.L60.90 322x182",
                Hevc.parse(RealConfigurations.HEVC_322X182).toString());
        assertEquals(
                "hvc1.2.4.L120.90 1920x1080",
                Hevc.parse(RealConfigurations.HEVC_1920X1080_10_BIT).toString());
    }

    @Test
    void readsAv1() throws Exception {
        assertEquals(
                "av01.0.00M.08 322x182",
                Av1.parse(RealConfigurations.AV1_322X182).toString());
        assertEquals(
                "av01.0.00M.10 322x182",
                Av1.parse(RealConfigurations.AV1_322X182_10_BIT).toString());
    }

    @Test
    void readsHowThePictureIsShown() throws Exception {
        VideoConfig pal = Avc.parse(RealConfigurations.AVC_ANAMORPHIC);
        assertEquals(new SampleAspectRatio(64, 45), pal.aspect());
        assertEquals(720, pal.width());
        assertEquals(1_024, pal.displayWidth());
        assertEquals(Optional.of(new ColourDescription(2, 2, 5, false)), pal.colour());
        ColourDescription hlg = new ColourDescription(9, ColourDescription.HLG, 9, false);
        assertEquals(Optional.of(hlg), Avc.parse(RealConfigurations.AVC_HLG).colour());
        VideoConfig hevc = Hevc.parse(RealConfigurations.HEVC_HLG);
        assertEquals(Optional.of(hlg), hevc.colour());
        assertEquals(new SampleAspectRatio(16, 11), hevc.aspect());
        assertEquals(
                Optional.of(new ColourDescription(9, ColourDescription.PQ, 9, false)),
                Hevc.parse(RealConfigurations.HEVC_PQ).colour());
        assertEquals(Optional.of(hlg), Av1.parse(RealConfigurations.AV1_HLG).colour());
        assertEquals(
                SampleAspectRatio.SQUARE,
                Avc.parse(RealConfigurations.AVC_1280X720).aspect());
    }

    @Test
    void usabilityInformationThatEndsEarlyCostsNoPicture() throws Exception {
        byte[] record = RealConfigurations.AVC_ANAMORPHIC;
        byte[] cut = Arrays.copyOf(record, 8 + 17);
        cut[7] = 17;
        VideoConfig config = Avc.parse(cut);
        assertEquals("avc1.42c01e 720x576", config.toString());
        assertEquals(SampleAspectRatio.SQUARE, config.aspect());
        assertEquals(Optional.empty(), config.colour());
    }

    @Test
    void av1RecordsAreMadeOfTheSequenceHeader() throws Exception {
        for (byte[] record : List.of(
                RealConfigurations.AV1_322X182, RealConfigurations.AV1_322X182_10_BIT, RealConfigurations.AV1_HLG)) {
            assertArrayEquals(record, Av1.record(Av1.sequenceHeaderOf(record)));
        }
    }

    @Test
    void readsOpusFromItsHeaderAndFromItsBox() throws Exception {
        AudioConfig config = Opus.parseHead(RealConfigurations.OPUS_HEAD_MONO);
        assertArrayEquals(RealConfigurations.hex("00 01 0138 0000bb80 0000 00"), config.record());
        assertEquals("opus 48000 Hz 1 channels", config.toString());
        assertEquals(config, Opus.parse(config.record()));
    }

    @Test
    void readsMp3FromAFrame() throws Exception {
        AudioConfig full = Mp3.parse(RealConfigurations.MP3_44100_MONO, 0);
        assertEquals("mp4a.6B 44100 Hz 1 channels", full.toString());
        assertEquals(1_152, full.frameTicks());
        AudioConfig half = Mp3.parse(RealConfigurations.MP3_22050_MONO, 0);
        assertEquals("mp4a.69 22050 Hz 1 channels", half.toString());
        assertEquals(576, half.frameTicks());
        assertNotEquals(full, half);
        assertNotEquals(Mp3.config(44_100, 2), full);
    }

    @ParameterizedTest
    @CsvSource({"00, 480", "18, 2880", "19, 5760", "60, 480", "78, 960", "80, 120", "98, 960", "fc, 960", "fb03, 2880"})
    void tellsHowLongAnOpusPacketLasts(String packet, int ticks) throws Exception {
        AudioConfig config = Opus.parseHead(RealConfigurations.OPUS_HEAD_MONO);
        assertEquals(ticks, config.ticksOf(RealConfigurations.hex(packet), 0));
    }

    @Test
    void comesBackFromAnInitSegment() throws Exception {
        List<VideoConfig> videos = List.of(
                Avc.parse(RealConfigurations.AVC_1280X720),
                Hevc.parse(RealConfigurations.HEVC_322X182),
                Av1.parse(RealConfigurations.AV1_322X182));
        List<AudioConfig> audios = List.of(
                Aac.parse(RealConfigurations.AAC_48000_STEREO),
                Mp3.parse(RealConfigurations.MP3_44100_MONO, 0),
                Mp3.parse(RealConfigurations.MP3_22050_MONO, 0),
                Opus.parseHead(RealConfigurations.OPUS_HEAD_MONO));
        for (VideoConfig video : videos) {
            for (AudioConfig audio : audios) {
                InitSegment init = new InitSegment(Optional.of(video), Optional.of(audio));
                InitSegment read = InitSegmentReader.parse(init.toBytes());
                assertEquals(init, read);
                assertEquals(video.toString(), read.video().orElseThrow().toString());
                assertEquals(audio.toString(), read.audio().orElseThrow().toString());
                assertEquals(audio.frameTicks(), read.audio().orElseThrow().frameTicks());
            }
        }
    }

    @Test
    void damagedConfigurationsAreReadOrRefused() {
        Random random = new Random(12);
        byte[][] records = {
            RealConfigurations.HEVC_322X182,
            RealConfigurations.AV1_322X182,
            RealConfigurations.OPUS_HEAD_MONO,
            RealConfigurations.MP3_44100_MONO
        };
        for (int round = 0; round < 40_000; round++) {
            byte[] whole = records[round % 4];
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(4) > 0 ? whole.length : random.nextInt(whole.length));
            for (int i = random.nextInt(4); i >= 0 && damaged.length > 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            parse(round % 4, damaged);
        }
    }

    private static void parse(int kind, byte[] record) {
        try {
            switch (kind) {
                case 0 -> Hevc.parse(record);
                case 1 -> Av1.parse(record);
                case 2 -> Opus.parseHead(record);
                default -> Mp3.parse(record, 0);
            }
        } catch (CorruptMediaException e) {
            assertFalse(String.valueOf(e.getMessage()).isEmpty());
        }
    }
}
