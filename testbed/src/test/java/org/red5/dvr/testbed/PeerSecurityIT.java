package org.red5.dvr.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.red5.dvr.testbed.PeerAsker.Answer;
import org.red5.dvr.testbed.PeerAsker.Request;

/** A real server answers the peers of its cluster and tells nobody else anything. */
@SideBySide
class PeerSecurityIT {
    private static final String KEY = "a-key-nobody-knows";
    private static final String NODE = "hidden-node";
    private static final String STREAM = "hidden-stream";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** What Tomcat says of a head that it cannot read, the first time. */
    private static final String HEAD_LOGGED = "Error parsing HTTP request header";

    private static final Request STREAMS = Request.get("/peer/v2/streams", "scope=own");

    private static Path folder;
    private static Red5Server server;
    private static PeerAsker peer;

    @BeforeAll
    static void record() throws Exception {
        folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "peer");
        server = Red5Server.in(folder)
                .conf("node " + NODE + ";\ncluster_key " + KEY + ";\nstream * { dvr archive 2d; }\n")
                .start();
        peer = new PeerAsker(server.httpPort(), KEY, "edge");
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        Path clip = clips.get(new Clips.Spec(10, 160, 90, 25, 25, 0, 100, true, false));
        try (RtmpPublisher publisher = server.publish("live", STREAM)) {
            publisher.sendPaced(FlvFile.read(clip), 0);
            publisher.unpublish();
        }
        Eventually.holds("the recording ended", LIMIT, () -> {
            Answer answer = peer.ask(STREAMS);
            return answer.text().contains(STREAM) && answer.text().contains("\"live\":false,\"from\"");
        });
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static Request hours() {
        long hour = System.currentTimeMillis() / 3_600_000;
        return Request.get("/peer/v2/hours/live/" + STREAM, "from=" + (hour - 1) + "&to=" + hour + "&scope=own");
    }

    @Test
    void peersGetWhatThereIs() throws IOException {
        Answer status = peer.ask(Request.get("/peer/v2/status", ""));
        assertEquals(200, status.status(), status.text());
        assertEquals(NODE, status.headers().get("DVR-Node"));
        JsonObject hour = JsonParser.parseString(peer.ask(hours()).text())
                .getAsJsonObject()
                .getAsJsonArray("hours")
                .get(0)
                .getAsJsonObject();
        String take = hour.get("take").getAsString();
        Request index = Request.get(
                "/peer/v2/index/live/" + STREAM + '/' + hour.get("hour").getAsLong() + '/' + take, "from=0&scope=own");
        byte[] records = peer.ask(index).body();
        assertEquals("R5DVRIDX", new String(records, 0, 8, ISO_8859_1));
        long number = new BigInteger(Arrays.copyOfRange(records, 64, 72)).longValueExact();
        Request segment = Request.get("/peer/v2/segment/live/" + STREAM + '/' + take + '/' + number, "scope=own");
        Answer whole = peer.ask(segment);
        assertEquals(200, whole.status());
        Answer part = peer.ask(segment.with("Range", "bytes=100-299"));
        assertEquals(206, part.status());
        assertArrayEquals(Arrays.copyOfRange(whole.body(), 100, 300), part.body());
        assertTrue(peer.ask(Request.get("/peer/v2/init/live/" + STREAM + '/' + take, ""))
                .text()
                .contains("moov"));
    }

