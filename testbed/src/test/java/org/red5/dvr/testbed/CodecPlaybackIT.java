package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.timeline.StreamKey;

/**
 * Recordings of real encoders' streams in Chromium, with the player page's hls.js: long GOPs, a larger picture in
 * mid-stream, and AV1 with Opus play to their end, every frame of them. Debian's Chromium has no decoder for H.265, and
 * its Media Source Extensions take no MP3 in MP4; there the page says so. The recordings are made before the server
 * starts, as if they had been published two hours ago.
 */
@SideBySide
class CodecPlaybackIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int FRAMES_PER_SECOND = 10;
    private static final String X264 = "-c:v libx264 -preset ultrafast -sc_threshold 0";
    private static final long START_SECONDS = System.currentTimeMillis() / 3_600_000 * 3_600 - 7_200 + 30;
    /** Plays a playlist four times as fast as it is meant to, and keeps what comes of it in {@code results}. */
    private static final String PLAY = """
            (() => {
              window.results ??= {};
              const result = (window.results['NAME'] = { errors: [], sizes: [], ended: false });
              const video = document.createElement('video');
              video.muted = true;
              document.body.append(video);
              const hls = new Hls({ maxBufferLength: 90 });
              hls.on(Hls.Events.ERROR, (_, error) => result.errors.push(error.details));
              hls.on(Hls.Events.MANIFEST_PARSED, () => { video.playbackRate = 4; video.play(); });
              video.addEventListener('resize', () => result.sizes.push(video.videoWidth));
              video.addEventListener('ended', () => {
                result.frames = video.webkitDecodedFrameCount;
                result.audioBytes = video.webkitAudioDecodedByteCount;
                result.ended = true;
              });
              hls.loadSource('ADDRESS');
              hls.attachMedia(video);
              return 'begun';
            })()
            """;

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
        record("size", changing());
        record("av1-opus", av1AndOpus());
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

    @Test
    void playsToTheEndEveryFrame() throws Exception {
        page.open("");
        page.await("window.Hls && Hls.isSupported()");
        List<String> names = List.of("gop10", "gop60", "size", "av1-opus");
        for (String name : names) {
            assertTrue(isSupported(name), name + " is not supported: " + codecs(name));
            page.text(PLAY.replace("NAME", name).replace("ADDRESS", address(name)));
        }
        for (String name : names) {
            page.await("window.results['" + name + "'].ended || window.results['" + name + "'].errors.length");
            JsonObject result = JsonParser.parseString(page.text("JSON.stringify(window.results['" + name + "'])"))
                    .getAsJsonObject();
            assertTrue(result.get("ended").getAsBoolean(), name + ": " + result);
            assertEquals(0, result.getAsJsonArray("errors").size(), name + ": " + result);
            int recorded =
                    Packets.of(ffmpeg, dvr.uri(address(name)).toString(), "v").count();
            assertEquals(recorded, result.get("frames").getAsInt(), 2, name + ": " + result);
            assertTrue(result.get("audioBytes").getAsLong() > 1_000, name + ": " + result);
            assertEquals(name.equals("size") ? List.of(160, 320) : List.of(160), sizes(result), name);
        }
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

    private static List<Integer> sizes(JsonObject result) {
        return result.getAsJsonArray("sizes").asList().stream()
                .map(JsonElement::getAsInt)
                .distinct()
                .toList();
    }

    private static void record(String name, List<FlvTag> tags) throws IOException {
        RecordedTags.record(
                folder.resolve("red5/archive"),
                new StreamKey("live", name),
                START_SECONDS * 1_000_000,
                tags,
                elapsedMillis -> 0);
    }

    /** The picture gets larger after 12 s. */
    private static List<FlvTag> changing() throws Exception {
        List<FlvTag> tags = new ArrayList<>(flv("size-1", 160, 12, X264 + " -g 10 -c:a aac"));
        for (FlvTag tag : flv("size-2", 320, 14, X264 + " -g 10 -c:a aac")) {
            tags.add(new FlvTag(tag.type(), tag.timestampMillis() + 12_040, tag.payload()));
        }
        return tags;
    }

    private static List<FlvTag> av1AndOpus() throws Exception {
        List<FlvTag> video = flv("av1", 160, 16, "-c:v libsvtav1 -preset 12 -g 20 -an");
        Path ogg = encode("opus.ogg", 160, 16, "-vn -c:a libopus -b:a 64k -page_duration 1");
        return OggOpus.tags(Files.readAllBytes(ogg), video);
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
