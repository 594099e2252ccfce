package org.red5.dvr.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.GivenOut;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Offer;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;

/** What viewers of an edge are told of the servers behind it. */
class ClusterRepliesTest {
    /** 2025-11-22T13:20:00Z. */
    private static final long START = 1_763_817_600;

    private static final long FIRST = START / 4;
    private static final TakeId A = TakeId.of(START * 1_000_000, "a");
    private static final TakeId B = TakeId.of((START + 40) * 1_000_000, "b");

    private final Servers servers = new Servers();
    private final DvrHandler handler = new DvrHandler(
            "edge",
            new Playback(
                    servers,
                    SegmentGrid.DEFAULT,
                    stream -> Duration.ofSeconds(60),
                    Clock.fixed(Instant.ofEpochSecond(START + 401), ZoneOffset.UTC)));

    /** Servers A and B, of which B may not answer. */
    private static final class Servers implements Resolver {
        private final List<Unanswered> unanswered = new ArrayList<>();
        private Served.From from = Served.From.PEER;

        @Override
        public CompletableFuture<List<StreamListing>> streams() {
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
            return Futures.of(() -> merged(stream, window));
        }

        private Optional<Timeline> merged(StreamKey stream, UtcRange window) throws UnreachableException {
            if (!stream.name().equals("camera")) {
                if (unanswered.isEmpty()) {
                    return Optional.empty();
                }
                throw new UnreachableException("No server that answers knows it.");
            }
            List<Offer> offers = new ArrayList<>();
            offers.add(offer("a", A, FIRST));
            if (unanswered.isEmpty()) {
                offers.add(offer("b", B, FIRST + 10));
            }
            return Optional.of(Timeline.merge(offers, window, SegmentGrid.DEFAULT, unanswered, GivenOut.NOTHING));
        }

        private static Offer offer(String server, TakeId take, long first) {
            return new Offer(
                    server, new Holdings(MemorySource.run(take, first, 10), List.of(), false, Optional.empty()));
        }

        @Override
        public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
            return CompletableFuture.completedFuture(Optional.empty());
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
            return fetchSegment(stream, take, FIRST, part);
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
            return take.equals(B) && !unanswered.isEmpty()
                    ? CompletableFuture.failedFuture(
                            new UnreachableException("It may be at a server that does not answer now."))
                    : CompletableFuture.completedFuture(
                            Optional.of(new Served(new InMemory(new byte[5]), take.equals(A) ? "a" : "b", from)));
        }
    }

    private HttpReply get(String path) {
        return handler.reply(new HttpRequest("GET", "/live/" + path, null, name -> null))
                .join();
    }

    private static String text(HttpReply reply) {
        return new String(((InMemory) reply.body().orElseThrow()).bytes(), UTF_8);
    }

    @Test
    void saysWhichServerServedWhat() {
        HttpReply fetched = get("camera/segments/" + A + "/" + FIRST + ".m4s");
        assertEquals(Optional.of("\"edge\"; fwd=miss; detail=\"a\""), fetched.header("Cache-Status"));
        assertEquals(Optional.of("a"), fetched.header("DVR-Server"));
        String exposed = fetched.header("Access-Control-Expose-Headers").orElseThrow();
        assertTrue(exposed.contains("Cache-Status") && exposed.contains("DVR-Server"), exposed);
        servers.from = Served.From.MEMORY;
        HttpReply known = get("camera/segments/" + B + "/init.mp4");
        assertEquals(Optional.of("\"edge\"; hit"), known.header("Cache-Status"));
        assertEquals(Optional.of("b"), known.header("DVR-Server"));
    }

    @Test
    void saysWhereEachRangeComesFromAndWhoMayFillAHole() {
        String path = "camera/recording_status.json?from=" + START + "&to=" + (START + 80);
        assertEquals(
                "[{\"stream\":\"live/camera\",\"ranges\":["
                        + "{\"from\":1763817600,\"duration\":40,\"server\":\"a\"},"
                        + "{\"from\":1763817640,\"duration\":40,\"server\":\"b\"}],\"holes\":[]}]",
                text(status(path)));
        servers.unanswered.add(new Unanswered("b", "connection refused"));
        assertEquals(
                "[{\"stream\":\"live/camera\",\"ranges\":["
                        + "{\"from\":1763817600,\"duration\":40,\"server\":\"a\"}],"
                        + "\"holes\":[{\"from\":1763817640,\"duration\":40,\"reason\":\"server not reachable\","
                        + "\"servers\":[{\"server\":\"b\",\"why\":\"connection refused\"}]}]}]",
                text(status(path)));
    }

    @Test
    void playlistWithAHoleNamesWhoMayFillIt() {
        String whole = "camera/archive-" + START + "-80";
        assertEquals(Optional.empty(), get(whole + ".m3u8").header("DVR-Unanswered"));
        servers.unanswered.add(new Unanswered("b", "connection refused"));
        servers.unanswered.add(new Unanswered("c", "said\r\nX-Evil: \u00e9"));
        for (String playlist : List.of(whole + ".m3u8", whole + "-media.m3u8")) {
            HttpReply reply = get(playlist);
            assertEquals(200, reply.status());
            assertEquals(Optional.of("b (connection refused), c (said??X-Evil: ?)"), reply.header("DVR-Unanswered"));
            assertTrue(
                    reply.header("Access-Control-Expose-Headers").orElseThrow().contains("DVR-Unanswered"));
        }
        HttpReply noHole = get("camera/archive-" + START + "-40.m3u8");
        assertEquals(200, noHole.status());
        assertEquals(Optional.empty(), noHole.header("DVR-Unanswered"));
    }

    private HttpReply status(String path) {
        int query = path.indexOf('?');
        return handler.reply(new HttpRequest(
                        "GET", "/live/" + path.substring(0, query), path.substring(query + 1), name -> null))
                .join();
    }

    @Test
    void whatAFailedServerHidesIsWorthAnotherTryAndWhatIsNotThereIsNot() {
        assertEquals(404, get("camera/archive-" + (START + 100) + "-20.m3u8").status());
        assertEquals(404, get("other/index.m3u8").status());
        servers.unanswered.add(new Unanswered("b", "connection refused"));
        for (String path : List.of(
                "camera/archive-" + (START + 44) + "-20.m3u8",
                "other/index.m3u8",
                "camera/segments/" + B + "/" + (FIRST + 10) + ".m4s",
                "camera/segments/" + B + "/init.mp4")) {
            HttpReply hidden = get(path);
            assertEquals(503, hidden.status(), path);
            assertEquals(Optional.of("3"), hidden.header("Retry-After"));
        }
        assertTrue(text(get("camera/archive-" + (START + 44) + "-20.m3u8")).contains("b (connection refused)"));
        // What does answer is there all the same.
        assertEquals(200, get("camera/archive-" + START + "-80.m3u8").status());
    }
}
