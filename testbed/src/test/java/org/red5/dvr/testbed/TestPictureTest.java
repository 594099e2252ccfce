package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.media.testpicture.SilentSound;
import org.red5.dvr.media.testpicture.TestPicture;

/** The built-in picture decodes without a complaint, and shows what it is to show. */
class TestPictureTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Ten frames before a year ends. */
    private static final long FIRST =
            TestPicture.frameAt(Instant.parse("2026-12-31T23:59:59.600Z").toEpochMilli() * 1_000);

    private static final int FRAMES = 250;

    private static Ffmpeg ffmpeg;

    @TempDir
    Path folder;

    @BeforeAll
    static void unpack() throws IOException {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
    }

    @Test
    void everyFrameShowsItsTimeAndDecodersHaveNoComplaint() throws Exception {
        Path file = write(FRAMES);
        assertEquals(
                LongStream.range(FIRST, FIRST + FRAMES)
                        .mapToObj(number -> TestPicture.startMicros(number) / 1_000)
                        .toList(),
                new TestPictureReader(ffmpeg, LIMIT).read(file.toString()));
        RunningProcess.Result decoded =
                ffmpeg.run(LIMIT, "-err_detect", "explode", "-i", file.toString(), "-f", "null", "-");
        assertEquals("", decoded.requireSuccess().errors());
    }

    @Test
    void saysWhatItIs() throws Exception {
        Path file = write(FRAMES);
        String entries =
                "stream=codec_name,profile,width,height,pix_fmt,has_b_frames,r_frame_rate,sample_rate,channels";
        RunningProcess.Result probed = ffmpeg.probe(
                        LIMIT, "-show_entries", entries, "-of", "default=nw=1:nk=1", file.toString())
                .requireSuccess();
        assertEquals("", probed.errors());
        assertEquals(
                List.of(
                        "h264",
                        "Constrained Baseline",
                        "512",
                        "288",
                        "0",
                        "yuv420p",
                        "25/1",
                        "aac",
                        "LC",
                        "48000",
                        "2",
                        "0/0"),
                probed.outputText().lines().toList());
        long bitsPerSecond = Files.size(file) * 8 * TestPicture.FRAMES_PER_SECOND / FRAMES;
        assertTrue(bitsPerSecond < 800_000, bitsPerSecond + " bit/s");
    }

    /** Seconds at even seconds, and wherever a frame does not follow the one before. */
    @Test
    void keyFramesStandWhereDecodingCanStart() {
        TestPicture picture = new TestPicture();
        long even = FIRST / 50 * 50;
        for (long number : new long[] {even + 3, even + 4, even + 50, even + 51, even + 49}) {
            boolean expected = number != even + 4 && number != even + 51;
            assertEquals(expected, picture.frame(number)[0] == 0x17, "frame " + (number - even));
        }
    }

    private Path write(int frames) throws IOException {
        TestPicture picture = new TestPicture();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(new byte[] {'F', 'L', 'V', 1, 5, 0, 0, 0, 9, 0, 0, 0, 0});
        tag(out, FlvTag.VIDEO, 0, picture.configuration());
        tag(out, FlvTag.AUDIO, 0, SilentSound.configuration());
        long start = TestPicture.startMicros(FIRST);
        for (long frame = FIRST; frame < FIRST + frames; frame++) {
            tag(out, FlvTag.VIDEO, (TestPicture.startMicros(frame) - start) / 1_000, picture.frame(frame));
            long sound = SilentSound.frameAtOrAfter(TestPicture.startMicros(frame));
            for (; SilentSound.startMicros(sound) < TestPicture.startMicros(frame + 1); sound++) {
                tag(out, FlvTag.AUDIO, (SilentSound.startMicros(sound) - start) / 1_000, SilentSound.frame());
            }
        }
        return Files.write(folder.resolve("picture.flv"), bytes.toByteArray());
    }

    private static void tag(DataOutputStream out, int type, long millis, byte[] body) throws IOException {
        out.writeInt(type << 24 | body.length);
        out.writeInt((int) (millis << 8 | millis >> 24));
        out.write(new byte[3]);
        out.write(body);
        out.writeInt(body.length + 11);
    }
}
