package org.red5.dvr.webapp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
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
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;
import org.red5.dvr.web.DvrHandler;

/** A download is found while it is sent: its first segment in a file, its second at another server, which answers on another thread. */
@Timeout(120)
class FoundWhileSentTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final int OFFSET = 777;
    private static final int LENGTH = 2_000_001;
    private static final String PATH = "/dvr/live/camera/archive-" + FileSource.START_SECONDS + "-8.fmp4";

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private final byte[] content = new byte[OFFSET + 2 * LENGTH];
    private volatile boolean isReachable = true;
    private WebServer server;

    static Stream<String> protocols() {
        return DvrServletTest.protocols();
    }

    void start(String protocol) throws Exception {
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("hour.mp4"), content);
        Playback playback = new Playback(
                new TwoServers(file),
                SegmentGrid.DEFAULT,
                stream -> Duration.ofSeconds(60),
                Clock.fixed(Instant.ofEpochSecond(FileSource.START_SECONDS + 100), ZoneOffset.UTC));
        DvrHandler requests = new DvrHandler("edge", playback);
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
    void comesWholeAndInParts(String protocol) throws Exception {
        start(protocol);
        byte[] expected = expected();
        HttpResponse<byte[]> whole = get("Accept", "*/*");
        assertEquals(200, whole.statusCode());
        assertEquals(
                expected.length,
                whole.headers().firstValueAsLong("Content-Length").orElseThrow());
        assertArrayEquals(expected, whole.body());
        Random random = new Random(2);
        for (int i = 0; i < 40; i++) {
            int from = random.nextInt(expected.length);
            int to = from + random.nextInt(expected.length - from);
            HttpResponse<byte[]> part = get("Range", "bytes=" + from + '-' + to);
            assertEquals(206, part.statusCode());
            assertArrayEquals(Arrays.copyOfRange(expected, from, to + 1), part.body(), from + " to " + to);
        }
    }

    /** Who gets less than was promised is told so, and does not wait. */
    @ParameterizedTest
    @MethodSource("protocols")
    void theConnectionEndsWhenTheRestCannotBeHad(String protocol) throws Exception {
        start(protocol);
        isReachable = false;
        IOException broken = assertThrows(IOException.class, () -> get("Accept", "*/*"));
        assertFalse(broken instanceof HttpTimeoutException, broken.toString());
        int first = expected().length - LENGTH;
        assertEquals(206, get("Range", "bytes=0-" + (first - 1)).statusCode());
        // Nothing is sent yet.
        assertEquals(503, get("Range", "bytes=" + first + '-').statusCode());
    }

    private byte[] expected() throws CorruptMediaException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(init());
        all.write(content, OFFSET, 2 * LENGTH);
        return all.toByteArray();
    }

    private static byte[] init() throws CorruptMediaException {
        return new InitSegment(Optional.empty(), Optional.of(Aac.parse(new byte[] {0x11, (byte) 0x90}))).toBytes();
    }

    private HttpResponse<byte[]> get(String header, String value) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + PATH))
                .header(header, value)
                .timeout(Duration.ofSeconds(60))
                .build();
        return client.send(request, BodyHandlers.ofByteArray());
    }

    private final class TwoServers implements Resolver {
        private final Path file;
        private final Resolver listed;

        TwoServers(Path file) {
            this.file = file;
            this.listed = new OwnResolver(
                    "origin", new FileSource(List.of(CAMERA), file, OFFSET, LENGTH), SegmentGrid.DEFAULT);
        }

        @Override
        public CompletableFuture<List<StreamListing>> streams() {
            return listed.streams();
        }

        @Override
        public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
            return listed.timeline(stream, window);
        }

        @Override
        public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
            return listed.take(stream, take);
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
            return Futures.of(() -> Optional.of(new Served(new InMemory(init()), "origin", Served.From.ARCHIVE)));
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
            if (number == FileSource.FIRST) {
                return CompletableFuture.completedFuture(
                        Optional.of(new Served(new FileRegion(file, OFFSET, LENGTH), "origin", Served.From.ARCHIVE)));
            }
            CompletableFuture<Optional<Served>> later = new CompletableFuture<>();
            new Thread(() -> answer(later), "other server").start();
            return later;
        }

        private void answer(CompletableFuture<Optional<Served>> later) {
            if (isReachable) {
                byte[] bytes = Arrays.copyOfRange(content, OFFSET + LENGTH, OFFSET + 2 * LENGTH);
                later.complete(Optional.of(new Served(new InMemory(bytes), "b", Served.From.PEER)));
            } else {
                later.completeExceptionally(new UnreachableException("The server b does not answer."));
            }
        }
    }
}
