package org.red5.dvr.media.fmp4;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Avc;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.media.RealConfigurations;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.CorruptMediaException;

class InitSegmentTest {
    private static final List<byte[]> VIDEO = List.of(
            RealConfigurations.AVC_320X180,
            RealConfigurations.AVC_1920X1080,
            RealConfigurations.AVC_INTERLACED,
            RealConfigurations.AVC_422,
            RealConfigurations.AVC_444);
    private static final List<byte[]> AUDIO = List.of(
            RealConfigurations.AAC_44100_MONO,
            RealConfigurations.AAC_48000_5_1,
            RealConfigurations.AAC_96000_STEREO,
            RealConfigurations.HE_AAC,
            RealConfigurations.HE_AAC_V2);

    @Test
    void saysWhatPlayersNeedToKnow() throws Exception {
        Golden.assertSame("init-video-audio.txt", BoxDump.of(whole().toBytes()));
    }

    @Test
    void hasOnlyTheTracksThatAreThere() throws Exception {
        Golden.assertSame(
                "init-audio.txt",
                BoxDump.of(new InitSegment(Optional.empty(), audio(RealConfigurations.AAC_96000_STEREO)).toBytes()));
        InitSegment video = new InitSegment(video(RealConfigurations.AVC_320X180), Optional.empty());
        assertEquals(1, BoxDump.of(video.toBytes()).split("trak ", -1).length - 1);
        assertThrows(IllegalArgumentException.class, () -> new InitSegment(Optional.empty(), Optional.empty()));
    }

    @Test
    void comesBackAsItWasWritten() throws Exception {
        for (byte[] videoRecord : VIDEO) {
            for (byte[] audioRecord : AUDIO) {
                assertComesBack(new InitSegment(video(videoRecord), audio(audioRecord)));
                assertComesBack(new InitSegment(Optional.empty(), audio(audioRecord)));
            }
            assertComesBack(new InitSegment(video(videoRecord), Optional.empty()));
        }
    }

    @Test
    void longConfigurationsComeBackToo() throws Exception {
        for (int length : new int[] {127, 128, 300, 16_384, 20_000}) {
            byte[] record = Arrays.copyOf(RealConfigurations.AAC_48000_STEREO, length);
            assertComesBack(new InitSegment(Optional.empty(), audio(record)));
        }
    }

    @Test
    void saysHowThePictureIsShown() throws Exception {
        String dump = BoxDump.of(new InitSegment(video(RealConfigurations.AVC_ANAMORPHIC), Optional.empty()).toBytes());
        assertTrue(dump.contains("pasp"), dump);
        assertTrue(dump.contains("colr"), dump);
        byte[] bytes = new InitSegment(video(RealConfigurations.AVC_ANAMORPHIC), Optional.empty()).toBytes();
        String hex = HexFormat.of().formatHex(bytes);
        assertTrue(hex.contains("00000010" + "70617370" + "00000040" + "0000002d"), "64:45");
        assertTrue(
                hex.contains("00000013" + "636f6c72" + "6e636c78" + "0002" + "0002" + "0005" + "00"),
                "the matrix of PAL");
        assertTrue(hex.contains("40000000" + "04000000" + "02400000"), "a track of 1024 by 576");
        assertTrue(hex.contains("02d00240"), "an entry of 720 by 576");
        assertComesBack(new InitSegment(video(RealConfigurations.AVC_ANAMORPHIC), Optional.empty()));
    }

    @Test
    void equalConfigurationsGiveEqualBytes() throws Exception {
        assertArrayEquals(whole().toBytes(), whole().toBytes());
    }

    @Test
    void aBeginningOfAnInitSegmentIsCorrupt() throws Exception {
        byte[] bytes = whole().toBytes();
        for (byte[] beginning : DamagedBytes.beginnings(bytes)) {
            assertThrows(
                    CorruptMediaException.class,
                    () -> InitSegmentReader.parse(beginning),
                    beginning.length + " of " + bytes.length + " bytes");
        }
    }

    @Test
    void damagedInitSegmentsAreReadOrRefused() throws Exception {
        byte[] bytes = whole().toBytes();
        Random random = new Random(20261122);
        int refused = 0;
        for (int round = 0; round < 6_000; round++) {
            byte[] damaged = DamagedBytes.damage(bytes, random);
            try {
                InitSegmentReader.parse(damaged);
            } catch (CorruptMediaException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError(HexFormat.of().formatHex(damaged), e);
            }
        }
        assertTrue(refused > 1_500 && refused < 5_500, refused + " refused");
    }

    @Test
    void boxesNestedWithoutEndAreCorrupt() {
        BoxWriter out = new BoxWriter(64);
        int[] starts = new int[3_000];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = out.open("moov");
        }
        for (int i = starts.length - 1; i >= 0; i--) {
            out.close(starts[i]);
        }
        assertThrows(CorruptMediaException.class, () -> InitSegmentReader.parse(out.toBytes()));
    }

    @Test
    void readsNoFile() {
        assertThrows(
                CorruptMediaException.class,
                () -> InitSegmentReader.parse("not an MP4 file".getBytes(StandardCharsets.US_ASCII)));
        assertThrows(CorruptMediaException.class, () -> InitSegmentReader.parse(new byte[0]));
    }

    private static void assertComesBack(InitSegment written) throws CorruptMediaException {
        InitSegment read = InitSegmentReader.parse(written.toBytes());
        assertEquals(written, read);
        assertEquals(written.video().map(VideoConfig::toString), read.video().map(VideoConfig::toString));
        assertEquals(written.audio().map(AudioConfig::toString), read.audio().map(AudioConfig::toString));
    }

    private static InitSegment whole() throws CorruptMediaException {
        return new InitSegment(video(RealConfigurations.AVC_1280X720), audio(RealConfigurations.AAC_48000_STEREO));
    }

    private static Optional<VideoConfig> video(byte[] record) throws CorruptMediaException {
        return Optional.of(Avc.parse(record));
    }

    private static Optional<AudioConfig> audio(byte[] record) throws CorruptMediaException {
        return Optional.of(Aac.parse(record));
    }
}
