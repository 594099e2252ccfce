package org.red5.dvr.media.flv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.Avc;
import org.red5.dvr.media.RealConfigurations;
import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;

class FlvReaderTest {
    private static final FlvBody NOTHING = new FlvBody.Nothing();

    @Test
    void readsAVideoConfiguration() throws Exception {
        byte[] body = hex("17 00 000000" + HexFormat.of().formatHex(RealConfigurations.AVC_1280X720));
        FlvBody.VideoSequenceHeader packet = assertInstanceOf(FlvBody.VideoSequenceHeader.class, FlvReader.video(body));
        assertEquals(VideoCodec.H264, packet.codec());
        assertArrayEquals(RealConfigurations.AVC_1280X720, packet.record());
        assertEquals(1_280, Avc.parse(packet.record()).width());
    }

    @Test
    void readsAnAudioConfiguration() throws Exception {
        FlvBody.AudioSequenceHeader packet =
                assertInstanceOf(FlvBody.AudioSequenceHeader.class, FlvReader.audio(hex("af 00 119056e500")));
        assertArrayEquals(RealConfigurations.AAC_48000_STEREO, packet.record());
    }

    @ParameterizedTest
    @CsvSource({
        "17 01 000000 65, true, 0",
        "27 01 000050 41, false, 80",
        "27 01 7fffff 41, false, 8388607",
        "27 01 ffffff 41, false, -1",
        "37 01 ffffd8 41, false, -40",
        "17 01 800000 65, true, -8388608",
    })
    void readsAFrameWithItsCompositionOffset(String body, boolean key, int offsetMillis) throws Exception {
        assertEquals(new FlvBody.CodedVideo(VideoCodec.H264, key, offsetMillis, 5), FlvReader.video(hex(body)));
    }

    @ParameterizedTest
    @CsvSource({
        "91 68766331 000050 26, H265, true, 80, 8",
        "91 68657631 000050 26, H265, true, 80, 8",
        "a1 68766331 ffffd8 02, H265, false, -40, 8",
        "a3 68766331 02, H265, false, 0, 5",
        "93 61766331 65, H264, true, 0, 5",
        "91 61763031 1200 0a, AV1, true, 0, 5",
        "a1 61763031 32, AV1, false, 0, 5",
        "1c 01 000050 26, H265, true, 80, 5",
        "2d 01 000000 32, AV1, false, 0, 5",
    })
    void readsAFrameOfAnotherCodec(String body, VideoCodec codec, boolean key, int offsetMillis, int offset)
            throws Exception {
        assertEquals(new FlvBody.CodedVideo(codec, key, offsetMillis, offset), FlvReader.video(hex(body)));
    }

    @Test
    void readsConfigurationsWithCodecIdsInUseWithoutAStandard() throws Exception {
        FlvBody.VideoSequenceHeader h265 =
                assertInstanceOf(FlvBody.VideoSequenceHeader.class, FlvReader.video(hex("1c 00 000000 0101")));
        assertEquals(VideoCodec.H265, h265.codec());
        assertArrayEquals(hex("0101"), h265.record());
        FlvBody.VideoSequenceHeader av1 =
                assertInstanceOf(FlvBody.VideoSequenceHeader.class, FlvReader.video(hex("1d 00 000000 8101")));
        assertEquals(VideoCodec.AV1, av1.codec());
    }

    @Test
    void readsConfigurationsWithTheEnhancedHeader() throws Exception {
        FlvBody.VideoSequenceHeader video =
                assertInstanceOf(FlvBody.VideoSequenceHeader.class, FlvReader.video(hex("90 68766331 0101")));
        assertEquals(VideoCodec.H265, video.codec());
        assertArrayEquals(hex("0101"), video.record());
        FlvBody.AudioSequenceHeader audio =
                assertInstanceOf(FlvBody.AudioSequenceHeader.class, FlvReader.audio(hex("90 4f707573 4f70")));
        assertEquals(AudioCodec.OPUS, audio.codec());
        assertArrayEquals(hex("4f70"), audio.record());
    }

    @Test
    void readsAudioFramesOfOtherCodecs() throws Exception {
        assertEquals(new FlvBody.CodedAudio(AudioCodec.MP3, 1), FlvReader.audio(hex("2f fffb")));
        assertEquals(new FlvBody.CodedAudio(AudioCodec.MP3, 1), FlvReader.audio(hex("ee fff3")));
        assertEquals(new FlvBody.CodedAudio(AudioCodec.MP3, 5), FlvReader.audio(hex("91 2e6d7033 fffb")));
        assertEquals(new FlvBody.CodedAudio(AudioCodec.OPUS, 5), FlvReader.audio(hex("91 4f707573 fc")));
        assertEquals(new FlvBody.CodedAudio(AudioCodec.AAC, 5), FlvReader.audio(hex("91 6d703461 21")));
    }