    @Test
    void nobodyElseLearnsAnything() throws Exception {
        Request good = hours().with("Range", "bytes=0-9")
                .with("CDN-Loop", "edge")
                .with("DVR-Asked", "b")
                .with("DVR-Hops", "7")
                .with("DVR-Wait", "900");
        long now = System.currentTimeMillis();
        String used = peer.signature(good, now);
        assertEquals(200, peer.send(good, used).status());
        List<Answer> refusals = new ArrayList<>();
        for (int round = 0; round < 10; round++) {
            refusals.add(peer.send(good, ""));
            refusals.add(peer.send(good, "Basic YTpi"));
            refusals.add(peer.send(good, used));
            refusals.add(peer.send(good, new PeerAsker(server.httpPort(), KEY + "x", "edge").signature(good, now)));
            refusals.add(peer.send(good, peer.signature(good, now + 600_000)));
            refusals.add(peer.send(good, peer.signature(good, now - 600_000)));
        }
        for (Request changed : changed(good)) {
            refusals.add(peer.send(changed, peer.signature(good, System.currentTimeMillis())));
        }
        refusals.add(peer.send(Request.get("/peer/v2/nothing", ""), ""));
        refusals.add(peer.send(Request.get("/peer/v2/hours/live/nobody", "from=1&to=2"), ""));
        for (Answer refusal : refusals) {
            assertEquals(401, refusal.status());
            assertEquals(refusals.get(0).text(), refusal.text());
            assertEquals(refusals.get(0).headers().keySet(), refusal.headers().keySet());
            assertTellsNothing(refusal.headers() + refusal.text());
        }
        assertEquals(200, peer.ask(good).status());
        assertLoggedOnce(now);
    }

    @Test
    void aServerOfVersionOneIsToldSoAndNamed() throws Exception {
        Request status = Request.get("/peer/v1/status", "node=old-edge&instance=0f1e2d3c4b5a6978");
        PeerAsker old = new PeerAsker(server.httpPort(), KEY, "old-edge");
        PeerAsker stranger = new PeerAsker(server.httpPort(), KEY + "x", "stranger");
        assertEquals(
                401,
                stranger.send(status, stranger.signatureOfVersionOne(status, System.currentTimeMillis()))
                        .status());
        Answer told = old.send(status, old.signatureOfVersionOne(status, System.currentTimeMillis()));
        assertEquals(410, told.status(), told.text());
        assertEquals("2", told.headers().get("DVR-Version"));
        DvrClient dvr = new DvrClient(server);
        for (String page : List.of("cluster.json", "health")) {
            String text = new String(dvr.get(page).body(), ISO_8859_1);
            assertTrue(text.contains("old-edge") && text.contains("speaks version 1 of the peer interface"), text);
            assertFalse(text.contains("stranger"), text);
        }
        assertTrue(server.log().contains("old-edge speaks version 1 of the peer interface"));
    }

    private static List<Request> changed(Request good) {
        List<Request> changed = new ArrayList<>(List.of(
                new Request("POST", good.path(), good.query(), good.headers()),
                new Request("GET", good.path() + 'x', good.query(), good.headers()),
                new Request("GET", good.path(), good.query() + "&x=1", good.headers()),
                new Request("GET", good.path(), good.query(), Map.of())));
        good.headers().forEach((name, value) -> changed.add(good.with(name, value + '1')));
        return changed;
    }

    private static void assertTellsNothing(String text) {
        for (String hidden : List.of(KEY, NODE, STREAM, folder.toString(), "Exception", "org.red5")) {
            assertFalse(text.contains(hidden), () -> hidden + " in " + text);
        }
    }

    /** One line a minute for each kind, and neither a key nor a signature in it. */
    private static void assertLoggedOnce(long sinceMillis) throws IOException {
        String log = server.log();
        List<String> lines = log.lines()
                .filter(line -> line.contains("to the peer interface is refused"))
                .toList();
        long minutes = 1 + (System.currentTimeMillis() - sinceMillis) / 60_000;
        for (String kind : List.of(
                "it has no signature",
                "its signature is malformed",
                "its signature is wrong",
                "its time is more than 30 s",
                "its signature was used before")) {
            long count = lines.stream().filter(line -> line.contains(kind)).count();
            assertTrue(count >= 1 && count <= minutes + 1, count + " lines in " + minutes + " min: " + kind);
        }
        assertFalse(log.contains(KEY), "the key is in the log");
        assertFalse(log.contains("mac="), "a signature is in the log");
    }

    @Test
    void headsWithoutEndAreRefusedAndLoggedOnce() throws Exception {
        for (int i = 0; i < 3; i++) {
            String answer = answerToHeadWithoutEnd();
            assertFalse(answer.contains("HTTP/1.1 200"), answer);
            assertTellsNothing(answer);
        }
        assertEquals(200, peer.ask(STREAMS).status());
        List<String> lines =
                server.log().lines().filter(line -> line.contains(HEAD_LOGGED)).toList();
        assertEquals(1, lines.size(), lines.toString());
        assertFalse(server.log().contains("xxxxxxxx"), "what was sent is in the log");
    }

