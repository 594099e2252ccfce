package org.red5.dvr.webapp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.cluster.ClusterMap;
import org.red5.dvr.http.Cors;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.web.DvrHandler;
import org.red5.dvr.web.OperatorPages;
import org.red5.dvr.web.StreamWatch;

/** Many clients that send or read slowly, against a Tomcat of few threads: whoever does not is served all the time. */
class HarmfulClientsTest {
    private static final int THREADS = 8;
    /** More than may read one disk at one time. */
    private static final int READERS = 20;

    private static final int CLIENTS = 40;
    private static final int LENGTH = 6_000_000;
    private static final Duration AT_ONCE = Duration.ofSeconds(5);
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final String SEGMENT =
            "/dvr/live/camera/segments/" + FileSource.TAKE + '/' + FileSource.FIRST + ".m4s";

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Socket> sockets = new ArrayList<>();
    private DiskReaders disks = DiskReaders.OF_NO_ROOT;
    private WebServer server;

    static Stream<String> protocols() {
        return DvrServletTest.protocols();
    }

    /** Every request with a body that is announced and does not come, by protocol. */
    static Stream<Arguments> bodies() {
        return protocols()
                .flatMap(protocol -> Stream.of(
                                "POST /dvr/streams.json HTTP/1.1\r\nContent-Length: 1000000",
                                "GET /dvr/live/camera/index.m3u8 HTTP/1.1\r\nContent-Length: 1000000",
                                "POST /dvr/live/camera/locks HTTP/1.1\r\nContent-Length: 1000",
                                "PUT /dvr/assets/index.html HTTP/1.1\r\nTransfer-Encoding: chunked",
                                "POST /dvr/ HTTP/1.1\r\nConnection: close\r\nContent-Length: 1000000",
                                "POST /dvr/health HTTP/1.0\r\nContent-Length: 1000000",
                                "POST /dvr/peer/v2/status HTTP/1.1\r\nContent-Length: 1000000")
                        .map(head -> Arguments.of(protocol, head)));
    }

    private void start(String protocol, boolean inMemory) throws Exception {
        Path file = Files.write(folder.resolve("hour.mp4"), new byte[LENGTH]);
        Playback playback = new Playback(
                new OwnResolver(
                        "origin", new FileSource(List.of(CAMERA), file, 0, LENGTH, inMemory), SegmentGrid.DEFAULT),
                SegmentGrid.DEFAULT,
                stream -> Duration.ofSeconds(60),
                Clock.fixed(Instant.ofEpochSecond(FileSource.START_SECONDS + 10), ZoneOffset.UTC));
        DvrHandler requests = new DvrHandler(
                "origin",
                playback,
                OperatorPages.NONE,
                StreamWatch.NONE,
                Optional.empty(),
                stream -> ClusterMap.alone("origin"),
                Cors.FOR_ANYBODY,
                disks);
        Map<String, String> properties = Map.of("maxThreads", Integer.toString(THREADS));
        server = new WebServer(protocol, folder, () -> Optional.of(requests), Optional::empty, properties);
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        if (server != null) {
            server.close();
        }
    }

    /** A client that reads through a small window. */
    private Socket send(String head) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(4_096);
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
        socket.getOutputStream().write((head + "\r\nHost: x\r\n\r\n").getBytes(ISO_8859_1));
        return socket;
    }

    private void assertServes() throws Exception {
        for (int i = 0; i < 5; i++) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + server.port() + "/dvr/live/camera/index.m3u8"))
                    .timeout(AT_ONCE)
                    .build();
            assertEquals(200, client.send(request, BodyHandlers.ofString()).statusCode());
        }
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void bodiesAreNotWaitedFor(String protocol, String request) throws Exception {
        start(protocol, false);
        for (int i = 0; i < CLIENTS; i++) {
            send(request).getOutputStream().write("half".getBytes(ISO_8859_1), 0, i % 5);
        }
        assertServes();
        for (Socket socket : sockets) {
            // What follows may be a reset instead of an end: the server leaves bytes unread.
            String head = head(socket);
            assertTrue(head.startsWith("HTTP/1.1 4"), head);
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void filesAreSentWithoutAThreadThatWaits(String protocol) throws Exception {
        start(protocol, false);
        for (int i = 0; i < CLIENTS; i++) {
            send("GET " + SEGMENT + " HTTP/1.1");
        }
        assertServes();
        assertWholeSegments(3);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void bytesInMemoryAreSentWithoutAThreadThatWaitsAndBounded(String protocol) throws Exception {
        start(protocol, true);
        for (int i = 0; i < CLIENTS; i++) {
            send("GET " + SEGMENT + " HTTP/1.1");
        }
        assertServes();
        int refused = 0;
        for (Socket socket : sockets) {
            refused += head(socket).startsWith("HTTP/1.1 503") ? 1 : 0;
        }
        assertTrue(refused > CLIENTS / 2 && refused < CLIENTS, refused + " are refused");
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void theSlowestMakesRoomForWhoComesLater(String protocol) throws Exception {
        start(protocol, true);
        for (int i = 0; i < WebServer.MOST_BYTES / LENGTH; i++) {
            assertTrue(head(send("GET " + SEGMENT + " HTTP/1.1")).startsWith("HTTP/1.1 200"));
        }
        Eventually.holds(() -> segment().statusCode() == 200);
        assertServes();
    }

    /** So many wait for it already; nothing is lost, and a player asks again. */
    @ParameterizedTest
    @MethodSource("protocols")
    void aDiskThatHangsIsNoFailureOfTheServer(String protocol) throws Exception {
        disks = new DiskReaders(() -> List.of(folder), ArchiveMeter.NONE, System::nanoTime);
        CountDownLatch hangs = new CountDownLatch(1);
        ExecutorService readers = Executors.newCachedThreadPool();
        try {
            start(protocol, false);
            for (int i = 0; i < READERS; i++) {
                readers.execute(() -> hang(hangs));
            }
            Eventually.holds(() -> segment().statusCode() != 200);
            HttpResponse<byte[]> refused = segment();
            assertEquals(503, refused.statusCode());
            assertEquals("1", refused.headers().firstValue("Retry-After").orElseThrow());
            assertServes();
            hangs.countDown();
            Eventually.holds(() -> segment().statusCode() == 200);
        } finally {
            hangs.countDown();
            readers.shutdown();
        }
    }

    private void hang(CountDownLatch until) {
        try {
            disks.read(folder.resolve("hour.mp4"), () -> {
                try {
                    until.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return 0;
            });
        } catch (IOException e) {
            assertTrue(e instanceof UnreachableException, "turned away itself: " + e);
        }
    }

    private void assertWholeSegments(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            HttpResponse<byte[]> segment = segment();
            assertEquals(200, segment.statusCode());
            assertEquals(LENGTH, segment.body().length);
        }
    }

    private HttpResponse<byte[]> segment() throws Exception {
        URI address = URI.create("http://127.0.0.1:" + server.port() + SEGMENT);
        HttpRequest request =
                HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(10)).build();
        return client.send(request, BodyHandlers.ofByteArray());
    }

    private static String head(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the connection ends behind " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }
}
