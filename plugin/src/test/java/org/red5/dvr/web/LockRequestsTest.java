package org.red5.dvr.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.cluster.ClusterMap;
import org.red5.dvr.http.BasicAuth;
import org.red5.dvr.http.Cors;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.HttpRequest.Body;
import org.red5.dvr.http.PasswordGuard;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.store.RangeLocks;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

class LockRequestsTest {
    private static final String PATH = "/live/room/my%20camera/locks";
    private static final String BODY = "{\"from\": 1763817600.5, \"duration\": 60}";
    private static final String RIGHT = basic("admin:päss:word");

    /** Remembers what it was asked to do. */
    private static final class Asked implements RangeLocks {
        private final List<String> asked = new ArrayList<>();

        @Override
        public Optional<List<UtcRange>> locks(StreamKey stream) {
            return answer("locks", stream, "");
        }

        @Override
        public Optional<List<UtcRange>> lock(StreamKey stream, UtcRange range) throws IOException {
            return answer("lock", stream, range.toString());
        }

        @Override
        public Optional<List<UtcRange>> unlock(StreamKey stream, UtcRange range) {
            return answer("unlock", stream, range.toString());
        }

        private Optional<List<UtcRange>> answer(String what, StreamKey stream, String range) {
            asked.add(what + ' ' + stream + ' ' + range);
            return stream.name().equals("room/my camera")
                    ? Optional.of(List.of(new UtcRange(1_500_000, 4_000_000)))
                    : Optional.empty();
        }
    }

    private final Asked locks = new Asked();
    private final AtomicLong nanos = new AtomicLong();
    private final LockRequests requests = new LockRequests(
            locks,
            () -> Optional.of(new BasicAuth("admin", "päss:word")),
            new Cors(() -> Set.of("https://a.example")),
            nanos::get);

    private static HttpReply answer(LockRequests requests, HttpRequest request) {
        Playback nothing = new Playback(
                new OwnResolver("origin", new MemorySource(), SegmentGrid.DEFAULT),
                SegmentGrid.DEFAULT,
                stream -> Duration.ZERO,
                Clock.systemUTC());
        return new DvrHandler(
                        "origin",
                        nothing,
                        OperatorPages.NONE,
                        StreamWatch.NONE,
                        Optional.of(requests),
                        stream -> ClusterMap.alone("origin"),
                        Cors.FOR_ANYBODY,
                        DiskReaders.OF_NO_ROOT)
                .reply(request)
                .join();
    }

    @Test
    void locksAndUnlocksAndLists() {
        String list = "[{\"from\":1.5,\"duration\":2.5}]";
        for (String method : List.of("GET", "POST", "DELETE")) {
            HttpReply reply = answer(requests, request(method, PATH, RIGHT, BODY));
            assertEquals(200, reply.status());
            assertEquals(list, text(reply));
            assertEquals(Optional.of("no-store"), reply.header("Cache-Control"));
        }
        UtcRange range = new UtcRange(1_763_817_600_500_000L, 1_763_817_660_500_000L);
        assertEquals(
                List.of(
                        "locks live/room/my camera ",
                        "lock live/room/my camera " + range,
                        "unlock live/room/my camera " + range),
                locks.asked);
    }

    @Test
    void onlyTheUserWithThePasswordIsLetIn() {
        for (String header : Arrays.asList(
                null,
                "",
                "Basic",
                "Basic !!!",
                RIGHT + "x",
                "Bearer " + RIGHT.substring(6),
                basic("admin:päss:wor"),
                basic("root:päss:word"))) {
            for (String method : List.of("GET", "HEAD", "POST", "DELETE")) {
                HttpReply reply = answer(requests, request(method, PATH, header, BODY));
                assertEquals(401, reply.status(), header);
                nanos.addAndGet(PasswordGuard.GUESS_NANOS);
                assertTrue(reply.header("WWW-Authenticate").orElseThrow().startsWith("Basic realm="));
            }
        }
        assertEquals(List.of(), locks.asked);
    }

    @Test
    void withoutEditAuthNobodyIs() {
        LockRequests closed = new LockRequests(locks, Optional::empty, Cors.FOR_ANYBODY, nanos::get);
        assertEquals(403, answer(closed, request("GET", PATH, RIGHT, "")).status());
        assertEquals(List.of(), locks.asked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "{}",
                "{\"from\":1}",
                "{\"from\":1,\"duration\":0}",
                "{\"from\":-1,\"duration\":5}",
                "{\"from\":1,\"duration\":-5}",
                "{\"from\":176381760000,\"duration\":5}",
                "{\"from\":1,\"duration\":1e999}",
                "{\"from\":NaN,\"duration\":5}",
                "{\"from\":\"1\",\"duration\":5}",
                "{\"from\":1,\"from\":2,\"duration\":5}",
                "{\"from\":1,\"duration\":5,\"x\":1}",
                "{\"from\":1,\"duration\":5} x",
                "{\"from\":[[[[",
            })
    void aBodyThatIsNoRangeIsRefusedWithASentence(String body) {
        HttpReply reply = answer(requests, request("POST", PATH, RIGHT, body));
        assertEquals(400, reply.status());
        assertTrue(text(reply).matches("[A-Z][^\\n]{10,400}\\.\\n"), text(reply));
        assertEquals(List.of(), locks.asked);
    }