    private static String answerToHeadWithoutEnd() throws IOException {
        byte[] filler = ("X: " + "x".repeat(1_000_000) + "\r\n").getBytes(ISO_8859_1);
        try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
            socket.setSoTimeout(20_000);
            String cutOff = "";
            try {
                socket.getOutputStream().write("GET /dvr/peer/v2/status HTTP/1.1\r\nHost: x\r\n".getBytes(ISO_8859_1));
                for (int i = 0; i < 10; i++) {
                    socket.getOutputStream().write(filler);
                }
                socket.getOutputStream().write("\r\n".getBytes(ISO_8859_1));
            } catch (IOException e) {
                cutOff = "(cut off while sending)";
            }
            return cutOff + whatComes(socket);
        }
    }

    /** All until the server closes the connection, or breaks it. */
    private static String whatComes(Socket socket) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(bytes);
            return bytes.toString(ISO_8859_1);
        } catch (IOException e) {
            return bytes.toString(ISO_8859_1) + "(broken)";
        }
    }

    /** They are more than the server has threads. */
    @Test
    void requestsThatAreNeverFinishedAreCutOffAndHinderNobody() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                Socket socket = new Socket("127.0.0.1", server.httpPort());
                socket.setSoTimeout(60_000);
                socket.getOutputStream()
                        .write("GET /dvr/peer/v2/status HTTP/1.1\r\nHost: x\r\nX: ".getBytes(ISO_8859_1));
                slow.add(socket);
            }
            for (int i = 0; i < 20; i++) {
                for (Socket socket : slow) {
                    socket.getOutputStream().write('x');
                }
                long began = System.nanoTime();
                assertEquals(200, peer.ask(STREAMS).status());
                long millis = (System.nanoTime() - began) / 1_000_000;
                assertTrue(millis < 1_000, "answered after " + millis + " ms");
            }
            for (Socket socket : slow.subList(0, 50)) {
                assertCutOffWhileItTrickles(socket);
            }
            for (Socket socket : slow.subList(50, slow.size())) {
                assertFalse(whatComes(socket).contains("HTTP/1.1 200"));
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    /** However slowly a head comes, it must not become longer than others. */
    private static void assertCutOffWhileItTrickles(Socket socket) {
        boolean isCutOff = false;
        long deadline = System.nanoTime() + LIMIT.toNanos();
        byte[] few = "x".repeat(64).getBytes(ISO_8859_1);
        try {
            while (!isCutOff && System.nanoTime() < deadline) {
                socket.getOutputStream().write(few);
                isCutOff = socket.getInputStream().available() > 0;
            }
        } catch (IOException e) {
            assertFalse(socket.isClosed(), "by the server, not here: " + e);
            isCutOff = true;
        }
        assertTrue(isCutOff, "went on taking bytes for " + LIMIT);
        assertFalse(whatComes(socket).contains("HTTP/1.1 200"));
    }

    @Test
    void withoutAKeyThereIsNoPeerInterface() throws Exception {
        Path other = Files.createTempDirectory(Path.of("target/it"), "nopeer");
        try (Red5Server alone = Red5Server.in(other)
                .conf("node alone;\nstream * { dvr archive 2d; }\n")
                .start()) {
            PeerAsker asker = new PeerAsker(alone.httpPort(), KEY, "edge");
            for (String path : List.of(
                    "/peer",
                    "/peer/",
                    "/peer/v2/status",
                    "/peer/v2/streams",
                    "/peer/v2/live/live/x",
                    "/peer/v1/status")) {
                assertEquals(404, asker.ask(Request.get(path, "")).status(), path);
                assertEquals(404, asker.send(Request.get(path, ""), "").status(), path);
            }
            assertEquals(200, new DvrClient(alone).get("streams.json").statusCode());
        }
    }
}
