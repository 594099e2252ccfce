package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * RTMP players on an edge whose sources are two servers that one encoder publishes to, and on a second edge behind it. The edges
 * are each other's source too.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LiveRelayIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String APP = "live";
    private static final String NAME = "camera";
    private static final String STREAM = APP + '/' + NAME;

    private static TestCluster cluster;
    private static TestNode a1;
    private static TestNode a2;
    private static TestNode edge;
    private static TestNode far;
    private static MirroredClock camera;
    private static Ffmpeg ffmpeg;

    @BeforeAll
    static void start() throws Exception {
        cluster = new TestCluster("live-relay");
        a1 = cluster.add("a1").conf("stream * { }\n");
        a2 = cluster.add("a2").conf("stream * { }\n");
        edge = cluster.add("edge");
        far = cluster.add("far").conf("stream * { }\nsource 127.0.0.1:" + edge.httpPort() + ";\n");
        edge.conf("stream * { }\nsource 127.0.0.1:" + a1.httpPort() + ";\nsource 127.0.0.1:" + a2.httpPort()
                + ";\nsource 127.0.0.1:" + far.httpPort() + ";\n");
        cluster.start();
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        camera = new MirroredClock(
                ffmpeg, List.of(a1.server().rtmp(STREAM), a2.server().rtmp(STREAM)));
        for (TestNode node : List.of(a1, a2)) {
            awaitLog(node, "not recording " + STREAM, 1);
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

    private static RtmpPlayer play(TestNode node, String name) throws IOException {
        return new RtmpPlayer(node.server().rtmpPort(), APP, name);
    }

    private static void awaitLog(TestNode node, String text, int times) throws Exception {
        Eventually.holds(node.name() + " says " + text, LIMIT, () -> count(node, text) >= times);
    }

    private static int count(TestNode node, String text) throws IOException {
        return node.server().log().split(text, -1).length - 1;
    }

    @Test
    @Order(1)
    void playsWithinTwoSeconds() throws Exception {
        try (RtmpPlayer player = play(edge, NAME)) {
            Eventually.holds("a key frame", LIMIT, () -> player.firstKeyFrameMillis() >= 0);
            assertTrue(player.firstKeyFrameMillis() <= 2_000, player.firstKeyFrameMillis() + " ms");
            long began = System.nanoTime();
            Eventually.holds(
                    "plays on", LIMIT, () -> player.picturesSince(began).size() > 50);
            assertSound(player);
            assertEquals(
                    List.of("NetStream.Play.Reset", "NetStream.Play.Start"),
                    player.statuses().stream().sorted().toList());
        }
    }

    /** Configurations first, then a key frame, and no time stamp goes back. */
    private static void assertSound(RtmpPlayer player) {
        List<RtmpPlayer.Heard> packets = player.packets();
        RtmpPlayer.Heard first =
                packets.stream().filter(RtmpPlayer.Heard::isPicture).findFirst().orElseThrow();
        assertTrue(first.keyFrame(), () -> "begins with " + first);
        for (int type : List.of(RtmpMessage.VIDEO, RtmpMessage.AUDIO)) {
            List<RtmpPlayer.Heard> track =
                    packets.stream().filter(heard -> heard.type() == type).toList();
            assertTrue(track.get(0).configuration(), () -> "begins with " + track.get(0));
            for (int i = 1; i < track.size(); i++) {
                RtmpPlayer.Heard before = track.get(i - 1);
                RtmpPlayer.Heard after = track.get(i);
                assertTrue(after.timestampMillis() >= before.timestampMillis(), () -> before + ", then " + after);
            }
        }
    }

    @Test
    @Order(2)
    void fiveViewersArePulledForOnceAndThePullEndsTenSecondsAfterTheLast() throws Exception {
        Eventually.holds("nobody watches", LIMIT, () -> metric(edge, "dvr_live_relays") == 0);
        double pulledBefore = pulls();
        List<RtmpPlayer> players = new ArrayList<>();
        try {
            for (int i = 0; i < 5; i++) {
                RtmpPlayer player = play(edge, NAME);
                players.add(player);
                Eventually.holds("a key frame", LIMIT, () -> player.firstKeyFrameMillis() >= 0);
                assertTrue(player.firstKeyFrameMillis() <= 2_000, player.firstKeyFrameMillis() + " ms");
            }
            assertEquals(5, metric(edge, "dvr_rtmp_live_viewers"));
            assertEquals(1, metric(edge, "dvr_live_relays"));
            assertEquals(1, metric(a1, "dvr_live_peers"));
            assertEquals(1, pulls() - pulledBefore);
        } finally {
            for (RtmpPlayer player : players) {
                player.close();
            }
        }
        long left = System.nanoTime();
        Eventually.holds("the pull ends", Duration.ofSeconds(20), () -> metric(a1, "dvr_live_peers") == 0);
        long lastedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - left);
        assertTrue(lastedMillis >= 9_500 && lastedMillis <= 14_000, lastedMillis + " ms after the last viewer");
        Eventually.holds("the relay is gone", LIMIT, () -> metric(edge, "dvr_live_relays") == 0);
        assertEquals(1, pulls() - pulledBefore);
    }

    private static double pulls() throws IOException, InterruptedException {
        return metric(a1, "dvr_live_peers_started_total") + metric(a2, "dvr_live_peers_started_total");
    }

    private static double metric(TestNode node, String name) throws IOException, InterruptedException {
        return node.dvr()
                .text("metrics")
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .sum();
    }

    @Test
    @Order(3)
    void playsOverTwoLevelsAndARingEndsAtOnce() throws Exception {
        try (RtmpPlayer player = play(far, NAME)) {
            Eventually.holds("a key frame", LIMIT, () -> player.firstKeyFrameMillis() >= 0);
            assertTrue(player.firstKeyFrameMillis() <= 2_000, player.firstKeyFrameMillis() + " ms");
            long began = System.nanoTime();
            Eventually.holds(
                    "plays on", LIMIT, () -> player.picturesSince(began).size() > 50);
            assertSound(player);
            assertEquals(1, metric(edge, "dvr_live_peers"));
        }
        for (TestNode node : List.of(edge, far)) {
            long asked = System.nanoTime();
            try (RtmpPlayer nobody = play(node, "nobody")) {
                Eventually.holds("an answer", LIMIT, () -> !nobody.statuses().isEmpty());
                assertEquals(List.of("NetStream.Play.StreamNotFound"), nobody.statuses());
                long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked);
                assertTrue(millis < 2_000, millis + " ms");
            }
        }
    }

    @Test
    @Order(4)
    void whoPublishesOnTheEdgeGetsTheName() throws Exception {
        Path clip = new Clips(ffmpeg, CacheFolder.standard()).standard();
        try (RtmpPlayer player = play(edge, NAME)) {
            Eventually.holds("a key frame", LIMIT, () -> player.firstKeyFrameMillis() >= 0);
            try (RtmpPublisher publisher = edge.server().publish(APP, NAME)) {
                Eventually.holds(
                        "the player is told",
                        LIMIT,
                        () -> player.statuses().contains("NetStream.Play.UnpublishNotify"));
                FlvFile file = FlvFile.read(clip);
                for (FlvTag tag : file.tags().subList(0, 100)) {
                    publisher.send(tag, 0);
                }
                awaitLog(edge, "not recording " + STREAM, 1);
                try (RtmpPlayer own = play(edge, NAME)) {
                    Eventually.holds("its own key frame", LIMIT, () -> own.firstKeyFrameMillis() >= 0);
                }
                assertEquals(0, metric(edge, "dvr_live_relays"));
                publisher.unpublish();
            }
        }
        awaitLog(edge, "ended " + STREAM, 1);
        try (RtmpPlayer again = play(edge, NAME)) {
            Eventually.holds("relayed again", LIMIT, () -> again.firstKeyFrameMillis() >= 0);
        }
    }

    @Test
    @Order(5)
    void frozenSourceDoesNotStopThePicture() throws Exception {
        try {
            failOver(() -> a1.freeze());
        } finally {
            a1.thaw();
        }
    }

    @Test
    @Order(6)
    void killedSourceDoesNotStopThePicture() throws Exception {
        Eventually.holds("nobody watches", LIMIT, () -> metric(edge, "dvr_live_relays") == 0);
        awaitPulledFrom(a1);
        failOver(() -> a1.kill());
    }

    /** The source that was frozen is well again, and the edge has noticed. */
    private static void awaitPulledFrom(TestNode node) throws Exception {
        Eventually.holds("pulled from " + node.name(), Duration.ofSeconds(90), () -> {
            try (RtmpPlayer player = play(edge, NAME)) {
                Eventually.holds("a key frame", LIMIT, () -> player.firstKeyFrameMillis() >= 0);
                if (metric(node, "dvr_live_peers") > 0) {
                    return true;
                }
            }
            Eventually.holds("nobody watches", LIMIT, () -> metric(edge, "dvr_live_relays") == 0);
            return false;
        });
    }

    private interface Failure {
        void happen() throws IOException, InterruptedException;
    }

    private static void failOver(Failure failure) throws Exception {
        try (RtmpPlayer player = play(edge, NAME);
                RtmpPlayer other = play(edge, NAME);
                RtmpViewer viewer = new RtmpViewer(ffmpeg, edge.server().rtmp(STREAM))) {
            Eventually.holds("pictures", LIMIT, () -> viewer.pictures().count() > 50);
            assertEquals(1, metric(a1, "dvr_live_peers"), "from the first source");
            long failed = System.nanoTime();
            long shown = viewer.pictures().latestMillis();
            failure.happen();
            for (RtmpPlayer each : List.of(player, other)) {
                Eventually.holds(
                        "goes on", LIMIT, () -> each.picturesSince(failed).size() > 150);
                long pause = each.longestPauseMillis(failed);
                System.out.println("without a picture for " + pause + " ms");
                assertTrue(pause <= 3_000, pause + " ms without a picture");
                assertTrue(each.isConnected());
                assertFalse(each.statuses().contains("NetStream.Play.UnpublishNotify"));
                assertSound(each);
                assertNoPictureTwice(each);
            }
            Eventually.holds("seen too", LIMIT, () -> viewer.pictures().latestMillis() > shown + 5_000);
            assertTrue(viewer.isPlaying(), viewer.errors());
            assertTrue(
                    viewer.pictures().lostMillis() <= 4_000, viewer.pictures().lostMillis() + " ms lost");
            assertEquals(1, metric(a2, "dvr_live_peers"));
        }
    }

    /** The sources send the same bytes: what was shown before is not shown again. */
    private static void assertNoPictureTwice(RtmpPlayer player) {
        Set<Integer> seen = new HashSet<>();
        for (RtmpPlayer.Heard picture : player.packets()) {
            if (picture.isPicture()) {
                assertTrue(seen.add(picture.hash()), () -> "twice: " + picture);
            }
        }
    }
}
