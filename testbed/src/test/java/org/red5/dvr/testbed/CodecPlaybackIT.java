package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.timeline.StreamKey;

/**
 * Recordings of real encoders' streams in Chromium, with the player page's hls.js: long GOPs, a larger picture or another sound in
 * mid-stream, a frame rate that varies, a publish without sound or pictures beside one with both, and AV1 with Opus play to their end, every
 * frame of them. Debian's Chromium has no decoder for H.265, and
 * its Media Source Extensions take no MP3 in MP4; there the page says so. The recordings are made before the server
 * starts, as if they had been published two hours ago.
 */
@SideBySide
class CodecPlaybackIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int FRAMES_PER_SECOND = 10;
    private static final String X264 = "-c:v libx264 -preset ultrafast -sc_threshold 0";
    private static final int MOST_DECODED_TWICE = 10;
    private static final long START_SECONDS = System.currentTimeMillis() / 3_600_000 * 3_600 - 7_200 + 30;

    /** The widths of those whose picture changes; where there is none it is black, 640 wide. */
    private static final Map<String, List<Integer>> WIDTHS =
            Map.of("size", List.of(160, 320), "unseen", List.of(640, 160));

    private static Optional<Path> chromium = Optional.empty();
    private static Ffmpeg ffmpeg;
    private static Path folder;
    private static Red5Server server;
    private static DvrClient dvr;
    private static PlayerPage page;

    @BeforeAll
    static void recordAll() throws Exception {
        chromium = PlayerPage.chromium();
        assumeTrue(chromium.isPresent(), "Chromium is not installed");
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "codec-playback");
        record("gop10", flv("gop10", 160, 24, X264 + " -g 100 -c:a aac"));
        record("gop60", flv("gop60", 160, 66, X264 + " -g 600 -c:a aac"));
        record("mp3", flv("mp3", 160, 16, X264 + " -g 20 -c:a libmp3lame -ar 44100"));
        record("h265", flv("h265", 160, 16, "-c:v libx265 -preset ultrafast -x265-params log-level=error -g 20"));
        record("size", changing(160, 320, 48_000));
        record("sound", changing(160, 160, 44_100));
        record(
                "varying",
                flv(
                        "varying",
                        160,
                        16,
                        X264 + " -g 20 -c:a aac -fps_mode vfr -enc_time_base 1:1000"
                                + " -vf setpts=N/(10*TB)+0.04*sin(N)/TB"));
        record("gained", flv("silent", 160, 12, X264 + " -g 20 -an"));
        record("gained", 12_500, flv("heard", 160, 14, X264 + " -g 20 -c:a aac -ar 44100 -ac 1"));
        record("lost", flv("heard", 160, 12, X264 + " -g 20 -c:a aac -ar 44100 -ac 1"));
        record("lost", 14_500, flv("silent", 160, 14, X264 + " -g 20 -an"));
        record("unseen", flv("unseen", 160, 12, "-vn -c:a aac"));
        record("unseen", 12_500, flv("gop10", 160, 24, X264 + " -g 100 -c:a aac"));
        record("av1-opus", flv("av1", 160, 16, "-c:v libsvtav1 -preset 12 -g 20 -c:a libopus -b:a 64k"));
        server = Red5Server.in(folder.resolve("red5"))
                .conf("node origin;\nstream * { dvr archive; }\n")
                .start();
        dvr = new DvrClient(server);
        page = PlayerPage.of(server, chromium.orElseThrow());
    }

    @AfterAll
    static void stop() {
        if (page != null) {
            page.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gop10 gop60 size sound varying av1-opus", "gained lost unseen"})
    void playsToTheEndEveryFrame(String together) throws Exception {
        List<String> names = List.of(together.split(" "));
        Map<String, String> addresses = new LinkedHashMap<>();
        page.open("");
        for (String name : names) {
            assertTrue(isSupported(name), name + " is not supported: " + codecs(name));
            addresses.put(name, address(name));
        }
        PlayedToTheEnd played = new PlayedToTheEnd(page, addresses);
        for (String name : names) {
            played.assertWell(name);
            int recorded =
                    Packets.of(ffmpeg, dvr.uri(address(name)).toString(), "v").count();
            // Some are decoded twice where a segment begins without a key frame.
            int twice = played.frames(name) - recorded;
            assertTrue(twice >= -2 && twice <= MOST_DECODED_TWICE, name + ": " + twice + " more than recorded");
            assertEquals(WIDTHS.getOrDefault(name, List.of(160)), played.widths(name), name);
        }
    }

    /** ffmpeg, and players that are built on it, keep to the first init segment of a playlist. */
    @ParameterizedTest
    @ValueSource(strings = {"size", "gained", "lost", "unseen"})
    void ffmpegDecodesAcrossAChange(String name) throws Exception {
        String playlist = dvr.uri(address(name)).toString();
        String errors = ffmpeg.decode(LIMIT, playlist).requireSuccess().errors();
        // ffmpeg's way to say that a second take, with an init segment of its own, begins.
        assertEquals("", errors.replaceFirst(".*Found duplicated MOOV Atom. Skipped it\n", ""), name);
    }

    /** Where another browser can, it plays. */
    @ParameterizedTest
    @CsvSource({"h265, hvc1.", "mp3, mp4a.6B"})
    void saysSoWhereTheBrowserCannotPlayACodec(String name, String codec) throws Exception {
        page.open("?stream=live/" + name + "&t=" + (START_SECONDS + 5));
        assertTrue(codecs(name).contains(codec), codecs(name));
        if (isSupported(name)) {
            page.awaitPlaying("past");
        } else {
            page.await("state.error.includes('cannot play')");
            String error = page.text("document.documentElement.dataset.error");
            assertTrue(error.contains(codec), error);
        }
    }

    private static boolean isSupported(String name) throws Exception {
        return page.number("Number(MediaSource.isTypeSupported('video/mp4; codecs=\"" + codecs(name) + "\"'))") == 1;
    }

    /** As the multivariant playlist has it. */
    private static String codecs(String name) throws IOException, InterruptedException {
        String playlist = dvr.text(address(name));
        assertTrue(playlist.contains("CODECS=\""), playlist);
        return playlist.replaceAll("(?s).*CODECS=\"([^\"]*)\".*", "$1");
    }

    private static String address(String name) {
        return "live/" + name + "/archive-" + (START_SECONDS - 5) + "-120.m3u8";
    }

    private static void record(String name, List<FlvTag> tags) throws IOException {
        record(name, 0, tags);
    }

    private static void record(String name, long afterMillis, List<FlvTag> tags) throws IOException {
        RecordedTags.record(
                folder.resolve("red5/archive"),
                new StreamKey("live", name),
                START_SECONDS * 1_000_000 + afterMillis * 1_000,
                tags,
                elapsedMillis -> 0);
    }

    /** The picture gets another width, or the sound another rate, after 12 s. */
    private static List<FlvTag> changing(int width, int widthThen, int sampleRateThen) throws Exception {
        String name = "change-" + widthThen + '-' + sampleRateThen;
        List<FlvTag> tags = new ArrayList<>(flv(name + "-1", width, 12, X264 + " -g 10 -c:a aac"));
        for (FlvTag tag : flv(name + "-2", widthThen, 14, X264 + " -g 10 -c:a aac -ar " + sampleRateThen)) {
            tags.add(new FlvTag(tag.type(), tag.timestampMillis() + 12_040, tag.payload()));
        }
        return tags;
    }

    private static List<FlvTag> flv(String name, int width, int seconds, String arguments) throws Exception {
        return FlvFile.read(encode(name + ".flv", width, seconds, arguments)).tags().stream()
                .filter(tag -> !tag.isEndOfSequence())
                .toList();
    }

    private static Path encode(String name, int width, int seconds, String arguments) throws Exception {
        Path file = folder.resolve(name);
        List<String> command = new ArrayList<>(List.of("-loglevel", "error", "-f", "lavfi", "-i"));
        command.add("testsrc2=r=" + FRAMES_PER_SECOND + ":s=" + width + "x90:d=" + seconds);
        command.addAll(List.of("-f", "lavfi", "-i", "sine=sample_rate=48000:duration=" + seconds));
        command.addAll(List.of("-pix_fmt", "yuv420p"));
        command.addAll(Arrays.asList(arguments.split(" +")));
        command.add(file.toString());
        ffmpeg.run(LIMIT, command.toArray(String[]::new)).requireSuccess();
        return file;
    }
}
