package org.red5.dvr.playback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.BlackPicture;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.fmp4.Fragment;
import org.red5.dvr.media.fmp4.FragmentHead;
import org.red5.dvr.media.fmp4.FragmentReader;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Take;

class TrackFillTest {
    private static final long NUMBER = 440_954_400;
    private static final long START_TICKS = NUMBER * 4 * VideoConfig.TIMESCALE;
    private static final int FRAME_TICKS = 3_600;

    private final FilledSegments filled = new FilledSegments(MediaBytes::read);

    @ParameterizedTest
    @ValueSource(strings = {"aac-48000-2", "aac-44100-1", "aac-96000-8", "opus-48000-1", "avc1-44100", "hvc1-48000"})
    void aNameSaysAllOfIt(String name) {
        assertEquals(name, TrackFill.parse(name).orElseThrow().name());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "aac",
                "aac-48000",
                "aac-48001-2",
                "aac-48000-0",
                "aac-48000-7",
                "opus-44100-2",
                "opus-48000-3",
                "mp3-44100-2",
                "avc1-48000-2",
                "avc1-0000",
                "vp09-48000"
            })
    void whatIsNoNameIsNone(String name) {
        assertEquals(Optional.empty(), TrackFill.parse(name));
    }

    @Test
    void soundIsLikeThatOfOtherTakes() {
        assertEquals("aac-44100-1", like("mp4a.40.2", 44_100, 1));
        assertEquals("aac-22050-2", like("mp4a.40.5", 22_050, 2));
        assertEquals("opus-48000-2", like("opus", 48_000, 2));
        assertEquals("aac-48000-2", like("mp4a.6B", 44_100, 2));
        assertEquals("aac-48000-2", TrackFill.soundLike(Optional.empty()).name());
    }

    private static String like(String codec, int rate, int channels) {
        return TrackFill.soundLike(Optional.of(new Take.Audio(codec, rate, channels)))
                .name();
    }

    /** Segments as encoders make them: any number of frames of any length. */
    @Test
    void silenceFollowsWithoutAHoleForAsLongAsThePictures() throws Exception {
        Random random = new Random(3);
        for (String name : List.of("aac-48000-2", "aac-44100-1", "opus-48000-2")) {
            TrackFill fill = TrackFill.parse(name).orElseThrow();
            int rate = Integer.parseInt(name.split("-")[1]);
            long at = START_TICKS + 1 + random.nextInt(FRAME_TICKS);
            long until = -1;
            for (int i = 0; i < 200; i++) {
                long end = at + 1_000 + random.nextInt(8 * VideoConfig.TIMESCALE);
                FragmentHead silence =
                        head(fill.fragment(NUMBER + i, pictures(at, end)).orElseThrow());
                assertTrue(until < 0 || silence.startDtsTicks() == until, name);
                until = silence.startDtsTicks() + silence.durationTicks();
                double behind = (double) until / rate - (double) end / VideoConfig.TIMESCALE;
                assertTrue(behind >= -0.001 && behind < 0.03, name + " ends " + behind + " s behind the pictures");
                at = end;
            }
        }
    }

    @Test
    void putsSilenceBehindThePicturesThatAreSentAsTheyAre() throws Exception {
        TrackFill fill = TrackFill.parse("aac-44100-2").orElseThrow();
        byte[] recorded = video(START_TICKS, 100).toBytes();
        byte[] sent = bytes(filled.segment(served(recorded), NUMBER, fill, Part.MUXED));
        assertArrayEquals(recorded, Arrays.copyOf(sent, recorded.length));
        byte[] silence = Arrays.copyOfRange(sent, recorded.length, sent.length);
        FragmentHead head = head(silence);
        assertEquals(InitSegment.AUDIO_TRACK, head.track());
        assertEquals(4.0, head.durationTicks() / 44_100.0, 0.025);
        assertArrayEquals(silence, bytes(filled.segment(served(recorded), NUMBER, fill, Part.AUDIO)));
        InitSegment init = init(filled.init(served(pictureInit()), fill, Part.MUXED));
        assertEquals(44_100, init.audio().orElseThrow().sampleRate());
        assertTrue(init.video().isPresent());
        assertTrue(init(filled.init(served(pictureInit()), fill, Part.AUDIO))
                .video()
                .isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"avc1-48000", "hvc1-48000", "av01-48000"})
    void putsOneBlackPictureInFrontOfSound(String name) throws Exception {
        TrackFill fill = TrackFill.parse(name).orElseThrow();
        byte[] recorded =
                sound(START_TICKS / VideoConfig.TIMESCALE * 48_000, 200).toBytes();
        byte[] sent = bytes(filled.segment(served(recorded), NUMBER, fill, Part.MUXED));
        FragmentHead black = head(Arrays.copyOf(sent, sent.length - recorded.length));
        assertEquals(InitSegment.VIDEO_TRACK, black.track());
        assertEquals(START_TICKS, black.startPtsTicks());
        assertEquals(200 * 1_024 * 90_000L / 48_000, black.durationTicks());
        assertTrue(black.startsWithKey());
        byte[] soundInit = new InitSegment(Optional.empty(), Aac.lowComplexity(48_000, 2)).toBytes();
        VideoConfig video =
                init(filled.init(served(soundInit), fill, Part.MUXED)).video().orElseThrow();
        assertEquals(640, video.width());
        assertEquals(360, video.height());
    }

    @Test
    void aHoleShowsAKeyFrameOrNothing() throws Exception {
        byte[] recorded = video(START_TICKS, 100).toBytes();
        byte[] key = filled.firstPicture(new InMemory(recorded)).orElseThrow();
        int at = ByteBuffer.wrap(recorded).getInt() + 8;
        assertArrayEquals(Arrays.copyOfRange(recorded, at, at + key.length), key);
        assertEquals(
                Optional.empty(), filled.firstPicture(new InMemory(sound(0, 20).toBytes())));
    }

    /** Addresses can be made up: a take that has the track is not given another one. */
    @Test
    void leavesAloneWhatHasTheTrack() throws Exception {
        TrackFill sound = TrackFill.parse("aac-44100-2").orElseThrow();
        TrackFill picture = TrackFill.parse("avc1-48000").orElseThrow();
        byte[] recorded = video(START_TICKS, 100).toBytes();
        assertEquals(Optional.empty(), filled.segment(served(recorded), NUMBER, picture, Part.MUXED));
        byte[] both = Arrays.copyOf(recorded, recorded.length + 500);
        assertEquals(Optional.empty(), filled.segment(served(both), NUMBER, sound, Part.MUXED));
        assertEquals(Optional.empty(), filled.init(served(pictureInit()), picture, Part.MUXED));
        assertThrows(IOException.class, () -> filled.segment(served(new byte[] {1, 2, 3}), NUMBER, sound, Part.MUXED));
        assertThrows(IOException.class, () -> filled.init(served(new byte[] {1, 2, 3}), sound, Part.MUXED));
    }

    private static FragmentHead pictures(long startTicks, long endTicks) {
        return new FragmentHead(InitSegment.VIDEO_TRACK, 0, startTicks, startTicks, endTicks - startTicks, true, 1, 1);
    }

    private static Fragment video(long startTicks, int frames) {
        return fragment(InitSegment.VIDEO_TRACK, startTicks, frames, FRAME_TICKS);
    }

    private static Fragment sound(long startTicks, int frames) {
        return fragment(InitSegment.AUDIO_TRACK, startTicks, frames, 1_024);
    }

    private static Fragment fragment(int track, long startTicks, int count, int ticks) {
        Sample[] samples = new Sample[count];
        Arrays.setAll(samples, i -> new Sample(startTicks + (long) i * ticks, 0, i == 0, new byte[50], 0, 50));
        return Fragment.of(track, 1, List.of(samples), startTicks + (long) count * ticks);
    }

    private static byte[] pictureInit() {
        return new InitSegment(Optional.of(BlackPicture.of(VideoCodec.H264).config()), Optional.empty()).toBytes();
    }

    private static Served served(byte[] bytes) {
        return new Served(new InMemory(bytes), "origin", Served.From.ARCHIVE);
    }

    private static byte[] bytes(Optional<Served> served) throws IOException {
        MediaBytes bytes = served.orElseThrow().bytes();
        return bytes.read(0, (int) bytes.lengthBytes());
    }

    private static InitSegment init(Optional<Served> served) throws Exception {
        return InitSegmentReader.parse(bytes(served));
    }

    private static FragmentHead head(byte[] fragment) throws Exception {
        return FragmentReader.read(
                ByteBuffer.wrap(fragment, 0, ByteBuffer.wrap(fragment).getInt()));
    }
}
