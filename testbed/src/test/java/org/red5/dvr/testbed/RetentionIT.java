package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Limits delete what may be deleted, and locks set over HTTP keep the rest, over a restart too. */
@SideBySide
class RetentionIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String AUTHORIZATION =
            "Basic " + Base64.getEncoder().encodeToString("admin:secret".getBytes(StandardCharsets.UTF_8));
    private static final String CONF = """
            node origin;
            edit_auth admin secret;
            stream live/small { dvr archive 1K; }
            stream live/locked { dvr archive 1d; }
            stream live/away { dvr not-mounted; check_mount on; }
            """;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void limitsDeleteAndLocksKeep() throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "retention");
        Path away = Files.createDirectories(folder.resolve("server/not-mounted"));
        String lock;
        try (Red5Server server =
                Red5Server.in(folder.resolve("server")).conf(CONF).start()) {
            publish(server, "away");
            publish(server, "locked");
            publish(server, "small");
            DvrClient dvr = new DvrClient(server);
            Eventually.holds(
                    "a recording",
                    LIMIT,
                    () -> status(dvr, "locked").getAsJsonArray("ranges").size() == 1);
            Eventually.holds("the limit", LIMIT, () -> status(dvr, "small").has("deleted"));
            assertEquals(
                    "bytes",
                    status(dvr, "small")
                            .getAsJsonArray("deleted")
                            .get(0)
                            .getAsJsonObject()
                            .get("limit")
                            .getAsString());
            assertTrue(status(dvr, "locked")
                            .getAsJsonObject("disk")
                            .get("usable_bytes")
                            .getAsLong()
                    > 0);
            assertEquals(0, files(away));
            assertEquals(1, count(server.log(), "not-mounted is not a mounted file system"));
            String body = "{\"from\":" + System.currentTimeMillis() / 1_000 + ",\"duration\":60}";
            assertEquals(401, send(server, "POST", body, "").statusCode());
            assertEquals(400, send(server, "POST", "{}", AUTHORIZATION).statusCode());
            HttpResponse<String> locked = send(server, "POST", body, AUTHORIZATION);
            lock = locked.body();
            assertEquals(200, locked.statusCode(), lock);
            assertTrue(lock.contains("\"duration\":60"), lock);
            assertEquals(lock, send(server, "GET", "", AUTHORIZATION).body());
        }
        String strict = CONF.replace("archive 1d", "archive 1K");
        try (Red5Server server =
                Red5Server.in(folder.resolve("server")).conf(strict).start()) {
            assertEquals(lock, send(server, "GET", "", AUTHORIZATION).body());
            DvrClient dvr = new DvrClient(server);
            Eventually.holds("a pass", LIMIT, () -> status(dvr, "locked").has("disk"));
            assertEquals(1, status(dvr, "locked").getAsJsonArray("ranges").size());
            String all = "{\"from\":0,\"duration\":9000000000}";
            assertEquals("[]", send(server, "DELETE", all, AUTHORIZATION).body());
            Eventually.holds(
                    "the limit",
                    LIMIT,
                    () -> status(dvr, "locked").getAsJsonArray("ranges").isEmpty());
        }
    }

    private static void publish(Red5Server server, String stream) throws Exception {
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        Path clip = clips.get(new Clips.Spec(5, 160, 90, 25, 25, 0, 100, true, false));
        try (RtmpPublisher publisher = server.publish("live", stream)) {
            publisher.sendPaced(FlvFile.read(clip), 0);
            publisher.unpublish();
        }
    }

    private HttpResponse<String> send(Red5Server server, String method, String body, String authorization)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.http("/dvr/live/locked/locks"))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonObject status(DvrClient dvr, String stream) throws Exception {
        return dvr.status("live/" + stream).get(0).getAsJsonObject();
    }

    private static long files(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    private static long count(String log, String text) {
        return log.lines().filter(line -> line.contains(text)).count();
    }
}