    @Test
    void aBodyIsReadUpToItsLimit() {
        int[] read = new int[1];
        Body endless = bytes -> {
            read[0] = bytes;
            return new byte[bytes];
        };
        HttpReply reply = answer(requests, request("POST", PATH, RIGHT, endless));
        assertEquals(400, reply.status());
        assertTrue(text(reply).contains("65536"));
        assertEquals(65_537, read[0]);
    }

    @Test
    void otherMistakes() {
        assertEquals(
                404,
                answer(requests, request("GET", "/live/x/locks", RIGHT, "")).status());
        assertEquals(
                404, answer(requests, request("GET", "/live/locks", RIGHT, "")).status());
        assertEquals(
                400,
                answer(requests, request("GET", "/live/%FF/locks", RIGHT, "")).status());
        assertEquals(405, answer(requests, request("PUT", PATH, RIGHT, "")).status());
    }

    @Test
    void otherSitesMayAsk() {
        HttpReply reply = answer(requests, request("OPTIONS", PATH, null, ""));
        assertEquals(204, reply.status());
        assertTrue(reply.header("Access-Control-Allow-Methods").orElseThrow().contains("DELETE"));
        assertTrue(reply.header("Access-Control-Allow-Headers").orElseThrow().contains("Authorization"));
    }

    @Test
    void pagesOfOtherSitesCannotMakeABrowserChangeLocks() {
        Body body = bytes -> BODY.getBytes(UTF_8);
        for (String origin : List.of("https://b.example", "null", "http://dvr.example", "x")) {
            HttpReply reply = answer(requests, request("POST", PATH, body, RIGHT, "application/json", origin));
            assertEquals(403, reply.status(), origin);
        }
        for (String type : Arrays.asList("text/plain", "application/x-www-form-urlencoded", "", null)) {
            assertEquals(
                    415,
                    answer(requests, request("POST", PATH, body, RIGHT, type, null))
                            .status(),
                    type);
            assertEquals(
                    415,
                    answer(requests, request("DELETE", PATH, body, RIGHT, type, null))
                            .status(),
                    type);
        }
        assertEquals(List.of(), locks.asked);
        for (String origin : List.of("https://A.example", "http://dvr.example:5080")) {
            HttpReply reply = answer(requests, request("POST", PATH, body, RIGHT, "Application/JSON", origin));
            assertEquals(200, reply.status(), origin);
        }
    }

    @Test
    void whoGuessesIsSlowedDown() {
        String wrong = basic("admin:guess");
        for (int i = 0; i < 10; i++) {
            assertEquals(401, answer(requests, request("GET", PATH, wrong, "")).status());
        }
        HttpReply slowed = answer(requests, request("GET", PATH, RIGHT, ""));
        assertEquals(429, slowed.status(), "what comes now is not looked at");
        assertEquals(Optional.of("2"), slowed.header("Retry-After"));
        assertEquals(401, answer(requests, request("GET", PATH, null, "")).status(), "that is no guess");
        nanos.addAndGet(PasswordGuard.GUESS_NANOS);
        assertEquals(401, answer(requests, request("GET", PATH, wrong, "")).status());
        assertEquals(429, answer(requests, request("GET", PATH, wrong, "")).status());
        nanos.addAndGet(PasswordGuard.GUESS_NANOS);
        assertEquals(200, answer(requests, request("GET", PATH, RIGHT, "")).status());
    }

    private static HttpRequest request(String method, String path, String authorization, String body) {
        return request(method, path, authorization, bytes -> body.getBytes(UTF_8));
    }

    private static HttpRequest request(String method, String path, String authorization, Body body) {
        return request(method, path, body, authorization, "application/json; charset=utf-8", null);
    }

    private static HttpRequest request(
            String method, String path, Body body, String authorization, String type, String origin) {
        return new HttpRequest(
                method,
                path,
                null,
                name -> switch (name) {
                    case "Authorization" -> authorization;
                    case "Content-Type" -> type;
                    case "Origin" -> origin;
                    case "Host" -> "dvr.example:5080";
                    default -> null;
                },
                body);
    }

    private static String basic(String credentials) {
        return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8));
    }

    private static String text(HttpReply reply) {
        return new String(((InMemory) reply.body().orElseThrow()).bytes(), UTF_8);
    }
}
