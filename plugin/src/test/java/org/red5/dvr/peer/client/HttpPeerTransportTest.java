package org.red5.dvr.peer.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.Secret;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.wire.PeerSignature;
import org.red5.dvr.peer.wire.RouteHeaders;
import org.red5.dvr.peer.wire.SignedRequest;
import org.red5.dvr.peer.wire.Verdict;
import org.red5.dvr.timeline.StreamKey;

/** The transport against a socket that answers as a peer may, and as it must not. */
@Timeout(30)
class HttpPeerTransportTest {
    private static final Secret KEY = new Secret("abcd");
    private static final Route ROUTE = new Route(List.of("edge"), Set.of("b"), 7);

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final ExecutorService serving = Executors.newCachedThreadPool();
    private final PeerSignature origin =
            new PeerSignature(KEY, "origin", new InstanceId("o1"), Clock.systemUTC(), new SecureRandom());
    private final BlockingQueue<String> heads = new ArrayBlockingQueue<>(10);
    private final CompletableFuture<Void> brokenOff = new CompletableFuture<>();
    private HostAddresses.Lookup names = host -> {
        throw new UnknownHostException(host);
    };
    private ServerSocket server;
    private HttpPeerTransport transport;

    private interface Answer {
        void write(Socket socket, OutputStream out) throws IOException;
    }

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        PeerSignature signature =
                new PeerSignature(KEY, "edge", new InstanceId("e1"), Clock.systemUTC(), new SecureRandom());
        transport = new HttpPeerTransport(signature, threads, 100_000, host -> names.allOf(host));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        threads.shutdownNow();
        serving.shutdownNow();
    }

    private void serve(Answer answer) {
        serving.execute(() -> {
            try (Socket socket = server.accept()) {
                heads.add(head(socket));
                answer.write(socket, socket.getOutputStream());
                // Nothing more comes; a broken connection ends the wait.
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                brokenOff.complete(null);
            } catch (IOException e) {
                brokenOff.complete(null);
            }
        });
    }

    private static String head(Socket socket) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = socket.getInputStream().read();
            if (b < 0) {
                throw new IOException("no head");
            }
            head.write(b);
        }
        return head.toString(ISO_8859_1);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private PeerAddress address() {
        return new PeerAddress("127.0.0.1", server.getLocalPort());
    }

    private CompletableFuture<PeerReply> send(int timeoutMillis) {
        return transport.send(
                address(),
                new PeerRequest("/peer/v2/hours/live/camera", "from=1&to=2", ROUTE, Duration.ofMillis(timeoutMillis)));
    }

    @Test
    void aNameWithoutAddressesIsSaidToHaveNone() {
        ExecutionException failure = assertThrows(
                ExecutionException.class, () -> status("my_server", 10_000).get());
        assertEquals("the name my_server does not resolve", failure.getCause().getMessage());
    }

    private CompletableFuture<PeerReply> status(String host, int timeoutMillis) {
        PeerRequest request = new PeerRequest("/peer/v2/status", "", ROUTE, Duration.ofMillis(timeoutMillis));
        return transport.send(new PeerAddress(host, server.getLocalPort()), request);
    }

    /** The server listens at one of two addresses, and the name is one that no URI can hold. */
    @Test
    void allAddressesOfANameAreTried() throws Exception {
        names = host -> new InetAddress[] {InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1")};
        // Whether it can be connected to is seen first.
        serveAll((socket, out) -> out.write(ascii("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok")));
        assertEquals(200, status("my_server", 10_000).get().status());
        assertEquals(200, status("my_server", 10_000).get().status());
    }

    /** Nothing comes back from the first address, as from a machine that is off. */
    @Test
    void anAddressThatSaysNothingHoldsUpNobody() throws Exception {
        try (ServerSocket full = new ServerSocket(server.getLocalPort(), 1, InetAddress.getByName("127.0.0.2"));
                Filled filled = Filled.of(full)) {
            names = host -> new InetAddress[] {InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1")};
            serveAll((socket, out) -> out.write(ascii("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok")));
            assertEquals(200, status("origin", 4_000).get().status());
            assertTrue(filled.size() > 0);
        }
    }

    /** Connections that nobody accepts: the system answers no further ones. */
    private record Filled(List<Socket> sockets) implements AutoCloseable {
        static Filled of(ServerSocket server) throws IOException {
            List<Socket> sockets = new ArrayList<>();
            try {
                while (sockets.size() < 20) {
                    Socket socket = new Socket();
                    socket.connect(server.getLocalSocketAddress(), 300);
                    sockets.add(socket);
                }
            } catch (SocketTimeoutException e) {
                return new Filled(sockets);
            }
            throw new IOException("this system accepts connections without end");
        }

        int size() {
            return sockets.size();
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /** As {@link #serve}, for any number of connections; one that is closed before anything is asked is none. */
    private void serveAll(Answer answer) {
        serving.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    serving.execute(() -> answerAll(socket, answer));
                } catch (IOException e) {
                    return; // The test is over.
                }
            }
        });
    }

    private static void answerAll(Socket socket, Answer answer) {
        try (socket) {
            while (true) {
                head(socket);
                answer.write(socket, socket.getOutputStream());
            }
        } catch (IOException e) {
            // The other side is done.
        }
    }

    @Test
    void requestsAreSignedWithTheWayOfTheQuestion() throws Exception {
        byte[] body = new byte[90_000];
        body[89_999] = 7;
        serve((socket, out) -> {
            out.write(ascii("HTTP/1.1 401 \r\nWWW-Authenticate: DVR2 to=o1\r\nContent-Length: 4\r\n\r\nwho?"));
            heads.add(head(socket));
            out.write(ascii("HTTP/1.1 203 \r\ndvr-node: origin\r\nContent-Length: 90000\r\n\r\n"));
            out.write(body);
        });
        PeerReply reply = send(10_000).get();
        assertTrue(heads.take().contains("Authorization: DVR2 node=edge, time="));

        assertEquals(203, reply.status());
        assertEquals("origin", reply.header("DVR-Node").orElseThrow());
        assertArrayEquals(body, reply.body());
        List<String> lines = heads.take().lines().toList();
        assertEquals("GET /dvr/peer/v2/hours/live/camera?from=1&to=2 HTTP/1.1", lines.get(0));
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        lines.stream()
                .skip(1)
                .filter(line -> line.contains(": "))
                .forEach(line -> headers.put(line.split(": ", 2)[0], line.split(": ", 2)[1]));
        assertEquals("edge", headers.get("CDN-Loop"));
        assertEquals("b", headers.get("DVR-Asked"));
        assertEquals("7", headers.get("DVR-Hops"));
        assertEquals("10000", headers.get("DVR-Wait"));
        assertEquals(ROUTE, RouteHeaders.route(headers::get));
        SignedRequest seen = SignedRequest.of("GET", "/peer/v2/hours/live/camera", "from=1&to=2", headers::get);
        assertEquals(Verdict.GOOD, origin.check(seen, headers.get("Authorization")));
    }

    /** It says who it is and takes nothing all the same. */
    @Test
    void aRequestIsSignedForAnotherServerOnce() throws Exception {
        serve((socket, out) -> {
            for (int i = 0; i < 3; i++) {
                String who = "HTTP/1.1 401 \r\nWWW-Authenticate: DVR2 to=o" + i + "\r\nContent-Length: 4\r\n\r\n";
                out.write(ascii(who + "who?"));
                heads.add(head(socket));
            }
        });
        assertEquals(401, send(10_000).get().status());
        assertFalse(heads.take().contains(", to="));
        assertTrue(heads.take().contains(", to=o0, "));
        send(10_000);
        assertTrue(heads.take().contains(", to=o0, "));
    }

    @Test
    void patienceCoversTheWholeBodyAndBreaksTheConnection() throws Exception {
        serve((socket, out) -> {
            out.write(ascii("HTTP/1.1 200 \r\nContent-Length: 50000\r\n\r\n"));
            out.write(new byte[100]);
        });
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> send(1_500).get());

        assertInstanceOf(IOException.class, failure.getCause());
        assertEquals("no answer within 1500 ms", failure.getCause().getMessage());
        brokenOff.get(10, TimeUnit.SECONDS);
    }

    private CompletableFuture<PeerReply> sendForMedia(int timeoutMillis, Runnable onFirstByte) {
        Duration timeout = Duration.ofMillis(timeoutMillis);
        PeerRequest request =
                new PeerRequest("/peer/v2/segment/x", "", ROUTE, timeout, Optional.of(MediaListener.of(onFirstByte)));
        return transport.send(address(), request);
    }

    @Test
    void mediaMayTakeLongerThanPatienceAsLongAsItComes() throws Exception {
        serve((socket, out) -> {
            out.write(ascii("HTTP/1.1 200 \r\nContent-Length: 500\r\n\r\n"));
            for (int i = 0; i < 5; i++) {
                LockSupport.parkNanos(150_000_000);
                out.write(new byte[100]);
            }
        });
        CompletableFuture<Void> onFirstByte = new CompletableFuture<>();
        CompletableFuture<PeerReply> reply = sendForMedia(500, () -> onFirstByte.complete(null));
        onFirstByte.get();
        assertFalse(reply.isDone());
        assertEquals(500, reply.get().body().length);
    }

    @Test
    void mediaThatStopsInTheMiddleIsAFailureWithinAboutASecond() throws Exception {
        serve((socket, out) -> {
            out.write(ascii("HTTP/1.1 200 \r\nContent-Length: 50000\r\n\r\n"));
            out.write(new byte[100]);
        });
        long start = System.nanoTime();
        ExecutionException failure = assertThrows(
                ExecutionException.class, () -> sendForMedia(60_000, () -> {}).get());
        assertEquals("the answer stopped in the middle", failure.getCause().getMessage());
        assertTrue(System.nanoTime() - start < 5_000_000_000L);
        brokenOff.get(10, TimeUnit.SECONDS);
    }

    /** What takes a body from a byte on, as it comes. */
    private final class Taken implements MediaListener {
        private final long from;
        private final CompletableFuture<Void> first = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private IOException refuses;

        Taken(long from) {
            this.from = from;
        }

        @Override
        public long fromBytes() {
            return from;
        }

        @Override
        public Optional<Sink> begins(PeerReply head) throws IOException {
            assertEquals("origin", head.header("dvr-node").orElseThrow());
            return head.status() == 404 ? Optional.empty() : Optional.of(this::take);
        }

        private void take(ByteBuffer more) throws IOException {
            if (refuses != null) {
                throw refuses;
            }
            byte[] piece = new byte[more.remaining()];
            more.get(piece);
            bytes.writeBytes(piece);
            first.complete(null);
        }

        CompletableFuture<PeerReply> send() {
            PeerRequest request =
                    new PeerRequest("/peer/v2/segment/x", "", ROUTE, Duration.ofSeconds(10), Optional.of(this));
            return transport.send(address(), request);
        }
    }

    @Test
    void aBodyIsHandedOnAsItComes() throws Exception {
        CompletableFuture<Void> rest = new CompletableFuture<>();
        serve((socket, out) -> {
            out.write(ascii("HTTP/1.1 206 \r\nDVR-Node: origin\r\nContent-Length: 5\r\n\r\nabc"));
            rest.join();
            out.write(ascii("de"));
        });
        Taken taken = new Taken(7);
        CompletableFuture<PeerReply> reply = taken.send();
        taken.first.get();
        assertFalse(reply.isDone());
        rest.complete(null);
        assertEquals(206, reply.get().status());
        assertEquals(0, reply.get().body().length, "it is kept once");
        assertEquals("abcde", taken.bytes.toString(ISO_8859_1));
        List<String> lines = heads.take().lines().toList();
        assertTrue(lines.contains("Range: bytes=7-"), lines.toString());
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        lines.stream()
                .filter(line -> line.contains(": "))
                .forEach(line -> headers.put(line.split(": ", 2)[0], line.split(": ", 2)[1]));
        SignedRequest seen = SignedRequest.of("GET", "/peer/v2/segment/x", null, headers::get);
        assertEquals("bytes=7-", seen.headers().get(0), "it is signed");
    }

    @Test
    void aBodyThatIsNotWantedBreaksTheConnection() throws Exception {
        serve((socket, out) -> {
            out.write(ascii("HTTP/1.1 200 \r\nDVR-Node: origin\r\nContent-Length: 50000\r\n\r\nabc"));
        });
        Taken taken = new Taken(0);
        taken.refuses = new IOException("enough");
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> taken.send().get());
        assertEquals(taken.refuses, failure.getCause());
        brokenOff.get(10, TimeUnit.SECONDS);
    }

    @Test
    void whoGivesUpBreaksTheConnection() throws Exception {
        serve((socket, out) -> {
            // Says nothing.
        });
        CompletableFuture<PeerReply> reply = send(60_000);
        heads.take();
        reply.cancel(false);
        brokenOff.get(10, TimeUnit.SECONDS);
    }

    @Test
    void longRepliesAreRefused() throws Exception {
        serve((socket, out) -> {
            out.write(ascii("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n"));
            for (int i = 0; i < 1_000; i++) {
                out.write(ascii("1000\r\n"));
                out.write(new byte[0x1000]);
                out.write(ascii("\r\n"));
            }
        });
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> send(10_000).get());
        assertEquals("a reply of more than 100000 bytes", failure.getCause().getMessage());
        brokenOff.get(10, TimeUnit.SECONDS);
    }

    @Test
    void cutRepliesAndNobodyThereAreFailures() throws Exception {
        serve((socket, out) -> {
            out.write(ascii("HTTP/1.1 200 \r\nContent-Length: 50000\r\n\r\n12345"));
            socket.shutdownOutput();
        });
        ExecutionException cut =
                assertThrows(ExecutionException.class, () -> send(10_000).get());
        assertInstanceOf(IOException.class, cut.getCause());
        server.close();
        ExecutionException nobody =
                assertThrows(ExecutionException.class, () -> send(10_000).get());
        assertEquals("cannot be connected to", nobody.getCause().getMessage());
    }

    @Test
    void liveComesBitByBitUntilItIsCancelled() throws Exception {
        serve((socket, out) -> {
            out.write(ascii("HTTP/1.1 200 \r\nDVR-Node: origin\r\nTransfer-Encoding: chunked\r\n\r\n"));
            out.write(ascii("3\r\nFLV\r\n"));
        });
        LivePeerReply live = transport
                .openLive(address(), new StreamKey("live", "room/a b"), ROUTE, Duration.ofSeconds(10))
                .get();
        assertEquals("origin", live.node());
        assertEquals(
                "GET /dvr/peer/v2/live/live/room/a%20b HTTP/1.1",
                heads.take().lines().findFirst().orElseThrow());
        CompletableFuture<String> first = new CompletableFuture<>();
        live.body().subscribe(new FirstBytes(first));
        assertEquals("FLV", first.get());
        brokenOff.get(10, TimeUnit.SECONDS);
    }

    @Test
    void liveThatIsNotThereIsAFailure() throws Exception {
        serve((socket, out) -> out.write(ascii("HTTP/1.1 404 \r\nContent-Length: 100000000\r\n\r\nno")));
        ExecutionException failure = assertThrows(
                ExecutionException.class,
                () -> transport
                        .openLive(address(), new StreamKey("live", "a"), ROUTE, Duration.ofSeconds(10))
                        .get());
        assertEquals("answered 404", failure.getCause().getMessage());
        brokenOff.get(10, TimeUnit.SECONDS);
    }

    /** Takes the first piece and has enough. */
    private static final class FirstBytes implements Flow.Subscriber<List<ByteBuffer>> {
        private final CompletableFuture<String> first;
        private Flow.Subscription subscription;

        FirstBytes(CompletableFuture<String> first) {
            this.first = first;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            byte[] bytes = new byte[buffers.get(0).remaining()];
            buffers.get(0).get(bytes);
            first.complete(new String(bytes, ISO_8859_1));
            subscription.cancel();
        }

        @Override
        public void onError(Throwable failure) {
            first.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            first.completeExceptionally(new IOException("ended"));
        }
    }
}
