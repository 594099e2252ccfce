package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * Two servers recorded one stream independently, and an edge has both as sources. The first recorded ten minutes and died, the
 * second came in one minute before that and went on for eleven.
 */
class TwoOriginsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration FAIL_OVER = Duration.ofSeconds(3);
    private static final String STREAM = "live/match";
    private static final long MOST_PATIENCE_MILLIS = 2_500;
    private static final Duration VIEWER_INTERVAL = Duration.ofMillis(10);
    private static final int MINUTE = 15;
    private static final int SEGMENT_FRAMES = 100;
    private static final long HOUR_CELLS = 3_600_000 / ClipArchive.GRID.periodMillis();
    /** The second server's segments begin so much later in their cells. */
    private static final long LATE_MICROS = 120_000;

    /** One segment in each of the hours before, at the first server only: each costs a question of its own. */
    private static final int HOURLY = 240;

    private static final String HOURLY_STREAM = "live/hourly";
    private static final String TWIN = "live/twin";
    /** Segments of three target durations. */
    private static final int FETCHED_AHEAD = 6;

    private static TestCluster cluster;
    private static TestNode o;
    private static TestNode b;
    private static TestNode edge;
    private static FaultProxy edgeToO;
    private static long first;
    private static Ffmpeg ffmpeg;

    @BeforeAll
    static void start() throws Exception {
        cluster = new TestCluster("two-origins");
        o = cluster.add("o").conf("stream * { dvr archive 30d; }\n");
        b = cluster.add("b").conf("stream * { dvr archive 30d; }\n");
        edgeToO = cluster.linkTo(o);
        edge = cluster.add("edge")
                .conf("source %s;\nsource %s;\n"
                        .formatted(edgeToO.address(), cluster.linkTo(b).address()));
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        ClipArchive clip = new ClipArchive(new Clips(ffmpeg, CacheFolder.standard()));
        StreamKey stream = new StreamKey("live", "match");
        first = ClipArchive.GRID.numberAt(System.currentTimeMillis() * 1_000) / HOUR_CELLS * HOUR_CELLS
                - 2 * HOUR_CELLS;
        clip.record(o.archive(), stream, "o", first, first + 10 * MINUTE, 0, GapReason.SERVER_DOWN);
        clip.record(
                b.archive(),
                stream,
                "b",
                first + 9 * MINUTE,
                first + 20 * MINUTE,
                LATE_MICROS,
                GapReason.NOT_PUBLISHED);
        for (TestNode node : List.of(o, b)) {
            clip.record(node.archive(), stream, node.name(), earlier(), earlier() + MINUTE, 0, GapReason.EXPIRED);
        }
        for (int hour = 1; hour <= HOURLY; hour++) {
            long number = first - hour * HOUR_CELLS;
            StreamKey hourly = new StreamKey("live", "hourly");
            clip.record(o.archive(), hourly, "o", number, number + 1, 0, GapReason.NOT_PUBLISHED);
        }
        cluster.start();
        Eventually.holds(
                "the edge knows its sources",
                LIMIT,
                () -> edge.dvr().get(window()).statusCode() == 200
                        && edge.dvr().entries(window()).size() == 20 * MINUTE);
    }

    @AfterAll
    static void stop() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void playsAllTwentyMinutesWithoutAHole() throws Exception {
        List<DvrClient.Entry> entries = edge.dvr().entries(window());
        assertNumbers(first, first + 20 * MINUTE, entries);
        for (DvrClient.Entry entry : entries) {
            boolean isOfO = entry.number() < first + 10 * MINUTE;
            assertTrue(entry.take().endsWith(isOfO ? "-o" : "-b"), entry.toString());
            assertEquals(entry.number() == first + 10 * MINUTE, entry.discontinuity(), entry.toString());
            String segment = STREAM + '/' + entry.uri();
            assertArrayEquals((isOfO ? o : b).dvr().bytes(segment), edge.dvr().bytes(segment), segment);
        }
        JsonObject status = status();
        assertEquals(0, status.getAsJsonArray("holes").size(), status.toString());
        Packets video = Packets.of(ffmpeg, edge.dvr().uri(window()).toString(), "v");
        // ffmpeg's way to say that a second take, with an init segment of its own, begins.
        assertEquals("", video.complaints().replaceFirst(".*Found duplicated MOOV Atom. Skipped it\n", ""));
        assertEquals(20 * MINUTE * SEGMENT_FRAMES, video.count());
        double[] times = video.ptsSeconds().stream()
                .mapToDouble(seconds -> seconds)
                .sorted()
                .toArray();
        for (int i = 1; i < times.length; i++) {
            assertTrue(times[i] - times[i - 1] < 0.2, "a hole behind " + times[i - 1]);
        }
    }

    @Test
    void saysWhatIsGoneWhileTheFirstIsDown() throws Exception {
        Set<Integer> statuses = statusesWhile(o::stop);
        try {
            assertEquals(Set.of(200, 503), statuses);
            Eventually.holds(
                    "answered by the second alone",
                    FAIL_OVER,
                    () -> edge.dvr().get(window()).statusCode() == 200
                            && edge.dvr().entries(window()).size() == 11 * MINUTE);
            assertNumbers(first + 9 * MINUTE, first + 20 * MINUTE, edge.dvr().entries(window()));
            JsonObject status = status();
            JsonArray holes = status.getAsJsonArray("holes");
            assertEquals(1, holes.size(), holes.toString());
            JsonObject hole = holes.get(0).getAsJsonObject();
            assertEquals(seconds(first), hole.get("from").getAsDouble());
            JsonObject range = status.getAsJsonArray("ranges").get(0).getAsJsonObject();
            // The edge may still have bytes of the first server's last minute.
            boolean isOfO = range.get("server").getAsString().equals("o");
            assertEquals(
                    9 * 60 + (isOfO ? 0 : LATE_MICROS / 1e6),
                    hole.get("duration").getAsDouble(),
                    0.001,
                    status::toString);
            assertEquals("server not reachable", hole.get("reason").getAsString());
            JsonArray servers = hole.getAsJsonArray("servers");
            assertEquals(1, servers.size(), servers.toString());
            assertEquals("o", servers.get(0).getAsJsonObject().get("server").getAsString());

            HttpResponse<byte[]> gone = edge.dvr().get(DvrClient.past(STREAM, first, 5 * MINUTE));
            assertEquals(503, gone.statusCode());
            assertTrue(gone.headers().firstValue("Retry-After").isPresent());
            String sentence = new String(gone.body(), StandardCharsets.UTF_8);
            assertTrue(sentence.contains("o ("), sentence);
        } finally {
            o.start();
        }
        Eventually.holds(
                "whole again", LIMIT, () -> edge.dvr().entries(window()).size() == 20 * MINUTE);
    }

    /** Of the tenth minute both have a take, and the window that the viewer sees shows the first's. */
    @Test
    void thePageGoesOnAtTheSameMomentWhenTheServerThatItPlaysFromIsGone() throws Exception {
        Optional<Path> chromium = PlayerPage.chromium();
        assumeTrue(chromium.isPresent(), "Chromium is not installed");
        double moment = seconds(first + 9 * MINUTE) + 2;
        try (PlayerPage page = PlayerPage.of(edge.server(), chromium.get())) {
            page.open("?stream=" + STREAM + "&t=" + (long) moment);
            page.await("state.state === 'playing' && Number(state.utc) > " + (moment + 1));
            o.kill();
            page.await("performance.getEntriesByType('resource').some(({ name }) => name.includes('-b/'))");
            double back = page.shown();
            page.await("state.state === 'playing' && Number(state.utc) > " + (back + 5));
            assertTrue(back < moment + 30, "within the window that the first server's segments stood in: " + back);
        } finally {
            o.start();
        }
        Eventually.holds(
                "whole again", LIMIT, () -> edge.dvr().entries(window()).size() == 20 * MINUTE);
    }

    private interface Action {
        void run() throws IOException, InterruptedException;
    }

    /** What the edge answers to a viewer that looks into one hour after the other, until it is done and the edge knows of it. */
    private static Set<Integer> statusesWhile(Action action) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Void> hasAnswered = new CompletableFuture<>();
        ExecutorService viewer = Executors.newSingleThreadExecutor();
        try {
            Future<Set<Integer>> statuses = viewer.submit(() -> {
                Set<Integer> seen = new TreeSet<>();
                for (int hour = 1; hour <= HOURLY && !(done.get() && seen.contains(503)); hour++) {
                    String path = DvrClient.past(HOURLY_STREAM, first - hour * HOUR_CELLS, 1);
                    seen.add(edge.dvr().get(path).statusCode());
                    hasAnswered.complete(null);
                    LockSupport.parkNanos(VIEWER_INTERVAL.toNanos());
                }
                return seen;
            });
            hasAnswered.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            action.run();
            done.set(true);
            return statuses.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } finally {
            viewer.shutdownNow();
        }
    }

    /** The hour has never been asked for before. */
    @Test
    void doesNotWaitForASlowSourceWhenTheOtherHasIt() throws Exception {
        String window = DvrClient.past(STREAM, earlier(), MINUTE);
        edgeToO.slow(5_000);
        try {
            long start = System.nanoTime();
            List<DvrClient.Entry> entries = edge.dvr().entries(window);
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            assertNumbers(earlier(), earlier() + MINUTE, entries);
            System.out.println("two playlists beside a source that answers after 5 s: " + millis + " ms");
            assertTrue(millis < MOST_PATIENCE_MILLIS, millis + " ms");
        } finally {
            edgeToO.heal();
        }
        Eventually.holds(
                "whole again", LIMIT, () -> edge.dvr().entries(window()).size() == 20 * MINUTE);
    }

    /** Both record one encoder, and the first viewer comes when there is more than is fetched ahead; then the server in use ends. */
    @Test
    void listsKeepWhatTheyGaveOutWhenTheirServerEnds() throws Exception {
        String clip = new Clips(ffmpeg, CacheFolder.standard()).standard().toString();
        String both = Stream.of(o, b)
                .map(node -> "[f=flv:onfail=ignore]" + node.server().rtmp(TWIN))
                .collect(Collectors.joining("|"));
        try (RunningProcess encoder = ffmpeg.start(
                "-stream_loop",
                "-1",
                "-re",
                "-i",
                clip,
                "-c",
                "copy",
                "-map",
                "0",
                "-flags",
                "+global_header",
                "-f",
                "tee",
                both)) {
            for (TestNode node : List.of(o, b)) {
                Eventually.holds(
                        node.name() + " has recorded for a while",
                        LIMIT,
                        () -> node.dvr().get(TWIN + "/index.m3u8").statusCode() == 200
                                && node.dvr().entries(TWIN + "/index.m3u8").size() >= FETCHED_AHEAD + 3);
            }
            assertTrue(encoder.isAlive(), encoder.errors());
            long from = System.currentTimeMillis() / 1_000 - 30;
            List<String> lists = List.of("index", "rewind-60", "archive-" + from + "-now");
            Map<String, Map<Long, DvrClient.Entry>> seen = new HashMap<>();
            for (String list : lists) {
                assertTrue(kept(list, seen).endsWith("-o"), list);
            }
            o.stop();
            try {
                Eventually.holds("all go on with the other", LIMIT, () -> {
                    boolean goOn = true;
                    for (String list : lists) {
                        goOn &= kept(list, seen).endsWith("-b");
                    }
                    return goOn;
                });
            } finally {
                o.start();
            }
        }
        Eventually.holds(
                "whole again", LIMIT, () -> edge.dvr().entries(window()).size() == 20 * MINUTE);
    }

    /** The take of a list's last entry; every entry is as it was seen before, and none is taken back. */
    private static String kept(String list, Map<String, Map<Long, DvrClient.Entry>> seen) throws Exception {
        Map<Long, DvrClient.Entry> before = seen.computeIfAbsent(list, key -> new HashMap<>());
        long newest = before.keySet().stream().mapToLong(number -> number).max().orElse(0);
        List<DvrClient.Entry> now = edge.dvr().entries(TWIN + '/' + list + ".m3u8");
        for (DvrClient.Entry entry : now) {
            DvrClient.Entry known = before.putIfAbsent(entry.number(), entry);
            assertTrue(known == null || known.uri().equals(entry.uri()), known + " became " + entry);
            assertTrue(known == null || known.seconds() == entry.seconds(), known + " became " + entry);
            assertTrue(known != null || entry.number() > newest, entry + " came afterwards");
        }
        DvrClient.Entry last = now.get(now.size() - 1);
        assertTrue(last.number() >= newest, list + " ended with " + newest + ", ends with " + last);
        return last.take();
    }

    private static long earlier() {
        return first - 3 * HOUR_CELLS + 30;
    }

    private static void assertNumbers(long from, long to, List<DvrClient.Entry> entries) {
        assertEquals(
                LongStream.range(from, to).boxed().toList(),
                entries.stream().map(DvrClient.Entry::number).toList());
    }

    private static JsonObject status() throws IOException, InterruptedException {
        String query = "?from=" + (long) seconds(first) + "&to=" + (long) seconds(first + 20 * MINUTE);
        return JsonParser.parseString(edge.dvr().text(STREAM + "/recording_status.json" + query))
                .getAsJsonArray()
                .get(0)
                .getAsJsonObject();
    }

    private static double seconds(long number) {
        return ClipArchive.GRID.startUtcMicros(number) / 1e6;
    }

    private static String window() {
        return DvrClient.past(STREAM, first, 20 * MINUTE);
    }
}
