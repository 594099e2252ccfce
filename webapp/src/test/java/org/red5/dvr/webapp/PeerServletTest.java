package org.red5.dvr.webapp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.Secret;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.client.HttpPeerTransport;
import org.red5.dvr.peer.client.LivePeerReply;
import org.red5.dvr.peer.client.PeerReply;
import org.red5.dvr.peer.client.PeerRequest;
import org.red5.dvr.peer.server.PeerHandler;
import org.red5.dvr.peer.wire.PeerSignature;
import org.red5.dvr.peer.wire.SignedRequest;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;

/** Both sides of the peer interface through a real Tomcat: what comes later, and what comes without end. */
@Timeout(60)
class PeerServletTest {
    private static final int OFFSET = 12_345;
    private static final int LENGTH = 3_000_001;
    private static final int PIECE = 64 << 10;
    private static final InstanceId INSTANCE = new InstanceId("1");
    private static final String SEGMENT = "/peer/v2/segment/live/camera/20251122T132000000Z-origin/440954400";
    private static final String FOLLOW = "/peer/v2/follow/live/camera";
    private static final List<String> PATHS =
            List.of("/dvr/peer/v2/status", "/dvr/peer", "/dvr/peer/", "/dvr/peer/v2/live/live/camera");
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final Secret KEY = new Secret("abcd");

    @TempDir
    Path folder;

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final PeerSignature asker = signature("edge");
    private final HttpPeerTransport transport = new HttpPeerTransport(asker, threads);
    private final byte[] content = new byte[OFFSET + LENGTH + 999];
    private final CompletableFuture<Optional<SegmentReply>> later = new CompletableFuture<>();
    private final SubmissionPublisher<ByteBuffer> live = new SubmissionPublisher<>(threads, 16);
    private final TestTakes chain = new TestTakes(() -> later);
    private SegmentReply held;
    private WebServer server;

    static Stream<String> protocols() {
        return Stream.of("org.apache.coyote.http11.Http11NioProtocol", "org.apache.coyote.http11.Http11Nio2Protocol");
    }

    private static PeerSignature signature(String node) {
        return new PeerSignature(KEY, node, INSTANCE, Clock.systemUTC(), new SecureRandom());
    }

