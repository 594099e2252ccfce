package org.red5.dvr.webapp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.bytes.ArrivingBytes;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.web.DvrHandler;

/** Replies whose bodies are still arriving, to clients that count every byte. */
@Timeout(300)
class ArrivingReplyTest {
    private static final int LENGTH = 1_250_000;
    private static final int HELD_BACK = ArrivingBytes.HELD_BACK_BYTES;
    private static final String PATH = "/dvr/live/camera/segments/" + FileSource.TAKE + '/' + FileSource.FIRST;

    @TempDir
    Path folder;

    private final byte[] content = new byte[LENGTH];
    private final List<Client> clients = new ArrayList<>();
    private final AtomicInteger left = new AtomicInteger();
    private final CompletableFuture<Optional<Served>> first = new CompletableFuture<>();
    private ArrivingBytes arriving;
    private ArrivingBytes.Feed feed;
    private WebServer server;

    static Stream<String> protocols() {
        return DvrServletTest.protocols();
    }

    /** A stream whose one segment comes from elsewhere. */
    private final class Elsewhere implements Resolver {
        @Override
        public CompletableFuture<List<StreamListing>> streams() {
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
            return CompletableFuture.completedFuture(Optional.empty());
        }

        @Override
        public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
            return CompletableFuture.completedFuture(Optional.empty());
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
            return CompletableFuture.completedFuture(Optional.empty());
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
            return first.thenApply(begun -> Optional.of(served(part)));
        }
    }

    private Served served(Part part) {
        MediaBytes all = new MediaBytes.Arriving(arriving, left::incrementAndGet);
        return new Served(
                part == Part.AUDIO ? MediaBytes.slice(all, LENGTH - 1_000, 1_000) : all, "origin", Served.From.PEER);
    }

    private void start(String protocol) throws Exception {
        new Random(1).nextBytes(content);
        CRC32C crc = new CRC32C();
        crc.update(content);
        arriving = new ArrivingBytes(LENGTH, (int) crc.getValue());
        feed = arriving.begin(0).orElseThrow();
        Playback playback =
                new Playback(new Elsewhere(), SegmentGrid.DEFAULT, stream -> Duration.ofSeconds(60), Clock.systemUTC());
        DvrHandler requests = new DvrHandler("edge", playback);
        server = new WebServer(
                protocol, folder, () -> Optional.of(requests), Optional::empty, Map.of("maxThreads", "8"));
    }

    @AfterEach
    void stop() throws Exception {
        for (Client client : clients) {
            client.socket.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private void comes(int from, int to) {
        feed.append(ByteBuffer.wrap(content, from, to - from));
        first.complete(Optional.empty());
    }

    private Client client() throws IOException {
        Client client = new Client(new Socket("127.0.0.1", server.port()));
        client.socket.setSoTimeout(60_000);
        clients.add(client);
        return client;
    }

    /** A connection that is kept. */
    private record Client(Socket socket) {
        Client get(String path, String... headers) throws IOException {
            String head = "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + String.join("", headers) + "\r\n";
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            return this;
        }

        String head() throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    throw new EOFException(head.toString(ISO_8859_1));
                }
                head.write(next);
            }
            return head.toString(ISO_8859_1);
        }

        byte[] read(int count) throws IOException {
            return socket.getInputStream().readNBytes(count);
        }

        /** What comes before the connection breaks. */
        int readToTheEnd() throws IOException {
            InputStream in = socket.getInputStream();
            int count = 0;
            try {
                while (in.read() >= 0) {
                    count++;
                }
            } catch (SocketException e) {
                return count; // A reset is as good.
            }
            return count;
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void eachIsFedWhileItComes(String protocol) throws Exception {
        start(protocol);
        for (int i = 0; i < 20; i++) {
            client().get(PATH + ".m4s");
        }
        Client audio = client().get(PATH + "-a.m4s");
        Client range = client().get(PATH + ".m4s", "Range: bytes=200000-200009\r\n");
        comes(0, 10);
        for (Client client : clients.subList(0, 20)) {
            assertTrue(client.head().contains("Content-Length: " + LENGTH + "\r\n"));
            assertArrayEquals(Arrays.copyOf(content, 10), client.read(10));
        }
        assertTrue(audio.head().contains("Content-Length: 1000\r\n"));
        assertTrue(range.head().startsWith("HTTP/1.1 206"));
        comes(10, 200_010);
        assertArrayEquals(
                Arrays.copyOfRange(content, 200_000, 200_010), range.read(10), "no more than its own is waited for");
        comes(200_010, LENGTH - 1);
        for (Client client : clients.subList(0, 20)) {
            assertArrayEquals(
                    Arrays.copyOfRange(content, 10, LENGTH - HELD_BACK), client.read(LENGTH - HELD_BACK - 10));
            assertEquals(0, client.socket.getInputStream().available());
        }
        comes(LENGTH - 1, LENGTH);
        for (Client client : clients.subList(0, 20)) {
            assertArrayEquals(Arrays.copyOfRange(content, LENGTH - HELD_BACK, LENGTH), client.read(HELD_BACK));
        }
        assertArrayEquals(Arrays.copyOfRange(content, LENGTH - 1_000, LENGTH), audio.read(1_000));
        Eventually.holds(() -> left.get() == 22);
        // The connections are as good as any.
        for (Client client : clients) {
            assertTrue(client.get(PATH + ".m4s", "Range: bytes=1-2\r\n").head().startsWith("HTTP/1.1 206"));
            assertArrayEquals(Arrays.copyOfRange(content, 1, 3), client.read(2));
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void whatDoesNotComeToItsEndBreaksTheConnection(String protocol) throws Exception {
        start(protocol);
        for (int i = 0; i < 5; i++) {
            client().get(PATH + ".m4s");
        }
        comes(0, 100_000);
        for (Client client : clients) {
            client.head();
            client.read(100_000);
        }
        arriving.fail("the source is gone");
        for (Client client : clients) {
            assertEquals(0, client.readToTheEnd());
        }
        Eventually.holds(() -> left.get() == 5);
        assertTrue(client().get("/dvr/").head().startsWith("HTTP/1.1 200"));
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void whoIsGoneLeaves(String protocol) throws Exception {
        start(protocol);
        Client goes = client().get(PATH + ".m4s");
        Client stays = client().get(PATH + ".m4s");
        comes(0, 10);
        goes.head();
        stays.head();
        goes.socket.close();
        AtomicInteger at = new AtomicInteger(10);
        // It shows when something is written to it.
        Eventually.holds(() -> {
            comes(at.get(), at.addAndGet(1_000));
            return left.get() == 1;
        });
        comes(at.get(), LENGTH);
        assertArrayEquals(content, stays.read(LENGTH));
    }
}
