package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A camera publishes to two servers; viewers watch it live on an edge that has both as sources, one with hls.js on the player page,
 * one over RTMP. Whichever source the edge uses breaks, in one way after the other, and the viewers see on.
 */
@SideBySide
class FaultySourceIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String STREAM = "live/camera";
    private static final String PLAYLIST = STREAM + "/index.m3u8";
    private static final long MOST_LOST_MILLIS = 4_000;
    /** So much of what was sent after the fault is waited for. */
    private static final long WATCHED_MILLIS = 5_000;

    /** Viewers have watched so much before the first fault. */
    private static final long STEADY_MILLIS = 5_000;

    private static final int HEARTBEATS_OF_THE_WELL = 3;
    /** Enough to begin with. */
    private static final int FIRST_SEGMENTS = 3;
    /** What a live player may still have to load: the player page is three segments late, seven at most. */
    private static final int LIVE_SEGMENTS = 6;

    /** A way in which a source fails: what breaks it, and what mends it. */
    private record Failure(String name, Action breaks, Action mends) {}

    private interface Action {
        void run(TestNode source, FaultProxy link) throws IOException, InterruptedException;
    }

    /** Those that leave a hole in what the source records come last: until the other's is long enough, nobody else has that time. */
    private static final List<Failure> FAILURES = List.of(
            network("port refuses", FaultProxy.Fault.REFUSED),
            network("packets dropped", FaultProxy.Fault.DROPPED),
            network("answers cut", FaultProxy.Fault.CUT),
            network("wrong bytes", FaultProxy.Fault.WRONG_BYTES),
            new Failure("frozen", (source, link) -> source.freeze(), (source, link) -> source.thaw()),
            new Failure("kill -9", (source, link) -> source.kill(), (source, link) -> source.start()));

    private static TestCluster cluster;
    private static Map<String, TestNode> origins = Map.of();
    private static Map<String, FaultProxy> links = Map.of();
    private static TestNode edge;
    private static Ffmpeg ffmpeg;
    private static MirroredClock camera;

    private static Failure network(String name, FaultProxy.Fault fault) {
        return new Failure(name, (source, link) -> link.set(fault), (source, link) -> link.heal());
    }

    @BeforeAll
    static void start() throws Exception {
        cluster = new TestCluster("faulty-source");
        TestNode a1 = cluster.add("a1").conf("stream * { dvr archive 1d; }\n");
        TestNode a2 = cluster.add("a2").conf("stream * { dvr archive 1d; }\n");
        origins = Map.of("a1", a1, "a2", a2);
        links = Map.of("a1", cluster.linkTo(a1), "a2", cluster.linkTo(a2));
        edge = cluster.add("edge")
                .conf("source %s;\nsource %s;\n"
                        .formatted(links.get("a1").address(), links.get("a2").address()));
        cluster.start();
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        camera = new MirroredClock(
                ffmpeg, List.of(a1.server().rtmp(STREAM), a2.server().rtmp(STREAM)));
        for (TestNode server : List.of(a1, a2, edge)) {
            Eventually.holds(server.name() + " plays", LIMIT, () -> isFresh(server, FIRST_SEGMENTS));
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (camera != null) {
            camera.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void viewersSeeOnWhateverTheSourceDoes() throws Exception {
        Optional<Path> chromium = PlayerPage.chromium();
        try (RtmpViewer rtmp = new RtmpViewer(ffmpeg, edge.server().rtmp(STREAM))) {
            if (chromium.isPresent()) {
                try (PlayerPage page = PlayerPage.of(edge.server(), chromium.get())) {
                    watch(Optional.of(new HlsViewer(page)), rtmp);
                }
            } else {
                watch(Optional.empty(), rtmp);
            }
        }
    }

    private static void watch(Optional<HlsViewer> hls, RtmpViewer rtmp) throws Exception {
        if (hls.isPresent()) {
            Eventually.holds("HLS plays", LIMIT, () -> hls.get().pictures().shownMillis() > STEADY_MILLIS);
        }
        Eventually.holds("RTMP plays", LIMIT, () -> rtmp.pictures().shownMillis() > STEADY_MILLIS);
        for (Failure failure : FAILURES) {
            String name = current();
            TestNode source = origins.get(name);
            FaultProxy link = links.get(name);
            long brokenMillis = System.currentTimeMillis();
            failure.breaks().run(source, link);
            if (hls.isPresent()) {
                awaitHls(hls.get(), failure, brokenMillis);
            }
            awaitRtmp(rtmp, failure, brokenMillis);
            assertTrue(camera.isAlive(), camera.errors());
            if (!failure.equals(FAILURES.get(FAILURES.size() - 1))) {
                failure.mends().run(source, link);
                awaitWell(source, link);
            }
        }
    }

    private static void awaitHls(HlsViewer hls, Failure failure, long brokenMillis) throws Exception {
        Eventually.holds(
                "HLS plays on: " + failure.name(),
                LIMIT,
                () -> hls.pictures().latestMillis() > brokenMillis + WATCHED_MILLIS);
        SeenPictures since = hls.pictures().since(brokenMillis);
        String figures = figures(failure, "HLS", since);
        assertEquals(List.of(), hls.errors(), failure.name());
        assertTrue(since.lostMillis(camera::pausedMillis) <= MOST_LOST_MILLIS, figures);
    }

    private static String figures(Failure failure, String how, SeenPictures seen) {
        String figures = "%s: %s lost %d ms of picture, stood still for %d ms at most; %s"
                .formatted(failure.name(), how, seen.lostMillis(camera::pausedMillis), seen.longestStallMillis(), seen);
        System.out.println(figures);
        return figures;
    }

    private static void awaitRtmp(RtmpViewer rtmp, Failure failure, long brokenMillis) throws Exception {
        Eventually.holds(
                "RTMP plays on: " + failure.name(),
                LIMIT,
                () -> !rtmp.isPlaying() || rtmp.pictures().latestMillis() > brokenMillis + WATCHED_MILLIS);
        assertTrue(rtmp.isPlaying(), failure.name() + ": " + rtmp.errors());
        figures(failure, "RTMP", rtmp.pictures().since(brokenMillis));
    }

    /** The origin of what the edge plays now. */
    private static String current() throws IOException, InterruptedException {
        List<DvrClient.Entry> entries = edge.dvr().entries(PLAYLIST);
        return entries.get(entries.size() - 1).take().replaceFirst(".*-", "");
    }

    /** Until it records again, and the edge has heard of it. */
    private static void awaitWell(TestNode source, FaultProxy link) throws Exception {
        link.forget();
        Eventually.holds(
                source.name() + " is well again",
                LIMIT,
                () -> link.questions(PeerQuestion::isHeartbeat).size() > HEARTBEATS_OF_THE_WELL
                        && isFresh(source, LIVE_SEGMENTS));
    }

    /** Whether its playlist ends just now, and has no hole in the last segments. */
    private static boolean isFresh(TestNode server, int segments) throws IOException, InterruptedException {
        if (server.dvr().get(PLAYLIST).statusCode() != 200) {
            return false;
        }
        List<DvrClient.Entry> entries = server.dvr().entries(PLAYLIST);
        if (entries.size() < segments) {
            return false;
        }
        List<DvrClient.Entry> last = entries.subList(entries.size() - segments, entries.size());
        return last.stream().noneMatch(DvrClient.Entry::gap)
                && last.get(segments - 1).startMillis() > System.currentTimeMillis() - 10_000;
    }
}
