package org.red5.dvr.webapp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.bytes.MediaBytes.InMemory;
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
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.web.DvrHandler;

/**
 * Many requests wait for a source that says nothing, at a Tomcat of few threads: what is here is answered meanwhile, on the thread that
 * took the request, and so no later than without them.
 */
@Timeout(300)
class WaitingRequestsTest {
    private static final int THREADS = 8;
    /** A third each for playlists, for reports and lists, and for media. */
    private static final int WAITING = 204;

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
    private final Queue<CompletableFuture<Optional<Served>>> questions = new ConcurrentLinkedQueue<>();
    private final Set<String> localThreads = ConcurrentHashMap.newKeySet();
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
        public CompletableFuture<List<StreamListing>> streams() {
            return elsewhere().thenCompose(speaks -> own.streams());
        }

        @Override
        public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
            return stream.equals(ELSEWHERE)
                    ? elsewhere().thenCompose(speaks -> own.timeline(HERE, window))
                    : here(own.timeline(HERE, window));
        }

        @Override
        public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
            return own.take(stream, take);
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
            questions.add(reply);
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
        DvrHandler requests = new DvrHandler("edge", playback);
        Map<String, String> properties = Map.of("maxThreads", Integer.toString(THREADS));
        server = new WebServer(protocol, folder, () -> Optional.of(requests), Optional::empty, properties);
    }

    @AfterEach
    void stop() throws Exception {
        questions.forEach(reply -> reply.complete(Optional.empty()));
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
        for (int i = 0; i < WAITING / 6; i++) {
            waiting.add(ask(ELSEWHERE, "/index.m3u8"));
            waiting.add(ask(ELSEWHERE, "/index-media.m3u8"));
            waiting.add(ask(ELSEWHERE, "/recording_status.json"));
            waiting.add(askFor("streams.json"));
            waiting.add(ask(ELSEWHERE, SEGMENT));
            waiting.add(ask(ELSEWHERE, TAKE + "init.mp4"));
        }
        // All are asked, and there are only so few threads.
        Eventually.holds(() -> questions.size() == WAITING);
        double besideMillis = askForWhatIsHere();
        System.out.printf(
                "%s: a segment that is here comes after %.1f ms beside %d requests that wait, after %.1f ms without%n",
                protocol, besideMillis, WAITING, aloneMillis);
        assertTrue(waiting.stream().noneMatch(CompletableFuture::isDone));
        assertTrue(localThreads.stream().allMatch(name -> name.contains("-exec-")), localThreads.toString());
        assertEquals(protocol.endsWith("NioProtocol") ? 2 * LOCAL : 0, server.sentFiles());
        questions.forEach(reply ->
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
        return askFor(stream + path);
    }

    private CompletableFuture<HttpResponse<byte[]>> askFor(String path) {
        URI address = URI.create("http://127.0.0.1:" + server.port() + "/dvr/" + path);
        return client.sendAsync(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
    }
}