    @Test
    void readsAnAudioFrame() throws Exception {
        assertEquals(new FlvBody.CodedAudio(AudioCodec.AAC, 2), FlvReader.audio(hex("af 01 21")));
        assertEquals(new FlvBody.CodedAudio(AudioCodec.AAC, 2), FlvReader.audio(hex("a2 01 2110")));
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "17 01 000000",
        "17 02 000000",
        "57 00",
        "57 01 000000 00",
        "92 68766331",
        "d4 68766331 02",
        "90 61763031"
    })
    void passesOverWhatIsNoVideoFrame(String body) throws Exception {
        assertEquals(NOTHING, FlvReader.video(hex(body)));
    }

    @ParameterizedTest
    @CsvSource({"''", "af 01"})
    void passesOverWhatIsNoAudioFrame(String body) throws Exception {
        assertEquals(NOTHING, FlvReader.audio(hex(body)));
    }

    @ParameterizedTest
    @CsvSource({"90 687663", "91 68766331 0000", "17", "17 01", "17 00 0000", "1c 01", "17 03 000000", "17 ff 000000 65"
    })
    void brokenVideoIsCorrupt(String body) {
        assertThrows(CorruptMediaException.class, () -> FlvReader.video(hex(body)));
    }

    @ParameterizedTest
    @CsvSource({"af", "af 02", "af ff 21"})
    void brokenAudioIsCorrupt(String body) {
        assertThrows(CorruptMediaException.class, () -> FlvReader.audio(hex(body)));
    }

    @ParameterizedTest
    @CsvSource({
        "22 00, Sorenson H.263",
        "14 00, VP6",
        "1f, number 15",
        "90 76703039, vp09",
        "91 76703038 00, vp08",
        "96 00 68766331, packet type 6",
        "90 00ff2030, ?? 0",
    })
    void namesTheVideoCodecsThatAreNotRecorded(String body, String name) {
        UnsupportedMediaException refused =
                assertThrows(UnsupportedMediaException.class, () -> FlvReader.video(hex(body)));
        assertTrue(refused.getMessage().endsWith(name), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "b6, Speex",
        "72 00, G.711 A-law",
        "82 00, G.711 mu-law",
        "62 00, Nellymoser",
        "90 664c6143, fLaC",
        "95 4f707573, packet type 5",
        "36 00, PCM",
        "d0 00, number 13",
    })
    void namesTheAudioCodecsThatAreNotRecorded(String body, String name) {
        UnsupportedMediaException refused =
                assertThrows(UnsupportedMediaException.class, () -> FlvReader.audio(hex(body)));
        assertTrue(refused.getMessage().endsWith(name), refused.getMessage());
    }

    @Test
    void tellsKeyFramesByTheFirstByte() {
        assertTrue(FlvReader.isKeyFrame((byte) 0x17));
        assertTrue(FlvReader.isKeyFrame((byte) 0x90));
        assertFalse(FlvReader.isKeyFrame((byte) 0x27));
        assertFalse(FlvReader.isKeyFrame((byte) 0xa0));
    }

    @Test
    void anyBytesAreReadOrRefused() {
        Random random = new Random(11);
        for (int round = 0; round < 20_000; round++) {
            byte[] body = new byte[random.nextInt(12)];
            random.nextBytes(body);
            if (body.length > 0 && random.nextBoolean()) {
                body[0] = (byte) (random.nextBoolean() ? 0x17 : random.nextBoolean() ? 0xaf : 0x91);
            }
            assertCodedIsInside(body, round % 2 == 0);
        }
    }

    private static void assertCodedIsInside(byte[] body, boolean video) {
        try {
            FlvBody read = video ? FlvReader.video(body) : FlvReader.audio(body);
            if (read instanceof FlvBody.CodedVideo coded) {
                assertTrue(coded.offset() < body.length, "a picture without bytes");
            } else if (read instanceof FlvBody.CodedAudio coded) {
                assertTrue(coded.offset() < body.length, "sound without bytes");
            }
        } catch (CorruptMediaException | UnsupportedMediaException e) {
            assertTrue(e.getMessage().chars().allMatch(c -> c >= 0x20 && c < 0x7f), "not printable: " + e.getMessage());
        } catch (RuntimeException e) {
            throw new AssertionError(HexFormat.of().formatHex(body), e);
        }
    }

    private static byte[] hex(String digits) {
        return RealConfigurations.hex(digits);
    }
}
