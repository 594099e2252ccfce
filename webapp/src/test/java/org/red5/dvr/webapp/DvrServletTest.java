package org.red5.dvr.webapp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.fmp4.Fragment;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.web.DvrHandler;

class DvrServletTest {
    private static final int OFFSET = 12_345;
    private static final int LENGTH = 3_000_001;
    private static final List<String> NASTY_NAMES = List.of(
            "camera",
            "room/camera",
            "a b",
            "a.b",
            "..",
            ".",
            "../../../etc/passwd",
            "a\\b",
            "50%",
            "%2e%2e",
            "a//b",
            "/",
            "~2E",
            "für 日本 😀",
            "a;b=c",
            "a?b#c&d+e",
            "a\nb\u0001",
            "index.m3u8",
            "segments/a",
            "\"<>|*:");

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private final byte[] content = new byte[OFFSET + LENGTH + 999];
    private Path file;
    private WebServer server;

    static Stream<String> protocols() {
        return Stream.of("org.apache.coyote.http11.Http11NioProtocol", "org.apache.coyote.http11.Http11Nio2Protocol");
    }

    void start(String protocol) throws Exception {
        new Random(1).nextBytes(content);
        file = Files.write(folder.resolve("hour.mp4"), content);
        List<StreamKey> streams = Stream.concat(
                        NASTY_NAMES.stream().map(name -> new StreamKey("live", name)),
                        Stream.of("assets", "WEB-INF", "..").map(app -> new StreamKey(app, "camera")))
                .toList();
        Playback playback = new Playback(
                new OwnResolver("origin", new FileSource(streams, file, OFFSET, LENGTH), SegmentGrid.DEFAULT),
                SegmentGrid.DEFAULT,
                stream -> Duration.ofSeconds(60),
                Clock.fixed(Instant.ofEpochSecond(FileSource.START_SECONDS + 10), ZoneOffset.UTC));
        DvrHandler requests = new DvrHandler("origin", playback);
        server = new WebServer(protocol, folder, () -> Optional.of(requests));
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void segmentsComeWholeAndInParts(String protocol) throws Exception {
        start(protocol);
        HttpResponse<byte[]> whole = get(segment("live/camera"));
        assertEquals(200, whole.statusCode());
        assertArrayEquals(expected(0, LENGTH), whole.body());
        assertEquals(Optional.of("video/mp4"), whole.headers().firstValue("Content-Type"));
        assertEquals(LENGTH, whole.headers().firstValueAsLong("Content-Length").orElseThrow());
        HttpResponse<byte[]> part = get(segment("live/camera"), "Range", "bytes=1000-2000999");
        assertEquals(206, part.statusCode());
        assertEquals(Optional.of("bytes 1000-2000999/3000001"), part.headers().firstValue("Content-Range"));
        assertArrayEquals(expected(1_000, 2_000_000), part.body());
        assertEquals(protocol.endsWith("NioProtocol") ? 2 : 0, server.sentFiles());
        assertEquals(416, get(segment("live/camera"), "Range", "bytes=3000001-").statusCode());
        String etag = whole.headers().firstValue("ETag").orElseThrow();
        HttpResponse<byte[]> same = get(segment("live/camera"), "If-None-Match", etag);
        assertEquals(304, same.statusCode());
        assertEquals(0, same.body().length);
    }

    /** What stands in a file is sent from there, and what is made behind it. */
    @ParameterizedTest
    @MethodSource("protocols")
    void silenceComesBehindASegmentInWholeAndInParts(String protocol) throws Exception {
        start(protocol);
        byte[] pictures = pictures();
        System.arraycopy(pictures, 0, content, OFFSET, LENGTH);
        Files.write(file, content);
        String path = segment("live/camera").replace(".m4s", "-with-aac-48000-2.m4s");
        byte[] whole = get(path).body();
        assertTrue(whole.length > LENGTH + 1_000, whole.length + " bytes");
        assertArrayEquals(pictures, Arrays.copyOf(whole, LENGTH));
        assertEquals("moof", new String(whole, LENGTH + 4, 4, ISO_8859_1));
        HttpResponse<byte[]> part = get(path, "Range", "bytes=1999999-" + (LENGTH + 99));
        assertEquals(206, part.statusCode());
        assertArrayEquals(Arrays.copyOfRange(whole, 1_999_999, LENGTH + 100), part.body());
        assertEquals(404, get(path.replace("aac-48000-2", "avc1-48000")).statusCode());
        assertEquals(404, get(path.replace("aac-48000-2", "none")).statusCode());
    }

    /** A fragment of video as long as a segment is here. */
    private static byte[] pictures() {
        long start = FileSource.START_SECONDS * 90_000;
        int headBytes =
                Fragment.of(1, 1, List.of(sample(start, 1)), start + 360_000).lengthBytes() - 1;
        return Fragment.of(1, 1, List.of(sample(start, LENGTH - headBytes)), start + 360_000)
                .toBytes();
    }

    private static Sample sample(long ticks, int bytes) {
        return new Sample(ticks, 0, true, new byte[bytes], 0, bytes);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void nastyNamesAreServed(String protocol) throws Exception {
        start(protocol);
        for (String name : NASTY_NAMES) {
            assertPlays(StreamPath.of(new StreamKey("live", name)));
        }
        for (String app : List.of("assets", "WEB-INF", "..")) {
            assertPlays(StreamPath.of(new StreamKey(app, "camera")));
        }
    }

    private void assertPlays(String stream) throws Exception {
        HttpResponse<byte[]> playlist = get("/dvr/" + stream + "/index.m3u8");
        assertEquals(200, playlist.statusCode(), stream);
        assertTrue(new String(playlist.body(), ISO_8859_1).startsWith("#EXTM3U\n"), stream);
        assertArrayEquals(
                expected(0, 10), get(segment(stream), "Range", "bytes=0-9").body(), stream);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void oneConnectionServesManyRequests(String protocol) throws Exception {
        start(protocol);
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(10_000);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (int i = 0; i < 3; i++) {
                String head = ask(socket, in, "HEAD", segment("live/camera"));
                assertTrue(head.startsWith("HTTP/1.1 200"), head);
                assertTrue(head.contains("Content-Length: " + LENGTH), head);
                String get = ask(socket, in, "GET", segment("live/camera"));
                assertTrue(get.startsWith("HTTP/1.1 200"), get);
                assertArrayEquals(expected(0, LENGTH), in.readNBytes(LENGTH));
                String notFound = ask(socket, in, "GET", "/dvr/live/camera/segments/gap/5.m4s");
                assertTrue(notFound.startsWith("HTTP/1.1 404"), notFound);
                assertEquals("There is no take \"gap\".\n", new String(in.readNBytes(24), ISO_8859_1));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void thePageIsAtTheTop(String protocol) throws Exception {
        start(protocol);
        for (String path : List.of("/dvr/", "/dvr/?stream=live/camera", "/dvr/assets/index.html")) {
            HttpResponse<byte[]> page = get(path);
            assertEquals(200, page.statusCode());
            assertEquals("<p>the page</p>", new String(page.body(), ISO_8859_1));
            String policy = page.headers().firstValue("Content-Security-Policy").orElseThrow();
            assertTrue(policy.startsWith("default-src 'self';") && !policy.contains("unsafe"), policy);
        }
        HttpResponse<byte[]> redirect = get("/dvr?stream=live/camera");
        assertEquals(302, redirect.statusCode());
        assertEquals(Optional.of("/dvr/?stream=live/camera"), redirect.headers().firstValue("Location"));
        assertEquals(404, get("/dvr/assets/none.js").statusCode());
        assertEquals(404, get("/dvr/WEB-INF/web.xml").statusCode());
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void aFileThatIsGoneIsToldInOneSentence(String protocol) throws Exception {
        start(protocol);
        Files.delete(file);
        HttpResponse<byte[]> reply = get(segment("live/camera"));
        assertEquals(500, reply.statusCode());
        assertEquals("The server could not read its recording.\n", new String(reply.body(), ISO_8859_1));
        assertEquals(Optional.of("*"), reply.headers().firstValue("Access-Control-Allow-Origin"));
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void withoutThePluginNothingIsServed(String protocol) throws Exception {
        server = new WebServer(protocol, folder, Optional::empty);
        HttpResponse<byte[]> reply = get("/dvr/streams.json");
        assertEquals(503, reply.statusCode());
        assertEquals("Red5 Cluster DVR does not run on this server.\n", new String(reply.body(), ISO_8859_1));
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void methodsThatChangeSomethingAreRefused(String protocol) throws Exception {
        start(protocol);
        for (String method : List.of("POST", "DELETE", "TRACE", "NONSENSE")) {
            HttpRequest request = HttpRequest.newBuilder(address("/dvr/streams.json"))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .timeout(Duration.ofSeconds(10))
                    .build();
            HttpResponse<byte[]> reply = client.send(request, BodyHandlers.ofByteArray());
            assertEquals(405, reply.statusCode(), method);
            assertTrue(reply.headers().firstValue("Allow").isPresent(), method);
        }
    }

    private static String segment(String stream) {
        return "/dvr/" + stream + "/segments/" + FileSource.TAKE + '/' + FileSource.FIRST + ".m4s";
    }

    private byte[] expected(int offset, int length) {
        return Arrays.copyOfRange(content, OFFSET + offset, OFFSET + offset + length);
    }

    private HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(address(path)).timeout(Duration.ofSeconds(10));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private URI address(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    /** Sends a request and reads the head of the reply. */
    private static String ask(Socket socket, DataInputStream in, String method, String path) throws IOException {
        socket.getOutputStream().write((method + ' ' + path + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(ISO_8859_1));
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            head.append((char) in.readUnsignedByte());
        }
        return head.toString();
    }
}