    private void start(String protocol, Map<String, String> properties) throws Exception {
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("hour.mp4"), content);
        held = new SegmentReply(new FileRegion(file, OFFSET, LENGTH), "origin", 0x12345678);
        TestTakes own = new TestTakes(() -> CompletableFuture.completedFuture(Optional.of(held)));
        PeerStatus status =
                new PeerStatus("origin", INSTANCE, 0, 0, 4_000, Map.of(), List.of(), "t", Optional.of(List.of()));
        PeerHandler handler = new PeerHandler(
                new Identities("origin", INSTANCE, new Timing(System::nanoTime, () -> 0, (delay, task) -> () -> {})),
                signature("origin"),
                () -> status,
                question -> own,
                question -> chain,
                (stream, route) -> Optional.of(live),
                Clock.systemUTC());
        server = new WebServer(protocol, folder, Optional::empty, () -> Optional.of(handler), properties);
    }

    @AfterEach
    void stop() throws Exception {
        live.close();
        if (server != null) {
            server.close();
        }
        threads.shutdownNow();
    }

    private PeerAddress address() {
        return new PeerAddress("127.0.0.1", server.port());
    }

    private CompletableFuture<PeerReply> send(String path, String query) {
        return transport.send(address(), new PeerRequest(path, query, Route.START, Duration.ofSeconds(30)));
    }

    private static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, what);
            Thread.sleep(10);
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void ownSegmentsGoOutFromTheFile(String protocol) throws Exception {
        start(protocol, Map.of());
        PeerReply reply = send(SEGMENT, "scope=own").get();
        assertEquals(200, reply.status());
        assertArrayEquals(Arrays.copyOfRange(content, OFFSET, OFFSET + LENGTH), reply.body());
        assertEquals(Optional.of("origin"), reply.header("DVR-Node"));
        assertEquals(Optional.of("12345678"), reply.header("DVR-CRC"));
        assertEquals(protocol.endsWith("NioProtocol") ? 1 : 0, server.sentFiles());
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void aSegmentThatComesLaterIsSentWhenItIsThere(String protocol) throws Exception {
        start(protocol, Map.of());
        CompletableFuture<PeerReply> first = send(SEGMENT, "scope=chain");
        CompletableFuture<PeerReply> second = send(SEGMENT, "scope=chain");
        assertEquals(200, send("/peer/v2/status", "").get().status());
        assertFalse(first.isDone());
        later.complete(Optional.of(held));
        byte[] expected = Arrays.copyOfRange(content, OFFSET, OFFSET + LENGTH);
        assertArrayEquals(expected, first.get().body());
        assertArrayEquals(expected, second.get().body());
        assertEquals(200, send(SEGMENT, "scope=chain").get().status(), "the connections are good for more");
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void whoWaitsHoldsNoThread(String protocol) throws Exception {
        start(protocol, Map.of("maxThreads", "10"));
        List<CompletableFuture<PeerReply>> waiting = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            waiting.add(send(FOLLOW, "after=1&live=1&scope=chain"));
        }
        eventually("all wait", () -> chain.followers.size() == 200);
        assertEquals(200, send("/peer/v2/status", "").get().status());
        PeerReply segment = send(SEGMENT, "scope=own").get();
        assertArrayEquals(Arrays.copyOfRange(content, OFFSET, OFFSET + LENGTH), segment.body());
        assertEquals(protocol.endsWith("NioProtocol") ? 1 : 0, server.sentFiles());
        FollowReply ended = new FollowReply(false, List.of(), List.of());
        chain.followers.forEach(follower -> follower.complete(Optional.of(ended)));
        for (CompletableFuture<PeerReply> each : waiting) {
            assertEquals(200, each.get().status());
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void aSegmentThatDoesNotComeIsAnError(String protocol) throws Exception {
        start(protocol, Map.of());
        CompletableFuture<PeerReply> reply = send(SEGMENT, "scope=chain");
        later.completeExceptionally(new IOException("/secret/path is broken"));
        assertEquals(500, reply.get().status());
        assertEquals(
                "The server could not read its recording.\n",
                new String(reply.get().body(), ISO_8859_1));
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void liveComesAsItIsPublishedAndEnds(String protocol) throws Exception {
        start(protocol, Map.of());
        CompletableFuture<LivePeerReply> opening =
                transport.openLive(address(), CAMERA, Route.START, Duration.ofSeconds(20));
        LivePeerReply reply = opening.get();
        assertEquals("origin", reply.node());
        Collector collector = new Collector();
        reply.body().subscribe(collector);
        eventually("somebody listens", live::hasSubscribers);
        for (int i = 0; i < 100; i++) {
            live.submit(piece(i));
            int bytes = (i + 1) * PIECE;
            if (i % 10 == 0) {
                eventually("each piece arrives before the next", () -> collector.bytes() == bytes);
            }
        }
        live.close();
        collector.done.get();
        assertEquals(100 * PIECE, collector.bytes());
        assertEquals(0, collector.wrong);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void aSlowClientSlowsThePublisherAndGetsAll(String protocol) throws Exception {
        start(protocol, Map.of());
        try (Socket socket = openLive()) {
            eventually("somebody listens", live::hasSubscribers);
            int published = fill();
            assertTrue(published < 500, published + " pieces are on their way to a client that reads nothing");
            DataInputStream in = new DataInputStream(socket.getInputStream());
            readHead(in);
            Thread publishing = new Thread(() -> {
                for (int i = published; i < published + 200; i++) {
                    live.submit(piece(i));
                }
                live.close();
            });
            publishing.start();
            byte[] body = readChunks(in);
            publishing.join();
            assertEquals((published + 200) * PIECE, body.length);
            for (int i = 0; i < published + 200; i++) {
                assertArrayEquals(piece(i).array(), Arrays.copyOfRange(body, i * PIECE, (i + 1) * PIECE), "piece " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void aClientThatIsGoneIsNoSubscriberAnyMore(String protocol) throws Exception {
        start(protocol, Map.of());
        try (Socket socket = openLive()) {
            eventually("somebody listens", live::hasSubscribers);
            readHead(new DataInputStream(socket.getInputStream()));
        }
        eventually("the publisher is let go", () -> {
            live.offer(piece(0), null);
            return !live.hasSubscribers();
        });
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void aClientThatTakesNothingIsCutOff(String protocol) throws Exception {
        start(protocol, Map.of("connectionTimeout", "1000"));
        try (Socket socket = openLive()) {
            eventually("somebody listens", live::hasSubscribers);
            fill();
            eventually("the publisher is let go", () -> !live.hasSubscribers());
            assertFalse(socket.isClosed());
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void withoutASignatureNothingIsTold(String protocol) throws Exception {
        start(protocol, Map.of());
        for (String path : PATHS) {
            assertEquals(401, status(path));
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void withoutAClusterThereIsNoPeerInterface(String protocol) throws Exception {
        server = new WebServer(protocol, folder, Optional::empty);
        for (String path : PATHS) {
            assertEquals(404, status(path));
        }
    }

    private int status(String path) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(ISO_8859_1));
            String head = readHead(new DataInputStream(socket.getInputStream()));
            return Integer.parseInt(head.split(" ", 3)[1]);
        }
    }

    /** Publishes until nothing is taken any more; gives how many pieces were. */
    private int fill() throws InterruptedException {
        int published = 0;
        int refusedInARow = 0;
        while (refusedInARow < 50 && published < 1_000) {
            if (live.offer(piece(published), 20, TimeUnit.MILLISECONDS, null) >= 0) {
                published++;
                refusedInARow = 0;
            } else {
                refusedInARow++;
            }
        }
        return published;
    }

    private static ByteBuffer piece(int index) {
        byte[] bytes = new byte[PIECE];
        Arrays.fill(bytes, (byte) index);
        return ByteBuffer.wrap(bytes);
    }

    private Socket openLive() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(PIECE);
        socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
        socket.setSoTimeout(30_000);
        String path = "/peer/v2/live/live/camera";
        String signature = asker.sign(SignedRequest.of("GET", path, null, name -> null), Optional.of(INSTANCE));
        socket.getOutputStream()
                .write(("GET /dvr" + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + signature + "\r\n\r\n")
                        .getBytes(ISO_8859_1));
        return socket;
    }

    private static String readHead(DataInputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            head.append((char) in.readUnsignedByte());
        }
        return head.toString();
    }

    private static byte[] readChunks(DataInputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int length = chunkLength(in);
        while (length > 0) {
            body.write(in.readNBytes(length));
            in.readShort();
            length = chunkLength(in);
        }
        return body.toByteArray();
    }

    private static int chunkLength(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        while (!line.toString().endsWith("\r\n")) {
            line.append((char) in.readUnsignedByte());
        }
        return Integer.parseInt(line.toString().trim(), 16);
    }

    /** Counts the bytes of a stream and those that are not as they should be. */
    private static final class Collector implements Flow.Subscriber<List<ByteBuffer>> {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile int bytes;
        private int wrong;

        int bytes() {
            return bytes;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            int at = bytes;
            for (ByteBuffer buffer : buffers) {
                while (buffer.hasRemaining()) {
                    wrong += buffer.get() == (byte) (at / PIECE) ? 0 : 1;
                    at++;
                }
            }
            bytes = at;
        }

        @Override
        public void onError(Throwable failure) {
            done.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            done.complete(null);
        }
    }
}
