package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What real encoders make is recorded whole, and ffmpeg reads the hour files without a complaint. */
class CodecsTest {
    /** Frames of 21 ms in half a second. */
    private static final int MOST_SILENCE = 24;

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String X264 = " -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 10";
    private static final int KEY_EVERY = 10;

    private static Ffmpeg ffmpeg;

    @TempDir
    Path folder;

    @BeforeAll
    static void unpack() throws IOException {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
    }

    @ParameterizedTest
    @CsvSource({
        "-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p -g 20 -c:a aac -ac 2, hevc, aac",
        "-c:v libx264 -preset ultrafast -g 20 -c:a libmp3lame -ar 44100, h264, mp3",
        "-c:v libx264 -preset ultrafast -g 20 -c:a libmp3lame -ar 22050, h264, mp3",
    })
    void recordsEveryFrameOfACodec(String arguments, String videoCodec, String audioCodec) throws Exception {
        Path clip = encode("clip.flv", 160, 10, arguments);
        Path file = onlyTake(FlvFile.read(clip).tags());
        assertEquals(videoCodec + "\n" + audioCodec, codecs(file));
        assertWhole(clip, file, "v");
        assertWhole(clip, file, "a");
        assertEquals("", decode(file));
    }

    @Test
    void recordsEveryFrameOfAv1() throws Exception {
        Path clip = encode("clip.flv", 160, 10, "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p -g 20 -an");
        Path file = onlyTake(FlvFile.read(clip).tags());
        assertEquals("av1", codecs(file));
        Packets recorded = Packets.of(ffmpeg, file.toString(), "v");
        assertEquals("", recorded.complaints());
        // The bytes differ by the temporal delimiters, which MP4 leaves out.
        assertEquals(Packets.of(ffmpeg, clip.toString(), "v").count(), recorded.count());
    }

    @Test
    void recordsOpus() throws Exception {
        Path clip = encode("clip.flv", 160, 10, "-vn -c:a libopus -b:a 64k");
        Path file = onlyTake(FlvFile.read(clip).tags());
        assertEquals("opus", codecs(file));
        assertWhole(clip, file, "a");
        assertEquals("", decode(file));
    }

    @ParameterizedTest
    @CsvSource({"640, 48000, 2", "320, 44100, 1", "640, 44100, 1"})
    void aChangeInMidStreamMakesANewTake(int width, int sampleRate, int channels) throws Exception {
        Path first = encode("first.flv", 320, 12, X264 + " -c:a aac -ac 2 -ar 48000");
        Path second = encode("second.flv", width, 16, X264 + " -c:a aac -ac " + channels + " -ar " + sampleRate);
        List<FlvTag> tags = new ArrayList<>(FlvFile.read(first).tags());
        for (FlvTag tag : FlvFile.read(second).tags()) {
            if (!tag.isEndOfSequence()) {
                tags.add(new FlvTag(tag.type(), tag.timestampMillis() + 12_040, tag.payload()));
            }
        }
        List<Path> takes = RecordedTags.hourFiles(folder.resolve("archive"), tags);
        assertEquals(2, takes.size(), takes.toString());
        assertWhole(first, takes.get(0), "v");
        Packets all = Packets.of(ffmpeg, second.toString(), "v");
        Packets recorded = Packets.of(ffmpeg, takes.get(1).toString(), "v");
        assertEquals("", recorded.complaints());
        int missing = all.count() - recorded.count();
        assertTrue(missing <= 50, missing + " frames of the second take are missing");
        for (int i = 0; i < recorded.count(); i++) {
            boolean isSame =
                    all.hashes().get(missing + i).equals(recorded.hashes().get(i));
            // Other pictures than the first take's have their parameter sets in front of key frames.
            boolean hasSets = width != 320 && (missing + i) % KEY_EVERY == 0;
            assertEquals(!hasSets, isSame, "frame " + i);
        }
        assertEquals("", decode(takes.get(0)) + decode(takes.get(1)));
    }

