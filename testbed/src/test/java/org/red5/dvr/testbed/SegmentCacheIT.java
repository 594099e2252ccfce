package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * A server that keeps nothing but a segment cache between an origin and an edge: what was watched on the edge plays there on without the origin, over a
 * crash and a restart of the cache, and nothing else does. Many clients of one segment cost the origin one request.
 */
@SideBySide
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SegmentCacheIT {
    private static final String CAMERA = "live/camera";
    private static final String HITS = "dvr_cache_requests_total{result=\"hit\"}";
    private static final int WATCHED = 12;
    private static final Duration LIMIT = Duration.ofSeconds(45);
    private static final Duration HEALED = Duration.ofSeconds(5);
    private static final int VIEWERS = 200;
    private static final int LATE_CLIENTS = 20;

    /** How often the cache is killed under load. */
    private static final int KILLS = Integer.getInteger("cache.kills", 1);

    private static final long SEED = Long.getLong("cache.seed", System.nanoTime());
    private static final int SEGMENTS_A_KILL = 10;

    /** Each test has segments of its own, counted from the first. */
    private static final int NOT_WATCHED = 2 * WATCHED;

    private static final int ASKED_BY_MANY = 40;
    private static final int BEFORE_THE_LOSS = 44;
    private static final int AFTER_THE_LOSS = 60;
    private static final int AROUND_KILLS = 76;
    private static final int ALL = AROUND_KILLS + SEGMENTS_A_KILL * KILLS;

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

    @BeforeAll
    void start() throws IOException {
        ClipArchive clip = new ClipArchive(new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard()));
        StreamKey camera = new StreamKey("live", "camera");
        clip.record(origin.archive(), camera, "origin", first, first + ALL, 0, GapReason.NOT_PUBLISHED);
        cluster.start();
    }

    @AfterAll
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
        double filledBefore = metric("dvr_cache_filled_segments_total");
        double hitsBefore = metric(HITS);
        for (DvrClient.Entry entry : entries) {
            watched.add(edge.dvr().bytes(CAMERA + '/' + entry.uri()));
        }
        Eventually.holds(
                "all is cached", LIMIT, () -> metric("dvr_cache_filled_segments_total") == filledBefore + WATCHED);
        cluster.forgetQuestions();
        assertPlays(cache, entries);
        assertEquals(WATCHED, (int) (metric(HITS) - hitsBefore));
        String map = cache.dvr().text("cluster.json?stream=" + CAMERA);
        String counted = "\"cached\":[{\"stream\":\"" + CAMERA + "\",\"hits\":" + (int) metric(HITS) + ",\"misses\":";
        assertTrue(map.contains(counted), map);
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
            HttpResponse<byte[]> other = node.dvr().get(window(NOT_WATCHED, WATCHED));
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

    /** What one client was sent of a segment, and when; System.nanoTime. */
    private static final class Watcher {
        private final AtomicLong bytes = new AtomicLong();
        private volatile long firstNanos;
        private volatile long lastNanos;

        byte[] read(HttpClient http, URI segment) throws IOException, InterruptedException {
            HttpResponse<InputStream> response = http.send(
                    HttpRequest.newBuilder(segment).timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofInputStream());
            assertEquals(200, response.statusCode());
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] buffer = new byte[64 << 10];
            try (InputStream body = response.body()) {
                for (int length = body.read(buffer); length >= 0; length = body.read(buffer)) {
                    if (bytes.getAndAdd(length) == 0) {
                        firstNanos = System.nanoTime();
                    }
                    all.write(buffer, 0, length);
                }
            }
            lastNanos = System.nanoTime();
            return all.toByteArray();
        }
    }

    private String segment(DvrClient.Entry entry) {
        return CAMERA + '/' + entry.uri();
    }

    private List<DvrClient.Entry> known(TestNode node, int from, int count) throws Exception {
        Eventually.holds(
                node.name() + " knows",
                LIMIT,
                () -> entriesOrNone(node, window(from, count)).size() == count);
        return node.dvr().entries(window(from, count));
    }

    private long segmentsAskedOfOrigin(long from, long count) {
        return toOrigin.questions().stream()
                .filter(question -> question.kind().equals("segment"))
                .mapToLong(SegmentCacheIT::number)
                .filter(number -> number >= first + from && number < first + from + count)
                .count();
    }

    @Test
    void lateClientsOfASlowSourceGetWhatHasComeAndCostNoRequest() throws Exception {
        String segment = segment(known(cache, ASKED_BY_MANY, 1).get(0));
        byte[] wanted = origin.dvr().bytes(segment);
        cluster.forgetQuestions();
        toOrigin.narrow(wanted.length / 4);
        HttpClient http = HttpClient.newHttpClient();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            Watcher early = new Watcher();
            Future<byte[]> earlyBytes =
                    threads.submit(() -> early.read(http, cache.dvr().uri(segment)));
            Eventually.holds("half of it has come", LIMIT, () -> early.bytes.get() > wanted.length / 2);
            long lateNanos = System.nanoTime();
            List<Watcher> late = new ArrayList<>();
            List<Future<byte[]>> lateBytes = new ArrayList<>();
            for (int i = 0; i < LATE_CLIENTS; i++) {
                Watcher watcher = new Watcher();
                late.add(watcher);
                lateBytes.add(
                        threads.submit(() -> watcher.read(http, cache.dvr().uri(segment))));
            }
            assertArrayEquals(wanted, earlyBytes.get());
            for (Future<byte[]> bytes : lateBytes) {
                assertArrayEquals(wanted, bytes.get());
            }
            long[] firstMillis = late.stream()
                    .mapToLong(each -> TimeUnit.NANOSECONDS.toMillis(each.firstNanos - lateNanos))
                    .sorted()
                    .toArray();
            long median = firstMillis[LATE_CLIENTS / 2];
            long behind = late.stream()
                    .mapToLong(each -> TimeUnit.NANOSECONDS.toMillis(each.lastNanos - early.lastNanos))
                    .max()
                    .orElseThrow();
            System.out.println("late clients: first byte after " + Arrays.toString(firstMillis)
                    + " ms, the last one's last byte " + behind + " ms after the first client's");
            assertTrue(early.lastNanos - lateNanos > TimeUnit.SECONDS.toNanos(1), "the source was not slow");
            assertTrue(median < 500, () -> "first byte after " + median + " ms");
            assertTrue(behind < 500, () -> "last byte " + behind + " ms after the first client's");
            assertEquals(1, segmentsAskedOfOrigin(ASKED_BY_MANY, 1));
        } finally {
            threads.shutdownNow();
            toOrigin.heal();
        }
    }

    /** What many viewers of one window were answered: how often what. */
    private static final class Answers {
        private final AtomicInteger right = new AtomicInteger();
        private final AtomicInteger later = new AtomicInteger();
        private final Queue<String> others = new ConcurrentLinkedQueue<>();

        /** Counts an answer; who is told to come again does so soon. */
        void count(HttpResponse<byte[]> response, byte[] wanted) {
            if (response.statusCode() == 200 && Arrays.equals(wanted, response.body())) {
                right.incrementAndGet();
            } else if (response.statusCode() == 503
                    && response.headers().firstValue("Retry-After").isPresent()) {
                later.incrementAndGet();
            } else {
                others.add("status " + response.statusCode() + ", " + response.body().length + " bytes");
            }
        }
    }

    /** The segments of a window in turn, again and again, until a moment. */
    private void watch(
            List<DvrClient.Entry> window,
            int begin,
            Map<String, byte[]> wanted,
            Answers answers,
            BooleanSupplier isOver) {
        try {
            for (int i = begin; !isOver.getAsBoolean(); i++) {
                String segment = segment(window.get(i % window.size()));
                answers.count(cache.dvr().get(segment), wanted.get(segment));
            }
        } catch (IOException | InterruptedException e) {
            answers.others.add(e.toString());
        }
    }

    private Map<String, byte[]> bytesAtOrigin(List<DvrClient.Entry> entries) throws IOException, InterruptedException {
        Map<String, byte[]> bytes = new HashMap<>();
        for (DvrClient.Entry entry : entries) {
            bytes.put(segment(entry), origin.dvr().bytes(segment(entry)));
        }
        return bytes;
    }

    @Test
    void whoWatchesWhatIsCachedSeesNothingOfALostSource() throws Exception {
        List<DvrClient.Entry> cached = known(cache, BEFORE_THE_LOSS, 8);
        List<DvrClient.Entry> uncached = known(cache, AFTER_THE_LOSS, 8);
        Map<String, byte[]> wanted = bytesAtOrigin(cached);
        wanted.putAll(bytesAtOrigin(uncached));
        for (DvrClient.Entry entry : cached) {
            assertArrayEquals(wanted.get(segment(entry)), cache.dvr().bytes(segment(entry)));
        }
        Eventually.holds("all is cached", LIMIT, () -> metric("dvr_cache_waiting_segments") == 0);
        AtomicBoolean isLost = new AtomicBoolean();
        AtomicBoolean isOver = new AtomicBoolean();
        Answers before = new Answers();
        Answers ofCached = new Answers();
        Answers ofUncached = new Answers();
        ExecutorService viewers = Executors.newFixedThreadPool(VIEWERS);
        try {
            for (int i = 0; i < VIEWERS; i++) {
                int begin = i;
                boolean goesOn = i % 2 == 0;
                viewers.submit(() -> {
                    watch(cached, begin, wanted, before, isLost::get);
                    watch(goesOn ? uncached : cached, begin, wanted, goesOn ? ofUncached : ofCached, isOver::get);
                });
            }
            Eventually.holds("they watch", LIMIT, () -> before.right.get() > 2 * VIEWERS);
            toOrigin.set(FaultProxy.Fault.REFUSED);
            isLost.set(true);
            Eventually.holds(
                    "they go on without it",
                    LIMIT,
                    () -> ofCached.right.get() > 3 * VIEWERS && ofUncached.later.get() > VIEWERS);
            assertEquals(0, ofUncached.right.get());
            toOrigin.heal();
            for (DvrClient.Entry entry : uncached) {
                Eventually.holds(
                        "it is back",
                        HEALED,
                        () -> cache.dvr().get(segment(entry)).statusCode() == 200);
            }
            int healed = ofUncached.right.get();
            Eventually.holds("all see it", HEALED, () -> ofUncached.right.get() > healed + VIEWERS);
        } finally {
            isLost.set(true);
            isOver.set(true);
            viewers.shutdown();
            assertTrue(viewers.awaitTermination(LIMIT.toSeconds(), TimeUnit.SECONDS), "a viewer waits for ever");
            toOrigin.heal();
        }
        assertEquals(List.of(), List.copyOf(before.others));
        assertEquals(List.of(), List.copyOf(ofCached.others));
        assertEquals(List.of(), List.copyOf(ofUncached.others));
        assertEquals(0, before.later.get() + ofCached.later.get(), "viewers of what is cached were sent away");
        System.out.println("without the source: " + ofCached.right + " answers from the cache, " + ofUncached.later
                + " times to come again");
    }

    @Test
    void nothingWrongIsServedAndWhatWasCachedIsThereAfterKills() throws Exception {
        Random random = new Random(SEED);
        int kept = 0;
        int found = 0;
        for (int round = 0; round < KILLS; round++) {
            List<DvrClient.Entry> entries = known(cache, AROUND_KILLS + round * SEGMENTS_A_KILL, SEGMENTS_A_KILL);
            Map<String, byte[]> wanted = bytesAtOrigin(entries);
            Set<String> seen = killUnderLoad(entries, wanted, random);
            toOrigin.set(FaultProxy.Fault.REFUSED);
            cache.start();
            AtomicReference<Set<String>> served = new AtomicReference<>(Set.of());
            Eventually.holds("what was cached is there, seed " + SEED, LIMIT, () -> {
                served.set(servedWithoutSource(seen, wanted));
                return served.get().size() * 100 >= seen.size() * 99;
            });
            kept += seen.size();
            found += served.get().size();
            toOrigin.heal();
        }
        System.out.println(
                found + " of " + kept + " cached segments were served after " + KILLS + " kills, seed " + SEED);
        assertTrue(kept >= KILLS, "nothing was cached before the kills");
    }

    /** Gives those that were served from the cache at least once. */
    private Set<String> killUnderLoad(List<DvrClient.Entry> entries, Map<String, byte[]> wanted, Random random)
            throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService clients = Executors.newFixedThreadPool(8);
        try {
            for (int i = 0; i < 8; i++) {
                Random own = new Random(random.nextLong());
                clients.submit(() -> {
                    while (!isOver.get()) {
                        String segment = segment(entries.get(own.nextInt(entries.size())));
                        HttpResponse<byte[]> response = cache.dvr().get(segment);
                        if (response.statusCode() != 200 || !Arrays.equals(wanted.get(segment), response.body())) {
                            wrong.add(segment + ": " + response.statusCode());
                        } else if (response.headers()
                                .firstValue("Cache-Status")
                                .filter(status -> status.endsWith("hit"))
                                .isPresent()) {
                            seen.add(segment);
                        }
                    }
                    return null; // An answer that the kill cuts off ends a client.
                });
            }
            int most = 1 + random.nextInt(entries.size());
            Eventually.holds("some are cached", LIMIT, () -> seen.size() >= most);
            cache.kill();
        } finally {
            isOver.set(true);
            clients.shutdown();
            assertTrue(clients.awaitTermination(LIMIT.toSeconds(), TimeUnit.SECONDS), "a client waits for ever");
        }
        assertEquals(List.of(), List.copyOf(wrong), "seed " + SEED);
        return seen;
    }

    private Set<String> servedWithoutSource(Set<String> segments, Map<String, byte[]> wanted)
            throws IOException, InterruptedException {
        Set<String> served = new HashSet<>();
        for (String segment : segments) {
            HttpResponse<byte[]> response = cache.dvr().get(segment);
            if (response.statusCode() == 200) {
                assertArrayEquals(wanted.get(segment), response.body(), segment);
                served.add(segment);
            }
        }
        return served;
    }
}
