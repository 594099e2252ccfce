package org.red5.dvr.testbed;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * RTMP players on an edge whose sources are two servers that one encoder publishes to, and on a second edge behind it. The edges
 * are each other's source too.
 */
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
    void playsWithinTwoSeconds() throws Exception {
        try (RtmpPlayer player = play(edge, NAME)) {
            Eventually.holds("a key frame", LIMIT, () -> player.firstKeyFrameMillis() >= 0);
            System.out.println("key frame after " + player.firstKeyFrameMillis() + " ms");
        }
        System.out.println(edge.server().log());
    }
}
