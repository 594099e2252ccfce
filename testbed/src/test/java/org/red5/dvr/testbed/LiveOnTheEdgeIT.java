package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stream that is published to an origin, seen on a cache that has the origin as source and on an edge that has the cache. */
@SideBySide
class LiveOnTheEdgeIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String STREAM = "live/now";
    private static final String PLAYLIST = STREAM + "/index.m3u8";
    private static final int VIEWERS = 20;
    private static final Duration WATCHED = Duration.ofSeconds(21);
    private static final Duration VIEWER_INTERVAL = Duration.ofSeconds(1);
    private static final Duration WATCHER_INTERVAL = Duration.ofMillis(100);
    private static final long MOST_ADDED_MILLIS = 4_000;
    /**
     * What is asked at the beginning: who has which hour, the index of the one that is being written, and the segments of the last
     * three target durations.
     */
    private static final int AT_THE_BEGINNING = 3 + 6;

    private static TestCluster cluster;
    private static TestNode origin;
    private static TestNode cache;
    private static TestNode edge;
    private static FaultProxy cacheToOrigin;
    private static FaultProxy edgeToCache;
    private static RunningProcess publisher;

    @BeforeAll
    static void start() throws Exception {
        cluster = new TestCluster("live-edge");
        origin = cluster.add("origin").conf("stream * { dvr archive 1d; }\n");
        cacheToOrigin = cluster.linkTo(origin);
        cache = cluster.add("cache").conf("source " + cacheToOrigin.address() + ";\n");
        edgeToCache = cluster.linkTo(cache);
        edge = cluster.add("edge").conf("source " + edgeToCache.address() + " remote_dvr=chain;\n");
        cluster.start();
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        String clip = new Clips(ffmpeg, CacheFolder.standard()).standard().toString();
        String address = origin.server().rtmp(STREAM);
        publisher = ffmpeg.start("-stream_loop", "-1", "-re", "-i", clip, "-c", "copy", "-f", "flv", address);
        for (TestNode server : List.of(origin, cache, edge)) {
            Eventually.holds(server.name() + " plays", LIMIT, () -> isPlayed(server));
        }
    }

    private static boolean isPlayed(TestNode server) throws IOException, InterruptedException {
        return server.dvr().get(PLAYLIST).statusCode() == 200
                && server.dvr().entries(PLAYLIST).size() >= 4;
    }

    @AfterAll
    static void stop() throws IOException {
        if (publisher != null) {
            publisher.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    @BeforeEach
    void isStillPublished() {
        assertTrue(publisher.isAlive(), publisher.errors());
    }

    @Test
    void liveWindowsAgreeEntryByEntryAndByteByByte() throws Exception {
        Map<Long, DvrClient.Entry> original = byNumber(origin);
        for (TestNode server : List.of(cache, edge)) {
            Map<Long, DvrClient.Entry> seen = byNumber(server);
            seen.keySet().retainAll(original.keySet());
            assertTrue(seen.size() >= 4, server.name() + ": " + seen);
            for (DvrClient.Entry entry : seen.values()) {
                assertEquals(original.get(entry.number()), entry, server.name());
                String segment = STREAM + '/' + entry.uri();
                assertArrayEquals(origin.dvr().bytes(segment), server.dvr().bytes(segment), server.name());
            }
        }
    }

    private static Map<Long, DvrClient.Entry> byNumber(TestNode server) throws IOException, InterruptedException {
        return server.dvr().entries(PLAYLIST).stream()
                .collect(Collectors.toMap(
                        DvrClient.Entry::number, Function.identity(), (one, other) -> one, TreeMap::new));
    }

    @Test
    void twentyViewersCostOneRequestForEachSegmentAndSeeItAtMostOneSegmentLater() throws Exception {
        long last = lastNumber(edge);
        cluster.forgetQuestions();
        ExecutorService threads = Executors.newFixedThreadPool(VIEWERS + 2);
        try {
            Future<Map<Long, Long>> atOrigin = threads.submit(() -> firstSeen(origin, last, WATCHER_INTERVAL));
            Future<Map<Long, Long>> atEdge = threads.submit(() -> firstSeen(edge, last, WATCHER_INTERVAL));
            List<Future<Map<Long, Long>>> viewers = new ArrayList<>();
            for (int i = 0; i < VIEWERS; i++) {
                viewers.add(threads.submit(() -> firstSeen(edge, last, VIEWER_INTERVAL)));
            }
            for (Future<Map<Long, Long>> viewer : viewers) {
                assertTrue(viewer.get().size() >= 4, viewer.get().toString());
            }
            assertAddedMillis(atOrigin.get(), atEdge.get());
            int segments = atEdge.get().size();
            for (FaultProxy link : List.of(edgeToCache, cacheToOrigin)) {
                List<String> asked =
                        link.questions().stream().map(PeerQuestion::target).toList();
                assertTrue(asked.size() <= segments + AT_THE_BEGINNING, segments + " segments: " + asked);
                assertTrue(asked.size() >= segments - 1, "the proxy does not see them: " + asked);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static long lastNumber(TestNode server) throws IOException, InterruptedException {
        List<DvrClient.Entry> entries = server.dvr().entries(PLAYLIST);
        return entries.get(entries.size() - 1).number();
    }

    /** Watches as a player does: asks for the playlist and then for each new segment; gives when each number was there. */
    private static Map<Long, Long> firstSeen(TestNode server, long after, Duration interval) throws Exception {
        Map<Long, Long> seen = new ConcurrentSkipListMap<>();
        String media = PLAYLIST.replace(".m3u8", "-media.m3u8");
        long end = System.nanoTime() + WATCHED.toNanos();
        while (System.nanoTime() < end) {
            for (DvrClient.Entry entry : server.dvr().mediaEntries(media)) {
                if (entry.number() > after && !seen.containsKey(entry.number())) {
                    assertTrue(server.dvr().bytes(STREAM + '/' + entry.uri()).length > 1_000, entry.toString());
                    seen.put(entry.number(), System.nanoTime());
                }
            }
            LockSupport.parkNanos(interval.toNanos());
        }
        return seen;
    }

    private static void assertAddedMillis(Map<Long, Long> atOrigin, Map<Long, Long> atEdge) {
        List<Long> added = new ArrayList<>();
        for (Map.Entry<Long, Long> seen : atEdge.entrySet()) {
            if (atOrigin.containsKey(seen.getKey())) {
                added.add(TimeUnit.NANOSECONDS.toMillis(seen.getValue() - atOrigin.get(seen.getKey())));
            }
        }
        System.out.println("live, behind the origin: " + added + " ms");
        assertTrue(added.size() >= 4, added.toString());
        added.forEach(millis -> assertTrue(millis <= MOST_ADDED_MILLIS, added + " ms behind the origin"));
    }

    /** The edge was never told a stream's name. */
    @Test
    void everyAddressAnswersAsIfTheEdgeHeldTheArchive() throws Exception {
        List<DvrClient.Entry> entries = edge.dvr().entries(PLAYLIST);
        DvrClient.Entry second = entries.get(1);
        long from = second.startMillis() / 1_000;
        for (String name : List.of("index", "archive-" + from + "-8", "archive-" + from + "-now", "rewind-30")) {
            for (TestNode server : List.of(origin, edge)) {
                List<DvrClient.Entry> window = server.dvr().entries(STREAM + '/' + name + ".m3u8");
                assertTrue(window.size() >= 2, name + " on " + server.name() + ": " + window);
            }
        }
        String finite = STREAM + "/archive-" + from + "-8-media.m3u8";
        assertEquals(origin.dvr().text(finite), edge.dvr().text(finite));
        for (String segment : List.of(second.uri(), "segments/" + second.take() + "/init.mp4")) {
            for (String track : List.of(".", "-v.", "-a.")) {
                String path = STREAM + '/' + segment.replaceFirst("\\.(?=m)", track);
                assertArrayEquals(origin.dvr().bytes(path), edge.dvr().bytes(path), path);
                HttpResponse<byte[]> head = edge.dvr().send("HEAD", path);
                assertEquals(200, head.statusCode(), path);
                assertEquals(206, edge.dvr().get(path, "Range", "bytes=10-19").statusCode(), path);
            }
        }
        assertTrue(listed().get("live").getAsBoolean());
        assertEquals("origin", servers(from));
        assertEquals(404, edge.dvr().get("live/nobody/index.m3u8").statusCode());
        for (String path : List.of("", "health", "metrics")) {
            assertEquals(200, edge.dvr().get(path).statusCode(), path);
        }
    }

    @Test
    void statusSaysWhoPlaysAndWhereFrom() throws Exception {
        try (RtmpPlayer player = new RtmpPlayer(edge.server().rtmpPort(), "live", "now")) {
            Eventually.holds("is played live, from the cache", LIMIT, () -> isPlaying(1, "cache"));
            assertTrue(player.isConnected());
        }
        Eventually.holds("nobody plays it", LIMIT, () -> isPlaying(0, ""));
    }

    /** Whether the edge's status report says that so many play the stream live and nobody a file, pulled from there. */
    private static boolean isPlaying(int live, String from) throws IOException, InterruptedException {
        JsonObject status = JsonParser.parseString(edge.dvr().text(STREAM + "/recording_status.json"))
                .getAsJsonArray()
                .get(0)
                .getAsJsonObject();
        if (!status.has("playing")) {
            return false;
        }
        JsonObject playing = status.getAsJsonObject("playing");
        String pulledFrom = playing.has("from") ? playing.get("from").getAsString() : "";
        return playing.get("live").getAsInt() == live
                && playing.get("past").getAsInt() == 0
                && playing.get("started").getAsInt() >= 1
                && pulledFrom.equals(from);
    }

    private static JsonObject listed() throws IOException, InterruptedException {
        for (JsonElement stream : edge.dvr().streams()) {
            if (stream.getAsJsonObject().get("path").getAsString().equals(STREAM)) {
                return stream.getAsJsonObject();
            }
        }
        throw new AssertionError("not in the list of streams: " + edge.dvr().streams());
    }

    /** Who has the eight seconds from then on, as the status report says. */
    private static String servers(long from) throws IOException, InterruptedException {
        String report = edge.dvr().text(STREAM + "/recording_status.json?from=" + from + "&to=" + (from + 8));
        JsonObject status =
                JsonParser.parseString(report).getAsJsonArray().get(0).getAsJsonObject();
        return status.getAsJsonArray("ranges").asList().stream()
                .map(range -> range.getAsJsonObject().get("server").getAsString())
                .distinct()
                .collect(Collectors.joining(" "));
    }
}
