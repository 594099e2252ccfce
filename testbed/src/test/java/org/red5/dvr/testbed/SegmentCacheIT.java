package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * A server that keeps nothing but a segment cache between an origin and an edge: what was watched on the edge plays there on without the origin, over a
 * crash and a restart of the cache, and nothing else does.
 */
@SideBySide
class SegmentCacheIT {
    private static final String CAMERA = "live/camera";
    private static final int WATCHED = 12;
    private static final Duration LIMIT = Duration.ofSeconds(45);

    private final TestCluster cluster;
    private final TestNode origin;
    private final TestNode cache;
    private final TestNode edge;
    private final FaultProxy toOrigin;
    private final long first;
    /** The bytes of each segment that was watched. */
    private final List<byte[]> watched = new ArrayList<>();

    SegmentCacheIT() throws IOException {
        cluster = new TestCluster("segment-cache");
        origin = cluster.add("origin").conf("stream * { dvr archive 30d; }\n");
        cache = cluster.add("cache");
        edge = cluster.add("edge");
        toOrigin = cluster.linkTo(origin);
        cache.conf("source " + toOrigin.address() + " { cache cache 2d 1G; }\n");
        edge.conf("source " + cluster.linkTo(cache).address() + " remote_dvr=chain;\n");
        long hourCells = 3_600_000 / ClipArchive.GRID.periodMillis();
        first = ClipArchive.GRID.numberAt(System.currentTimeMillis() * 1_000) / hourCells * hourCells
                - 3 * hourCells
                + 150;
    }

    @BeforeEach
    void start() throws IOException {
        ClipArchive clip = new ClipArchive(new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard()));
        StreamKey camera = new StreamKey("live", "camera");
        clip.record(origin.archive(), camera, "origin", first, first + 3 * WATCHED, 0, GapReason.NOT_PUBLISHED);
        cluster.start();
    }

    @AfterEach
    void stop() throws IOException {
        cluster.close();
    }

    private String window(long from, long count) {
        return DvrClient.past(CAMERA, first + from, count);
    }

    private static List<DvrClient.Entry> entriesOrNone(TestNode node, String window) throws InterruptedException {
        try {
            return node.dvr().entries(window);
        } catch (IOException e) {
            return List.of(); // Not yet, or nobody answers.
        }
    }

    private double metric(String line) throws IOException, InterruptedException {
        return cache.dvr()
                .text("metrics")
                .lines()
                .filter(each -> each.startsWith(line + ' '))
                .mapToDouble(each -> Double.parseDouble(each.substring(line.length() + 1)))
                .sum();
    }

    private void assertPlays(TestNode node, List<DvrClient.Entry> entries) throws Exception {
        assertEquals(entries, node.dvr().entries(window(0, WATCHED)), node.name());
        for (DvrClient.Entry entry : entries) {
            String path = CAMERA + '/' + entry.uri();
            byte[] wanted = watched.get((int) (entry.number() - first));
            assertArrayEquals(wanted, node.dvr().bytes(path), node.name() + ' ' + path);
        }
        assertEquals(200, node.dvr().get(init(entries)).statusCode(), node.name());
    }

    private static long number(PeerQuestion segment) {
        return Long.parseLong(segment.path().substring(segment.path().lastIndexOf('/') + 1));
    }

    private static String init(List<DvrClient.Entry> entries) {
        return CAMERA + "/segments/" + entries.get(0).take() + "/init.mp4";
    }

    @Test
    void whatWasWatchedPlaysOnWithoutItsSource() throws Exception {
        Eventually.holds(
                "the edge knows",
                LIMIT,
                () -> entriesOrNone(edge, window(0, WATCHED)).size() == WATCHED);
        List<DvrClient.Entry> entries = edge.dvr().entries(window(0, WATCHED));
        for (DvrClient.Entry entry : entries) {
            watched.add(edge.dvr().bytes(CAMERA + '/' + entry.uri()));
        }
        Eventually.holds("all is cached", LIMIT, () -> metric("dvr_cache_filled_segments_total") == WATCHED);
        cluster.forgetQuestions();
        assertPlays(cache, entries);
        assertEquals(WATCHED, (int) metric("dvr_cache_requests_total{result=\"hit\"}"));
        String map = cache.dvr().text("cluster.json?stream=" + CAMERA);
        assertTrue(
                map.contains("\"cached\":[{\"stream\":\"" + CAMERA + "\",\"hits\":" + WATCHED + ",\"misses\":" + WATCHED),
                map);
        assertEquals(
                List.of(),
                toOrigin.questions().stream()
                        .filter(question -> question.kind().equals("segment") && number(question) < first + WATCHED)
                        .toList(),
                "the origin is asked for none of them again, but for some that follow");

        toOrigin.set(FaultProxy.Fault.REFUSED);
        cache.kill();
        cache.start();
        Eventually.holds(
                "the cache plays on",
                LIMIT,
                () -> entriesOrNone(cache, window(0, WATCHED)).size() == WATCHED);
        assertPlays(cache, entries);
        edge.stop();
        edge.start();
        Eventually.holds(
                "and the edge",
                LIMIT,
                () -> entriesOrNone(edge, window(0, WATCHED)).size() == WATCHED);
        assertPlays(edge, entries);
        for (TestNode node : List.of(cache, edge)) {
            assertTrue(node.dvr().streams().toString().contains("camera"), node.name());
            HttpResponse<byte[]> other = node.dvr().get(window(2 * WATCHED, WATCHED));
            assertEquals(503, other.statusCode(), "what nobody watched, " + node.name());
            assertTrue(other.headers().firstValue("Retry-After").isPresent());
        }

        toOrigin.heal();
        Eventually.holds(
                "all is there again",
                LIMIT,
                () -> entriesOrNone(cache, window(0, 3 * WATCHED)).size() == 3 * WATCHED);
        assertPlays(cache, entries);
    }
}
