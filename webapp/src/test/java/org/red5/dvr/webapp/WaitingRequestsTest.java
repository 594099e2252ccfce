package org.red5.dvr.webapp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.http.QuestionThreads;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.timeline.MediaBytes.InMemory;
import org.red5.dvr.timeline.OwnResolver;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Resolver;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.Served;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.web.DvrHandler;
import org.red5.dvr.web.ViewerRequests;

/**
 * Many requests wait for a source that says nothing, at a Tomcat of few threads: what is here is answered meanwhile, on the thread that
 * took the request, and so no later than without them.
 */
@Timeout(300)
class WaitingRequestsTest {
    private static final int THREADS = 8;
    /** As many for playlists as for media. */
    private static final int WAITING = 200;

    private static final int LOCAL = 10;
    private static final int OFFSET = 777;
    private static final int LENGTH = 100_000;
    private static final StreamKey HERE = new StreamKey("live", "here");
    private static final StreamKey ELSEWHERE = new StreamKey("live", "elsewhere");
    private static final String TAKE = "/segments/" + FileSource.TAKE + '/';
    private static final String SEGMENT = TAKE + FileSource.FIRST + ".m4s";

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private final byte[] content = new byte[OFFSET + LENGTH];
    private final CountDownLatch speaks = new CountDownLatch(1);
    private final Queue<CompletableFuture<Optional<Served>>> media = new ConcurrentLinkedQueue<>();
    private final AtomicInteger onThreads = new AtomicInteger();
    private final Set<String> localThreads = ConcurrentHashMap.newKeySet();
    private final QuestionThreads threads = new QuestionThreads(() -> 0);
    private WebServer server;

    static Stream<String> protocols() {
        return DvrServletTest.protocols();
    }

    /** This server has one stream itself; another only its source has. */
    private final class Resolving implements Resolver {
        private final Resolver own;

        Resolving(Resolver own) {
            this.own = own;
        }

        @Override
        public List<StreamListing> streams() throws IOException {
            return own.streams();
        }

        @Override
        public Optional<Timeline> timeline(StreamKey stream, UtcRange window) throws IOException {
            if (stream.equals(ELSEWHERE)) {
                try {
                    speaks.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return own.timeline(HERE, window);
        }

        @Override
        public Optional<Take> take(StreamKey stream, TakeId take) throws IOException {
            return own.take(stream, take);
        }

        @Override
        public Optional<Served> initSegment(StreamKey stream, TakeId take, Part part) throws IOException {
            return own.initSegment(stream, take, part);
        }

        @Override
        public Optional<Served> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException {
            return own.segment(stream, take, number, part);
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
            return stream.equals(ELSEWHERE) ? elsewhere() : here(own.fetchInitSegment(stream, take, part));
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
            return stream.equals(ELSEWHERE) ? elsewhere() : here(own.fetchSegment(stream, take, number, part));
        }

        private CompletableFuture<Optional<Served>> elsewhere() {
            CompletableFuture<Optional<Served>> reply = new CompletableFuture<>();
            media.add(reply);
            return reply;
        }

        private <T> T here(T reply) {
            localThreads.add(Thread.currentThread().getName());
            return reply;
        }
    }

    private void start(String protocol) throws Exception {
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("hour.mp4"), content);
        Resolver own =
                new OwnResolver("edge", new FileSource(List.of(HERE), file, OFFSET, LENGTH), SegmentGrid.DEFAULT);
        Playback playback = new Playback(
                new Resolving(own),
                SegmentGrid.DEFAULT,
                stream -> Duration.ofSeconds(60),
                Clock.fixed(Instant.ofEpochSecond(FileSource.START_SECONDS + 10), ZoneOffset.UTC));
        ViewerRequests requests = new ViewerRequests(
                new DvrHandler("edge", playback), threads, stream -> source(), DiskReaders.OF_NO_ROOT);
        Map<String, String> properties = Map.of("maxThreads", Integer.toString(THREADS));
        server = new WebServer(protocol, folder, () -> Optional.of(requests), Optional::empty, properties);
    }

    /** All streams have the same one; who asks for it is about to wait on a thread. */
    private String source() {
        onThreads.incrementAndGet();
        return "silent:8081";
    }

    @AfterEach
    void stop() throws Exception {
        speaks.countDown();
        media.forEach(reply -> reply.complete(Optional.empty()));
        threads.close();
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void whatIsHereDoesNotWaitForWhatIsElsewhere(String protocol) throws Exception {
        start(protocol);
        double aloneMillis = askForWhatIsHere();
        List<CompletableFuture<HttpResponse<byte[]>>> waiting = new ArrayList<>();
        for (int i = 0; i < WAITING / 4; i++) {
            waiting.add(ask(ELSEWHERE, "/index.m3u8"));
            waiting.add(ask(ELSEWHERE, "/index-media.m3u8"));
            waiting.add(ask(ELSEWHERE, SEGMENT));
            waiting.add(ask(ELSEWHERE, TAKE + "init.mp4"));
        }
        // The threads have taken them all, and there are only so few.
        Eventually.holds(() -> onThreads.get() == WAITING / 2 && media.size() == WAITING / 2);
        double besideMillis = askForWhatIsHere();
        System.out.printf(
                "%s: a segment that is here comes after %.1f ms beside %d requests that wait, after %.1f ms without%n",
                protocol, besideMillis, WAITING, aloneMillis);
        assertTrue(waiting.stream().noneMatch(CompletableFuture::isDone));
        assertTrue(localThreads.stream().allMatch(name -> name.contains("-exec-")), localThreads.toString());
        assertEquals(WAITING / 2, onThreads.get(), "what is here goes to no other thread");
        assertEquals(protocol.endsWith("NioProtocol") ? 2 * LOCAL : 0, server.sentFiles());
        speaks.countDown();
        media.forEach(reply ->
                reply.complete(Optional.of(new Served(new InMemory(new byte[5]), "source", Served.From.PEER))));
        for (CompletableFuture<HttpResponse<byte[]>> each : waiting) {
            assertEquals(200, each.get().statusCode(), each.get().uri().getPath());
        }
    }

    /** Gives how long a segment takes: the median. */
    private double askForWhatIsHere() throws Exception {
        long[] nanos = new long[LOCAL];
        for (int i = 0; i < LOCAL; i++) {
            long begun = System.nanoTime();
            HttpResponse<byte[]> segment = ask(HERE, SEGMENT).get(60, TimeUnit.SECONDS);
            nanos[i] = System.nanoTime() - begun;
            assertArrayEquals(Arrays.copyOfRange(content, OFFSET, OFFSET + LENGTH), segment.body());
            assertEquals(
                    200, ask(HERE, TAKE + "init.mp4").get(60, TimeUnit.SECONDS).statusCode());
        }
        Arrays.sort(nanos);
        return nanos[LOCAL / 2] / 1e6;
    }

    private CompletableFuture<HttpResponse<byte[]>> ask(StreamKey stream, String path) {
        URI address = URI.create("http://127.0.0.1:" + server.port() + "/dvr/" + stream + path);
        return client.sendAsync(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
    }
}
