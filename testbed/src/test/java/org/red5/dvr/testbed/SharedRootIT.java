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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A second Red5 is started with the {@code dvr} path of one that is recording, as by mistake or in an overlap: it changes nothing of
 * the first one's hour, says why it does not record, and records when the first one is gone.
 */
@SideBySide
class SharedRootIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String HEALTH = "in use by another server, its streams are not recorded";
    private static final String FAILING = "disk error, streams not recorded: 1";
    private static final double GRID_SECONDS = 1;

    @Test
    void theSecondServerWaitsUntilTheFirstIsGone() throws Exception {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        FlvFile clip = FlvFile.read(new Clips(ffmpeg, CacheFolder.standard())
                .get(new Clips.Spec(60, 320, 180, 25, 25, 2, 400, true, true)));
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "shared-root")
                .toAbsolutePath();
        Path root = folder.resolve("archive");
        try (Red5Server first = start(folder.resolve("first"), "first", root);
                LoopingPublisher one = LoopingPublisher.start(first, "one", clip)) {
            DvrClient firstDvr = new DvrClient(first);
            Eventually.holds("the first server records", LIMIT, () -> seconds(firstDvr, "one") > 3);
            Map<Path, byte[]> before = files(root);
            try (Red5Server second = start(folder.resolve("second"), "second", root);
                    LoopingPublisher two = LoopingPublisher.start(second, "two", clip)) {
                DvrClient secondDvr = new DvrClient(second);
                Eventually.holds(
                        "the second server says why",
                        LIMIT,
                        () -> health(secondDvr).contains(HEALTH)
                                && health(secondDvr).contains(FAILING));
                assertTrue(second.log().contains(root + " is in use by another server"), "in its log");
                assertTrue(seconds(secondDvr, "one") > 3, "what the first one recorded can be seen there");
                double seen = seconds(firstDvr, "one");
                Eventually.holds("the first goes on", LIMIT, () -> seconds(firstDvr, "one") > seen + 3);
                assertGrown(before, root);
                assertTrue(
                        files(root).keySet().stream()
                                .allMatch(file -> file.toString().contains("-first.")),
                        files(root).keySet()::toString);
                assertEquals(1, ranges(firstDvr, "one").size(), "in one piece");
                assertEquals("ok", status(firstDvr));

                one.requireNoFailure();
                first.kill();
                Eventually.holds("the second server records", LIMIT, () -> seconds(secondDvr, "two") > 3);
                Eventually.holds(
                        "and is healthy", LIMIT, () -> status(secondDvr).equals("ok"));
                two.requireNoFailure();
                assertTrue(second.log().contains(root + " is not in use by another server any more"), "in its log");
                assertEquals(1, ranges(secondDvr, "one").size(), "all that the first one recorded, in one piece");
                assertTrue(seconds(secondDvr, "one") > seen + 3 - GRID_SECONDS);
                assertFalse(second.log().contains(".aside"), "nothing was set aside");
            }
        }
    }

    private static Red5Server start(Path dir, String node, Path root) throws IOException, InterruptedException {
        return Red5Server.in(dir)
                .conf("node " + node + ";\nsegment 1s;\nwindow 10s;\nstream * { dvr " + root + " 2d; }\n")
                .start();
    }

    private static String health(DvrClient dvr) throws IOException, InterruptedException {
        return new String(dvr.get("health").body(), StandardCharsets.UTF_8);
    }

    private static String status(DvrClient dvr) throws IOException, InterruptedException {
        HttpResponse<byte[]> health = dvr.get("health");
        return health.statusCode() == 200 ? "ok" : new String(health.body(), StandardCharsets.UTF_8);
    }

    /** How much of a stream is recorded. */
    private static double seconds(DvrClient dvr, String stream) throws IOException, InterruptedException {
        double seconds = 0;
        for (JsonObject range : ranges(dvr, stream)) {
            seconds += range.get("duration").getAsDouble();
        }
        return seconds;
    }

    private static List<JsonObject> ranges(DvrClient dvr, String stream) throws IOException, InterruptedException {
        List<JsonObject> ranges = new ArrayList<>();
        if (dvr.get("live/" + stream + "/recording_status.json").statusCode() == 200) {
            for (JsonElement range :
                    dvr.status("live/" + stream).get(0).getAsJsonObject().getAsJsonArray("ranges")) {
                ranges.add(range.getAsJsonObject());
            }
        }
        return ranges;
    }

    /** What was there is there, and only added to. */
    private static void assertGrown(Map<Path, byte[]> before, Path root) throws IOException {
        Map<Path, byte[]> now = files(root);
        for (Map.Entry<Path, byte[]> file : before.entrySet()) {
            byte[] bytes = now.get(file.getKey());
            assertTrue(bytes != null && bytes.length >= file.getValue().length, file.getKey() + " is there");
            assertTrue(
                    Arrays.equals(file.getValue(), Arrays.copyOf(bytes, file.getValue().length)),
                    file.getKey() + " begins as it did");
        }
    }

    private static Map<Path, byte[]> files(Path root) throws IOException {
        Map<Path, byte[]> files = new HashMap<>();
        try (Stream<Path> paths = Files.walk(root.resolve("live"))) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(path, Files.readAllBytes(path));
            }
        }
        return files;
    }
}
