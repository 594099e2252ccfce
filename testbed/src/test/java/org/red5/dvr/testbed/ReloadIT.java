package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The configuration is changed while publishers send: what it says holds from then on, and nobody is disconnected. */
@SideBySide
class ReloadIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    /** Two looks, a cell of the grid, a key frame interval of two seconds, and one to spare. */
    private static final double MOST_HOLE_SECONDS = 9;

    private static final String CONF = """
            node origin;
            edit_auth admin secret;
            stream live/door { dvr one 2d; }
            stream live/old { dvr one 2d; }
            """;

    private static FlvFile clip;

    private Red5Server server;
    private DvrClient dvr;

    @BeforeAll
    static void makeClip() throws Exception {
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        clip = FlvFile.read(clips.standard());
    }

    private void start(String conf) throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "reload");
        server = Red5Server.in(folder).conf(conf).start();
        dvr = new DvrClient(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void followsTheFileWhileStreamsArePublished() throws Exception {
        start(CONF);
        try (LoopingPublisher door = LoopingPublisher.start(server, "door", clip);
                LoopingPublisher camera = LoopingPublisher.start(server, "camera", clip)) {
            publishOld();
            String withCamera = CONF + "stream live/camera { dvr one 2d; }\n";
            double changed = change(withCamera);
            Eventually.holds("a new block's recording", LIMIT, () -> recordedTo("live/camera") > changed);
            assertTrue(recordedFrom("live/camera") < changed + MOST_HOLE_SECONDS);

            mistakeIsReportedAndPutRight(withCamera);
            recordingMovesToAnotherDirectory(withCamera);
            recordingEndsAndBeginsAgain(withCamera);
            otherEditorIsAdmitted(withCamera);
            limitIsKept(withCamera);
            door.requireNoFailure();
            camera.requireNoFailure();
        }
        assertEquals(1, count("published live/camera"), "published once and for all");
        assertEquals(1, count("published live/door"), "published once and for all");
        assertEquals(0, count("a defect"), server.log());
    }

    private void mistakeIsReportedAndPutRight(String conf) throws Exception {
        change(conf + "stream live/x { dvr one 80q; }\n");
        Eventually.holds("a warning", LIMIT, () -> health().contains("cluster-dvr.conf:6:25: expected"));
        assertTrue(health().startsWith("{\"status\":\"ok\""), health());
        assertTrue(dvr.text("metrics").contains("dvr_configuration_mistakes 1.0"));
        assertEquals(1, count("what was in force stays until it is put right"));
        double then = now();
        Eventually.holds(
                "both recorded on", LIMIT, () -> recordedTo("live/camera") > then && recordedTo("live/door") > then);

        change(conf.replace("node origin;", "node other;"));
        Eventually.holds("no warning", LIMIT, () -> health().equals("{\"status\":\"ok\"}"));
        assertTrue(dvr.text("metrics").contains("dvr_configuration_mistakes 0.0"));
        assertEquals(1, count("node and segment count from the next start of Red5; until then this is origin"));
        assertEquals(1, ranges("live/camera").size(), "one range without a hole");
    }

    private void recordingMovesToAnotherDirectory(String conf) throws Exception {
        double changed = change(conf.replace("live/door { dvr one", "live/door { dvr two"));
        Eventually.holds("recorded elsewhere", LIMIT, () -> recordedFrom("live/door") > changed);
        assertTrue(recordedFrom("live/door") < changed + MOST_HOLE_SECONDS);
        assertEquals(1, count("and is in force: stream live/door: dvr"));
        assertEquals(1, takes("one/live/door"));
        assertEquals(1, takes("two/live/door"));
        assertEquals(1, takes("one/live/camera"), "its take went on");
    }

    private void recordingEndsAndBeginsAgain(String conf) throws Exception {
        change(conf.replace("live/camera { dvr one 2d; }", "live/camera { }"));
        Eventually.holds("ended", LIMIT, () -> count("not recording live/camera: not configured") == 2);
        assertEquals(1, ranges("live/camera").size(), "what is recorded is offered, as the directory is one of others");
        double changed = change(conf);
        Eventually.holds("recorded again", LIMIT, () -> recordedTo("live/camera") > changed + 2);
        JsonArray holes = status("live/camera").getAsJsonArray("holes");
        assertEquals(1, holes.size(), holes.toString());
        JsonObject hole = holes.get(0).getAsJsonObject();
        assertEquals(
                "not configured to be recorded", hole.get("reason").getAsString(), "published, but not to be recorded");
        double end = hole.get("from").getAsDouble() + hole.get("duration").getAsDouble();
        assertTrue(end < changed + MOST_HOLE_SECONDS, end + " after " + changed);
    }

    private void otherEditorIsAdmitted(String conf) throws Exception {
        assertEquals(200, locks("admin:secret"));
        change(conf.replace("admin secret", "admin \"other word\""));
        Eventually.holds("the other password", LIMIT, () -> locks("admin:other word") == 200);
        assertEquals(401, locks("admin:secret"));
    }

    private void limitIsKept(String conf) throws Exception {
        assertEquals(1, takes("one/live/old"));
        change(conf.replace("live/old { dvr one 2d", "live/old { dvr one 1K"));
        Eventually.holds("the limit", LIMIT, () -> takes("one/live/old") == 0);
        assertTrue(status("live/camera").getAsJsonArray("ranges").size() > 0, "of the others nothing goes");
    }

    @Test
    void recordsWhenAConfigurationThatWasBrokenAtTheStartIsPutRight() throws Exception {
        start("node late;\nsegment 2s;\nstream * { dvr archive 2q; }\n");
        try (LoopingPublisher camera = LoopingPublisher.start(server, "camera", clip)) {
            assertEquals(503, dvr.get("health").statusCode());
            assertTrue(health().contains("nothing is recorded: conf/cluster-dvr.conf:3:24: expected"), health());
            assertEquals("[]", dvr.text("streams.json"));
            double changed = change("node late;\nsegment 2s;\nstream * { dvr archive 2d; }\n");
            Eventually.holds("recorded", LIMIT, () -> recordedTo("live/camera") > changed + 4);
            assertTrue(recordedFrom("live/camera") < changed + MOST_HOLE_SECONDS);
            assertEquals("{\"status\":\"ok\"}", health());
            DvrClient.Entry entry = dvr.entries("live/camera/archive-" + (long) changed + "-now.m3u8")
                    .get(0);
            assertTrue(entry.uri().contains("Z-late/"), entry.uri());
            long ahead = entry.number() - entry.startMillis() / 2_000;
            assertTrue(ahead >= 0 && ahead <= 2, "on the grid of two seconds, " + ahead + " cells ahead");
            camera.requireNoFailure();
        }
        assertEquals(0, count("a defect"), server.log());
        assertEquals(0, count("no JMX bean"), server.log());
    }

    @Test
    void becomesAnEdgeAndStopsBeingOneWithoutARestart() throws Exception {
        start("node origin;\ncluster_key first;\nstream * { dvr archive 2d; }\n");
        Path folder = Files.createTempDirectory(Path.of("target/it").toAbsolutePath(), "reload-edge");
        try (Red5Server edge =
                        Red5Server.in(folder).conf("node edge;\nstream * { }\n").start();
                LoopingPublisher camera = LoopingPublisher.start(server, "camera", clip)) {
            DvrClient edgeDvr = new DvrClient(edge);
            assertEquals("[]", edgeDvr.text("streams.json"));
            assertEquals("{\"node\":\"edge\",\"sources\":[]}", edgeDvr.text("cluster.json"));
            String source = "node edge;\ncluster_key first;\nsource 127.0.0.1:" + server.httpPort() + ";\n";
            change(edge, source);
            Eventually.holds("played by the edge", LIMIT, () -> plays(edgeDvr));

            change(edge, source.replace("first", "second"));
            Eventually.holds(
                    "refused", LIMIT, () -> edgeDvr.text("cluster.json").contains("other cluster_key?"));
            change(server, "node origin;\ncluster_key second;\nstream * { dvr archive 2d; }\n");
            Eventually.holds("the same key again", LIMIT, () -> plays(edgeDvr));

            change(edge, "node edge;\nstream * { }\n");
            Eventually.holds(
                    "nothing from others",
                    LIMIT,
                    () -> edgeDvr.text("streams.json").equals("[]"));
            camera.requireNoFailure();
            assertEquals(0, count("a defect"), server.log());
        }
    }

    private static boolean plays(DvrClient edge) throws IOException, InterruptedException {
        if (!edge.text("cluster.json").contains("\"state\":\"up\"")
                || edge.get("live/camera/index.m3u8").statusCode() != 200) {
            return false;
        }
        List<DvrClient.Entry> entries = edge.entries("live/camera/index.m3u8");
        String last = entries.get(entries.size() - 1).uri();
        return edge.get("live/camera/" + last).statusCode() == 200;
    }

    private void publishOld() throws Exception {
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        try (RtmpPublisher publisher = server.publish("live", "old")) {
            publisher.sendPaced(FlvFile.read(clips.get(new Clips.Spec(5, 160, 90, 25, 25, 0, 100, true, false))), 0);
            publisher.unpublish();
        }
        Eventually.holds("an old recording", LIMIT, () -> !span("live/old").isEmpty());
    }

    /** Replaces the file as careful editors do; gives the time before. */
    private double change(String conf) throws IOException {
        return change(server, conf);
    }

    private static double change(Red5Server changed, String conf) throws IOException {
        Path file = changed.dir().resolve("conf/cluster-dvr.conf");
        Path written = Files.writeString(file.resolveSibling("cluster-dvr.conf.new"), conf);
        double before = now();
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        return before;
    }

    private static double now() {
        return System.currentTimeMillis() / 1_000.0;
    }

    /** Where the recording of a stream begins and ends, in Unix seconds; empty when there is none. */
    private List<Double> span(String stream) throws IOException, InterruptedException {
        for (JsonElement element : dvr.streams()) {
            JsonObject each = element.getAsJsonObject();
            if (each.get("path").getAsString().equals(stream) && each.has("from")) {
                return List.of(each.get("from").getAsDouble(), each.get("to").getAsDouble());
            }
        }
        return List.of();
    }

    private double recordedFrom(String stream) throws IOException, InterruptedException {
        List<Double> span = span(stream);
        return span.isEmpty() ? Double.NaN : span.get(0);
    }

    private double recordedTo(String stream) throws IOException, InterruptedException {
        List<Double> span = span(stream);
        return span.isEmpty() ? Double.NaN : span.get(1);
    }

    private JsonObject status(String stream) throws IOException, InterruptedException {
        return dvr.status(stream).get(0).getAsJsonObject();
    }

    private JsonArray ranges(String stream) throws IOException, InterruptedException {
        return status(stream).getAsJsonArray("ranges");
    }

    private String health() throws IOException, InterruptedException {
        return new String(dvr.get("health").body(), StandardCharsets.UTF_8);
    }

    private int locks(String credentials) throws IOException, InterruptedException {
        String encoded = Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
        return dvr.get("live/camera/locks", "Authorization", "Basic " + encoded).statusCode();
    }

    private int takes(String stream) throws IOException {
        return HourFiles.takes(server.dir().resolve(stream)).size();
    }

    private long count(String text) throws IOException {
        return server.log().lines().filter(line -> line.contains(text)).count();
    }
}