    @ParameterizedTest
    @CsvSource({
        "10 s between key frames, -g 100",
        "60 s between key frames, -g 600",
        "a frame rate that varies, -g 20 -fps_mode vfr -enc_time_base 1:1000 -vf setpts=N/(10*TB)+0.04*sin(N)/TB",
    })
    void recordsEveryFrameAtAnyPace(String what, String arguments) throws Exception {
        Path clip = encode("clip.flv", 160, 75, "-c:v libx264 -preset ultrafast -sc_threshold 0 " + arguments);
        Path file = onlyTake(FlvFile.read(clip).tags());
        assertWhole(clip, file, "v");
        assertWhole(clip, file, "a");
        assertEquals("", decode(file), what);
    }

    @ParameterizedTest
    @CsvSource({"1.03", "0.97"})
    void tracksThatRunApartStayOneTake(double audioPace) throws Exception {
        Path clip = encode("clip.flv", 160, 60, X264);
        List<FlvTag> tags = FlvFile.read(clip).tags().stream()
                .map(tag -> tag.type() == FlvTag.AUDIO
                        ? new FlvTag(tag.type(), Math.round(tag.timestampMillis() * audioPace), tag.payload())
                        : tag)
                .toList();
        Path file = onlyTake(tags);
        assertWhole(clip, file, "v");
        assertWhole(clip, file, "a");
    }

    private Path onlyTake(List<FlvTag> tags) throws IOException {
        List<Path> takes = RecordedTags.hourFiles(folder.resolve("archive"), tags);
        assertEquals(1, takes.size(), takes.toString());
        return takes.get(0);
    }

    private Path encode(String name, int width, int seconds, String arguments) throws Exception {
        Path file = folder.resolve(name);
        List<String> command = new ArrayList<>();
        String picture = "testsrc2=r=10:s=" + width + "x180:d=" + seconds;
        command.addAll(List.of("-loglevel", "error", "-f", "lavfi", "-i", picture));
        command.addAll(List.of("-f", "lavfi", "-i", "sine=sample_rate=48000:duration=" + seconds));
        command.addAll(Arrays.asList(arguments.trim().split(" +")));
        command.add(file.toString());
        ffmpeg.run(LIMIT, command.toArray(String[]::new)).requireSuccess();
        return file;
    }

    private static void assertWhole(Path clip, Path recorded, String track) throws Exception {
        Packets all = Packets.of(ffmpeg, clip.toString(), track);
        Packets packets = Packets.of(ffmpeg, recorded.toString(), track).onlyOf(all.hashes());
        assertEquals("", packets.complaints());
        List<String> hashes = new ArrayList<>(packets.hashes());
        if (track.equals("a")) {
            // Before the first sound there is silence from the take's beginning on, and behind the last until its last
            // picture is over.
            hashes.retainAll(Set.copyOf(all.hashes()));
            assertTrue(packets.count() - hashes.size() <= MOST_SILENCE, packets.count() + " packets of sound");
        }
        // A take starts with the picture: sound that comes before it is left out.
        int missing = all.count() - hashes.size();
        assertTrue(
                missing >= 0 && missing <= (track.equals("a") ? 2 : 0), missing + " packets of " + track + " missing");
        assertEquals(all.hashes().subList(missing, all.count()), hashes, "packets of " + track + " differ");
    }

    /** One name a line; ffprobe has nothing to complain about. */
    private static String codecs(Path file) throws Exception {
        RunningProcess.Result result = ffmpeg.probe(
                        LIMIT, "-show_entries", "stream=codec_name", "-of", "csv=p=0", file.toString())
                .requireSuccess();
        assertEquals("", result.errors());
        return result.outputText().strip();
    }

    private static String decode(Path file) throws Exception {
        return ffmpeg.decode(LIMIT, file.toString()).requireSuccess().errors();
    }
}
