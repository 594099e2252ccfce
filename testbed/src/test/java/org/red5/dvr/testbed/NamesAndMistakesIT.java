package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Streams with any name are kept apart, and a client's mistake gets a plain sentence. */
@SideBySide
class NamesAndMistakesIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** How each stream is published, and where its recording is found. */
    private static final Map<String, String> PATHS = new LinkedHashMap<>();

    static {
        PATHS.put("live/same", "live/same");
        PATHS.put("other/same", "other/same");
        PATHS.put("live/with space", "live/with%20space");
        PATHS.put("live/dots.in.it.", "live/dots.in.it.");
        PATHS.put("live/room/cam", "live/room/cam");
        PATHS.put("live/..", "live/~2E~2E");
        PATHS.put("live/../../../escape", "live/~2E~2E/~2E~2E/~2E~2E/escape");
        PATHS.put("live/100%", "live/100%25");
        PATHS.put("live/a%2Fb", "live/a%252Fb");
        PATHS.put("live/день-日本", "live/%D0%B4%D0%B5%D0%BD%D1%8C-%E6%97%A5%E6%9C%AC");
    }

    private static Ffmpeg ffmpeg;
    private static Clips clips;
    private static Path folder;
    private static Red5Server server;
    private static DvrClient dvr;
    private static long beforeSeconds;

    /** Publishes a clip of its own length under each name, all at once. */
    @BeforeAll
    static void record() throws Exception {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        clips = new Clips(ffmpeg, CacheFolder.standard());
        folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "names");
        server = Red5Server.in(folder.resolve("inner/server"))
                .app("other")
                .conf("node origin;\nstream * { dvr archive 2d; }\n")
                .start();
        dvr = new DvrClient(server);
        beforeSeconds = System.currentTimeMillis() / 1_000;
        int seconds = 2;
        List<PacedPublish> publishes = new ArrayList<>();
        for (String name : PATHS.keySet()) {
            int slash = name.indexOf('/');
            List<PacedPublish.Due> tags =
                    PacedPublish.inRealTime(FlvFile.read(clip(seconds++)).tags());
            publishes.add(PacedPublish.start(server, name.substring(0, slash), name.substring(slash + 1), tags));
        }
        for (PacedPublish publish : publishes) {
            publish.await(LIMIT);
            publish.close();
        }
    }

    private static Path clip(int seconds) throws IOException {
        return clips.get(new Clips.Spec(seconds, 160, 90, 25, 25, 0, 100, true, false));
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void keepsStreamsOfAnyNameApart() throws Exception {
        Eventually.holds("all streams", LIMIT, () -> recordedStreams().size() == PATHS.size());
        Map<String, String> recorded = recordedStreams();
        int seconds = 2;
        for (Map.Entry<String, String> stream : PATHS.entrySet()) {
            assertEquals(stream.getValue(), recorded.get(stream.getKey()), stream.getKey());
            int clipSeconds = seconds;
            Eventually.holds(
                    "all of " + stream.getKey(),
                    LIMIT,
                    () -> dvr.recordedSeconds(stream.getValue()) > clipSeconds - 0.5);
            String address =
                    dvr.uri(dvr.recorded(stream.getValue(), beforeSeconds - 5)).toString();
            Packets packets = Packets.of(ffmpeg, address, "v");
            assertEquals(
                    Packets.of(ffmpeg, clip(seconds++).toString(), "v").hashes(), packets.hashes(), stream.getKey());
            assertEquals("", packets.complaints());
        }
    }

    @Test
    void writesNothingOutsideOfTheArchive() throws IOException {
        Path archive = server.dir().toAbsolutePath().resolve("archive");
        try (Stream<Path> all = Files.walk(folder.toAbsolutePath())) {
            assertEquals(
                    0,
                    all.filter(file -> file.toString().endsWith(".idx") && !file.startsWith(archive))
                            .count());
        }
        try (Stream<Path> apps = Files.list(archive)) {
            assertEquals(2, apps.filter(Files::isDirectory).count());
        }
    }

    private static Map<String, String> recordedStreams() throws IOException, InterruptedException {
        Map<String, String> paths = new LinkedHashMap<>();
        for (JsonElement element : dvr.streams()) {
            JsonObject stream = element.getAsJsonObject();
            if (stream.has("from") && !stream.get("live").getAsBoolean()) {
                paths.put(
                        stream.get("app").getAsString()
                                + '/'
                                + stream.get("name").getAsString(),
                        stream.get("path").getAsString());
            }
        }
        return paths;
    }

    @Test
    void answersMistakesWithASentence() throws Exception {
        Eventually.holds("a recording", LIMIT, () -> recordedStreams().containsKey("live/same"));
        long now = System.currentTimeMillis() / 1_000;
        String take = dvr.entries("live/same/archive-" + (beforeSeconds - 5) + "-300.m3u8")
                .get(0)
                .uri()
                .split("/")[1];
        Map<String, Integer> mistakes = new LinkedHashMap<>();
        mistakes.put("live/nobody/index.m3u8", 404);
        mistakes.put("nowhere/same/index.m3u8", 404);
        mistakes.put("live/same/archive-1000000000-60.m3u8", 404);
        mistakes.put("live/same/archive-" + (now + 3_600) + "-60.m3u8", 404);
        mistakes.put("live/same/archive-" + (now + 3_600) + "-now.m3u8", 404);
        mistakes.put("live/same/archive--5-60.m3u8", 400);
        mistakes.put("live/same/archive-" + now + "--60.m3u8", 400);
        mistakes.put("live/same/archive-" + now + "-0.m3u8", 400);
        mistakes.put("live/same/archive-" + now + "-2592000.m3u8", 400);
        mistakes.put("live/same/archive-noon-60.m3u8", 400);
        mistakes.put("live/same/archive-" + now + ".m3u8", 400);
        mistakes.put("live/same/rewind-0.m3u8", 400);
        mistakes.put("live/same/recording_status.json?from=" + now + "&to=" + (now - 60), 400);
        mistakes.put("live/same/recording_status.json?from=x&to=y", 400);
        mistakes.put("live/same/segments/" + take + "/1.m4s", 404);
        mistakes.put("live/same/segments/" + take + "/x.m4s", 400);
        mistakes.put("live/same/segments/" + take.substring(0, 10) + "/init.mp4", 404);
        mistakes.put("live/same/segments/20200101T000000000Z-origin/init.mp4", 404);
        mistakes.put("live/same/nothing.txt", 404);
        for (Map.Entry<String, Integer> mistake : mistakes.entrySet()) {
            HttpResponse<byte[]> answer = dvr.get(mistake.getKey());
            String body = new String(answer.body(), StandardCharsets.UTF_8);
            assertEquals(mistake.getValue(), answer.statusCode(), mistake.getKey() + ": " + body);
            assertTrue(body.matches("[A-Z\"][^\\n]{10,400}\\.\\n?"), mistake.getKey() + ": " + body);
            assertFalse(body.contains("Exception") || body.contains("\tat "), body);
        }
        // Tomcat of Red5 2.x refuses this by itself.
        HttpResponse<byte[]> noUtf8 = dvr.get("live/%FF/index.m3u8");
        assertEquals(400, noUtf8.statusCode());
        assertFalse(new String(noUtf8.body(), StandardCharsets.UTF_8).contains("Exception"));
        assertTrue(new String(dvr.get("live/same/archive-1000000000-60.m3u8").body(), StandardCharsets.UTF_8)
                .contains("there is"));
        assertEquals(
                0, server.log().lines().filter(line -> line.contains("ERROR")).count(), server.log());
    }

    @Test
    void servesSegmentsAsPlayersAndCachesExpect() throws Exception {
        Eventually.holds("a recording", LIMIT, () -> recordedStreams().containsKey("live/same"));
        DvrClient.Entry entry = dvr.entries("live/same/archive-" + (beforeSeconds - 5) + "-300.m3u8")
                .get(0);
        String path = "live/same/" + entry.uri();
        HttpResponse<byte[]> whole = dvr.get(path);
        assertEquals(200, whole.statusCode());
        String etag = whole.headers().firstValue("ETag").orElseThrow();
        assertEquals(
                "*", whole.headers().firstValue("Access-Control-Allow-Origin").orElseThrow());
        assertTrue(whole.headers().firstValue("Cache-Control").orElseThrow().contains("max-age=31536000"));
        HttpResponse<byte[]> part = dvr.get(path, "Range", "bytes=100-199");
        assertEquals(206, part.statusCode());
        assertEquals(
                "bytes 100-199/" + whole.body().length,
                part.headers().firstValue("Content-Range").orElseThrow());
        assertEquals(
                new String(whole.body(), 100, 100, StandardCharsets.ISO_8859_1),
                new String(part.body(), StandardCharsets.ISO_8859_1));
        assertEquals(416, dvr.get(path, "Range", "bytes=99999999-").statusCode());
        assertEquals(304, dvr.get(path, "If-None-Match", etag).statusCode());
        HttpResponse<byte[]> head = dvr.send("HEAD", path);
        assertEquals(
                whole.body().length,
                head.headers().firstValueAsLong("Content-Length").orElseThrow());
        assertEquals(0, head.body().length);
        assertEquals(405, dvr.send("DELETE", path).statusCode());
        assertEquals(200, dvr.get(path.replace(".m4s", "-v.m4s")).statusCode());
        // It was published without sound; a list that may grow has silence for it, at another address.
        String recorded = path.replaceFirst("-with-[^.]*", "");
        assertEquals(404, dvr.get(recorded.replace(".m4s", "-a.m4s")).statusCode());
    }
}
