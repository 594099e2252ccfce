package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Servers on one machine and so of one host name: an origin and an edge without names of their own, and a server with the name that the
 * origin's other edge has too. Then the origin is killed.
 */
@SideBySide
class WhoIsWhoIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String STREAM = "live/camera";
    private static final String PICTURE = "stream camera { dvr archive 1d; input fake://fake; }\n";

    private static TestCluster cluster;
    private static TestNode origin;
    private static TestNode edge;
    private static TestNode namesake;
    private static Optional<Path> chromium = Optional.empty();

    @BeforeAll
    static void start() throws Exception {
        chromium = PlayerPage.chromium();
        cluster = new TestCluster("who-is-who");
        origin = cluster.add("origin").nameless().conf(PICTURE);
        edge = cluster.add("edge").nameless().conf(source(origin));
        TestNode streamer = cluster.add("streamer").conf(PICTURE);
        namesake = cluster.add("streamer-2").named("streamer").conf(source(streamer));
        cluster.start();
    }

    private static String source(TestNode node) {
        return "source 127.0.0.1:" + node.httpPort() + ";\n";
    }

    @AfterAll
    static void stop() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static JsonObject map(TestNode node) throws IOException, InterruptedException {
        return JsonParser.parseString(node.dvr().text("cluster.json")).getAsJsonObject();
    }

    private static JsonObject source(JsonObject map) {
        return map.getAsJsonArray("sources").get(0).getAsJsonObject();
    }

    @Test
    void twoServersWithoutNamesWorkAndWhatTheOneHadIsKnownWhenItIsGone() throws Exception {
        Eventually.holds(
                "plays", LIMIT, () -> edge.dvr().get(STREAM + "/index.m3u8").statusCode() == 200);
        String own = map(edge).get("node").getAsString();
        String other = source(map(edge)).get("node").getAsString();
        assertNotEquals(own, other);
        assertTrue(own.matches(".+-[0-9a-f]{8}"), own);
        String window = DvrClient.past(
                STREAM, edge.dvr().entries(STREAM + "/index-media.m3u8").get(0).number(), 1);

        origin.kill();
        Eventually.holds(
                "known to be gone",
                LIMIT,
                () -> source(map(edge)).get("state").getAsString().equals("down"));
        JsonArray streams =
                JsonParser.parseString(edge.dvr().text("streams.json")).getAsJsonArray();
        assertEquals(1, streams.size(), streams.toString());
        assertEquals("camera", streams.get(0).getAsJsonObject().get("name").getAsString());
        assertTrue(streams.get(0).getAsJsonObject().get("unreachable").getAsBoolean());
        assertIsOutOfReach(edge, window, other);
        assertIsOutOfReach(edge, "live/never-heard-of/index.m3u8", other);

        edge.stop();
        edge.start();
        assertEquals(own, map(edge).get("node").getAsString(), "made once");
        String address = "127.0.0.1:" + origin.httpPort();
        Eventually.holds(
                "known to be gone",
                LIMIT,
                () -> source(map(edge)).get("state").getAsString().equals("down"));
        assertIsOutOfReach(edge, STREAM + "/index.m3u8", address);
        if (chromium.isPresent()) {
            try (PlayerPage page = PlayerPage.of(edge.server(), chromium.get())) {
                page.open("");
                page.await("document.getElementById('greeting').textContent.includes('" + address + " is down')");
                assertEquals("true", page.text("String(document.getElementById('empty').hidden)"));
                page.screenshot("source-down");
            }
        }
    }

    private static void assertIsOutOfReach(TestNode node, String path, String server) throws Exception {
        HttpResponse<byte[]> answer = node.dvr().get(path);
        String sentence = new String(answer.body(), StandardCharsets.UTF_8);
        assertEquals(503, answer.statusCode(), sentence);
        assertTrue(sentence.contains(server + " ("), sentence);
        assertTrue(answer.headers().firstValue("Retry-After").isPresent());
    }

    @Test
    void twoServersOfOneNameAreAnErrorThatIsSaidEverywhere() throws Exception {
        Eventually.holds(
                "seen",
                LIMIT,
                () -> source(map(namesake)).get("state").getAsString().equals("refused"));
        String address = source(map(namesake)).get("address").getAsString();
        assertIsOutOfReach(namesake, STREAM + "/index.m3u8", address);
        assertIsOutOfReach(namesake, "live/other/index.m3u8", address);
        String trouble = "\"streamer\" is the name of several servers (this one, " + address + ")";
        assertTrue(map(namesake).getAsJsonArray("troubles").get(0).getAsString().startsWith(trouble));
        HttpResponse<byte[]> health = namesake.dvr().get("health");
        assertEquals(503, health.statusCode());
        String reasons = JsonParser.parseString(new String(health.body(), StandardCharsets.UTF_8))
                .getAsJsonObject()
                .getAsJsonArray("reasons")
                .get(0)
                .getAsString();
        assertTrue(reasons.startsWith(trouble), reasons);
        String metrics = namesake.dvr().text("metrics");
        assertTrue(metrics.contains("dvr_sources{state=\"refused\"} 1.0"), metrics);
        assertTrue(metrics.contains("dvr_cluster_troubles 2.0"), metrics);
        String log = namesake.server().log();
        assertEquals(2, log.split("is the name of several servers", -1).length, "said once");
    }
}
