package org.red5.dvr.peer.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexParser;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.config.Secret;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.LaterReply;
import org.red5.dvr.http.Reply;
import org.red5.dvr.http.StreamReply;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.wire.FollowReplyBytes;
import org.red5.dvr.peer.wire.HourListingJson;
import org.red5.dvr.peer.wire.PeerSignature;
import org.red5.dvr.peer.wire.PeerStatusJson;
import org.red5.dvr.peer.wire.PeerStreamsJson;
import org.red5.dvr.peer.wire.SignedRequest;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.time.SettableClock;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.UtcRange;

/** The peer interface of a server with an archive, asked as a peer asks; behind {@code scope=chain} stands another archive. */
@Timeout(30)
class PeerHandlerTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final StreamKey STREAM = new StreamKey("live", "room/für 1");
    private static final String PATH = StreamPath.of(STREAM);
    private static final long PER_HOUR = 900;
    /** Of the cell that begins on 2026-11-22 at 14:00 UTC. */
    private static final long FULL_HOUR = 448_839_000L;

    private static final long HOUR = FULL_HOUR / PER_HOUR;
    private static final Secret KEY = new Secret("abcd");

    @TempDir
    Path root;

    private final SettableClock clock = new SettableClock();
    private final ExecutorService followers = Executors.newSingleThreadExecutor();
    private static final InstanceId INSTANCE = new InstanceId("i1");

    private final AtomicReference<@Nullable Route> liveRoute = new AtomicReference<>();
    private final TestTake take = TestTake.of(GRID, FULL_HOUR - 2, 100_000, 5, Tracks.BOTH);
    private final TestTake elsewhere = TestTake.of(GRID, FULL_HOUR + 50, 0, 2, Tracks.VIDEO);
    private LocalArchive archive;
    private LocalArchive source;
    private LocalTakes own;
    private final LiveFeeds feeds = new LiveFeeds(System::nanoTime);
    private LocalStatus status;
    private Identities identities;
    private PeerSignature asker;
    private PeerHandler handler;

    @BeforeEach
    void start() throws IOException {
        clock.millis = (HOUR + 1) * 3_600_000 + 61_000;
        archive = open("own");
        source = open("source");
        take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        elsewhere.write(source, STREAM).end(GapReason.DISK_FULL);
        own = new LocalTakes(archive, clock, "a1", followers);
        LocalTakes chain = new LocalTakes(source, clock, "o", followers);
        status = new LocalStatus(
                archive, archive::closedChanges, feeds, "a1", new InstanceId("0f1e2d3c4b5a6978"), GRID, clock);
        status.refresh();
        asker = new PeerSignature(KEY, "edge", new InstanceId("e1"), clock, new SecureRandom());
        identities = new Identities(
                "a1",
                new InstanceId("0f1e2d3c4b5a6978"),
                new Timing(System::nanoTime, () -> clock.millis() * 1_000, (delay, task) -> () -> {}));
        handler = new PeerHandler(
                identities,
                new PeerSignature(KEY, "a1", INSTANCE, clock, new SecureRandom()),
                status,
                question -> own,
                question -> chain,
                (stream, route) -> {
                    liveRoute.set(route);
                    return stream.equals(STREAM) ? Optional.of(subscriber -> {}) : Optional.empty();
                },
                clock);
    }

    private LocalArchive open(String name) {
        return new LocalArchive(stream -> Optional.of(root.resolve(name)), List.of(root.resolve(name)), GRID);
    }

    @AfterEach
    void close() {
        archive.close();
        source.close();
        followers.shutdownNow();
    }

    private Reply ask(String target, String... headers) {
        Map<String, String> byName = new HashMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            byName.put(headers[i], headers[i + 1]);
        }
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        String rawQuery = query < 0 ? null : target.substring(query + 1);
        String signature = asker.sign(SignedRequest.of("GET", path, rawQuery, byName::get), Optional.of(INSTANCE));
        byName.putIfAbsent("Authorization", signature);
        return handler.handle(new HttpRequest("GET", path, rawQuery, byName::get));
    }

    private HttpReply get(String target, String... headers) {
        return assertInstanceOf(HttpReply.class, ask(target, headers));
    }

    private static byte[] body(HttpReply reply) {
        return reply.body().orElseThrow() instanceof FileRegion region
                ? read(region)
                : ((InMemory) reply.body().orElseThrow()).bytes();
    }

    private static byte[] read(FileRegion region) {
        try {
            byte[] file = Files.readAllBytes(region.file());
            return Arrays.copyOfRange(
                    file, (int) region.offsetBytes(), (int) (region.offsetBytes() + region.lengthBytes()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void withoutASignatureNothingIsAnswered() {
        String sentence = null;
        for (String path : List.of("/peer/v2/status", "/peer/v2/nothing", "/peer/", "/peer/v2/hours/live/x?from=a")) {
            for (String signature : new String[] {"", "Basic YTpi", "DVR2 node=edge"}) {
                HttpReply reply = get(path, "Authorization", signature);
                assertEquals(401, reply.status());
                assertEquals(Optional.empty(), reply.header("DVR-Node"));
                String text = new String(body(reply), UTF_8);
                assertTrue(sentence == null || sentence.equals(text), text);
                sentence = text;
            }
        }
    }

    @Test
    void whatNoCalendarHasIsRefused() {
        String stream = StreamPath.of(STREAM);
        for (String number : List.of("999999999999999", "-999999999999999", "70389528", "-1001")) {
            assertEquals(
                    400,
                    get("/peer/v2/hours/" + stream + "?from=" + number + "&to=" + number)
                            .status(),
                    number);
            String index = "/peer/v2/index/" + stream + '/' + number + '/' + take.id();
            assertEquals(400, get(index + "?from=0").status(), number);
            assertEquals(400, get(index + "?digest=" + "0".repeat(32)).status(), number);
        }
        for (String number : List.of("999999999999999", "-999999999999999")) {
            assertEquals(
                    400,
                    get("/peer/v2/segment/" + stream + '/' + take.id() + '/' + number)
                            .status());
            assertEquals(
                    400, get("/peer/v2/follow/" + stream + "?after=" + number).status());
        }
        assertEquals(
                200,
                get("/peer/v2/hours/" + stream + "?from=70389527&to=70389527").status());
    }

    @Test
    void aRequestSignedForAnotherServerIsToldWhoThisIsAndNothingElse() {
        SignedRequest status = SignedRequest.of("GET", "/peer/v2/status", null, name -> null);
        for (Optional<InstanceId> to : List.of(Optional.of(new InstanceId("i2")), Optional.<InstanceId>empty())) {
            HttpReply reply = get("/peer/v2/status", "Authorization", asker.sign(status, to));
            assertEquals(401, reply.status());
            assertEquals(List.of(new Header("WWW-Authenticate", "DVR2 to=i1")), challenges(reply));
        }
        assertEquals(
                List.of(new Header("WWW-Authenticate", "DVR2")),
                challenges(get("/peer/v2/status", "Authorization", "DVR2")));
    }

    /** The signature that a server of version 1 of this cluster sends, made with another tool: {@code openssl dgst -sha256 -hmac}. */
    @Test
    void aServerOfAnotherVersionIsToldSoAndNamed() {
        assertEquals(1795359661000L, clock.millis);
        String signature = "DVR1 node=edge, to=., time=1795359661000, nonce=AAAAAAAAAAAAAAAAAAAAAA, mac="
                + "t7Ycof62sDEk43RmVjJovIk-0t1_gkPc8Gy-uCuJepM";
        HttpReply reply = get("/peer/v1/status", "Authorization", signature);
        assertEquals(410, reply.status());
        assertEquals(Optional.of("2"), reply.header("DVR-Version"));
        assertEquals(Optional.of("a1"), reply.header("DVR-Node"));
        assertEquals(
                "The peer interface has version 2 here: the older server has to be updated.\n",
                new String(body(reply), UTF_8));
        assertEquals(
                List.of(
                        "\"edge\", which asks from unknown, speaks version 1 of the peer interface and this server version 2:"
                                + " the older one has to be updated"),
                identities.troubles());
        assertEquals(401, get("/peer/v1/status", "Authorization", signature).status(), "it was used before");
        String forged = signature.replace("node=edge", "node=edgy");
        assertEquals(401, get("/peer/v1/status", "Authorization", forged).status());
        assertEquals(1, identities.troubles().size(), "only who has the key is named");
    }

    private static List<Header> challenges(HttpReply reply) {
        return reply.headers().stream()
                .filter(header -> header.name().equals("WWW-Authenticate"))
                .toList();
    }

    @Test
    void aRequestIsAnsweredOnceAndOnlyToGet() {
        SignedRequest status = SignedRequest.of("GET", "/peer/v2/status", null, name -> null);
        String signature = asker.sign(status, Optional.of(INSTANCE));
        assertEquals(200, get("/peer/v2/status", "Authorization", signature).status());
        assertEquals(401, get("/peer/v2/status", "Authorization", signature).status());
        String head =
                asker.sign(SignedRequest.of("HEAD", "/peer/v2/status", null, name -> null), Optional.of(INSTANCE));
        Reply reply = handler.handle(
                new HttpRequest("HEAD", "/peer/v2/status", null, name -> name.equals("Authorization") ? head : null));
        assertEquals(405, ((HttpReply) reply).status());
    }

    @Test
    void statusLeavesTheStreamsOutForWhoKnowsThem() throws Exception {
        PeerStatus whole = PeerStatusJson.parse(body(get("/peer/v2/status")));
        assertEquals("a1", whole.node());
        assertEquals(clock.millis, whole.utcMillis());
        assertEquals(4_000, whole.gridMillis());
        assertEquals(
                List.of(new PeerStatus.Stream(STREAM, false, List.of("a1"))),
                whole.streams().orElseThrow());
        PeerStatus brief = PeerStatusJson.parse(body(get("/peer/v2/status?tag=" + whole.tag())));
        assertEquals(whole.withoutStreams(), brief);

        feeds.begin(STREAM);
        PeerStatus live = PeerStatusJson.parse(body(get("/peer/v2/status?tag=" + whole.tag())));
        assertTrue(live.streams().orElseThrow().get(0).live());
        assertEquals(whole.changes(), live.changes());
    }

    @Test
    void streamsAndHoursAreListed() throws Exception {
        HttpReply reply = get("/peer/v2/streams?scope=own");
        assertEquals(Optional.of("a1"), reply.header("DVR-Node"));
        assertEquals(Optional.of("no-store"), reply.header("Cache-Control"));
        assertEquals(
                List.of(new StreamListing(
                        STREAM, false, Optional.of(new UtcRange(take.startUtcMicros(), take.endUtcMicros())))),
                PeerStreamsJson.parse(body(reply)));

        HourListing hours = hours("&scope=own");
        assertEquals(
                List.of(HOUR - 1, HOUR),
                hours.hours().stream().map(HourListing.Hour::hour).toList());
        assertTrue(hours.hours().stream()
                .allMatch(hour -> hour.closed() && hour.node().equals("a1")));
        assertEquals(404, get("/peer/v2/hours/live/other?from=1&to=2").status());
    }

    private HourListing hours(String scope, String... headers) throws IOException {
        return HourListingJson.parse(
                body(get("/peer/v2/hours/" + PATH + "?from=" + (HOUR - 1) + "&to=" + (HOUR + 1) + scope, headers)));
    }

    @Test
    void theScopeSaysWhoAnswers() throws Exception {
        assertEquals(elsewhere.id(), firstTake("&scope=chain", "DVR-Hops", "1", "CDN-Loop", "edge"));
        assertEquals(take.id(), firstTake("&scope=own", "DVR-Hops", "8"));
        assertEquals(take.id(), firstTake("", "DVR-Hops", "8"));
    }

    private Object firstTake(String scope, String... headers) throws IOException {
        return hours(scope, headers).hours().get(0).take();
    }

    @Test
    void indexesComeAsTheyAreOnDisk() throws Exception {
        HourListing.Hour hour = hours("").hours().get(1);
        String path = "/peer/v2/index/" + PATH + '/' + HOUR + '/' + take.id();
        HttpReply reply = get(path + "?digest=" + hour.digest().orElseThrow());
        assertEquals(200, reply.status());
        assertEquals(Optional.of("private, max-age=31536000, immutable"), reply.header("Cache-Control"));
        HourIndex records = IndexParser.parse(HOUR, take.id(), false, body(reply));
        assertEquals(take.segments().get(2), records.segment(0));
        assertEquals(3, records.count());
        assertEquals(404, get(path + "?digest=" + "0".repeat(32)).status());
        HourIndex tail = IndexParser.parse(HOUR, take.id(), false, body(get(path + "?from=2")));
        assertEquals(take.segments().get(4), tail.segment(0));
        assertEquals(1, tail.count());
        assertEquals(
                0,
                IndexParser.parse(HOUR, take.id(), false, body(get(path + "?from=99999999999")))
                        .count());
    }

    @Test
    void mediaComesFromTheFileWithItsCrcAndInParts() {
        HttpReply init = get("/peer/v2/init/" + PATH + '/' + take.id());
        assertArrayEquals(take.init().toBytes(), body(init));
        String path = "/peer/v2/segment/" + PATH + '/' + take.id() + '/' + FULL_HOUR;
        HttpReply whole = get(path);
        byte[] bytes = TestTake.muxedBytes(take.contents().get(2));
        assertInstanceOf(FileRegion.class, whole.body().orElseThrow());
        assertArrayEquals(bytes, body(whole));
        assertEquals(Optional.of("a1"), whole.header("DVR-Node"));
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        assertEquals(Optional.of(String.format("%08x", crc.getValue())), whole.header("DVR-CRC"));
        HttpReply part = get(path, "Range", "bytes=10-19");
        assertEquals(206, part.status());
        assertArrayEquals(Arrays.copyOfRange(bytes, 10, 20), body(part));
        assertEquals(whole.header("DVR-CRC"), part.header("DVR-CRC"), "of the whole");
        HttpReply rest = get(path, "Range", "bytes=10-");
        assertArrayEquals(Arrays.copyOfRange(bytes, 10, bytes.length), body(rest));
        assertEquals(Optional.of("bytes 10-" + (bytes.length - 1) + '/' + bytes.length), rest.header("Content-Range"));
        HttpReply chained = get(
                "/peer/v2/segment/" + PATH + '/' + elsewhere.id() + '/' + (FULL_HOUR + 50) + "?scope=chain",
                "DVR-Hops",
                "3");
        assertEquals(Optional.of("o"), chained.header("DVR-Node"));
        assertEquals(
                404,
                get("/peer/v2/segment/" + PATH + '/' + take.id() + '/' + (FULL_HOUR + 3))
                        .status());
    }

    @ParameterizedTest
    @CsvSource({
        "hours/live/camera, 400",
        "hours/live/camera?from=1&to=0, 400",
        "hours/live/camera?from=0&to=1000, 400",
        "hours/live?from=0&to=1, 400",
        "hours/live/%zz?from=0&to=1, 400",
        "index/live/camera/5/gap?from=0, 400",
        "index/live/camera/5/20261122T131502123Z-a, 400",
        "segment/live/camera/20261122T131502123Z-a/x, 400",
        "segment/20261122T131502123Z-a/5, 400",
        "init/live/camera, 400",
        "follow/live/camera?live=1, 400",
        "follow/live/other?after=1, 404",
        "live/live/other, 404",
        "nothing, 404",
        "'', 404",
    })
    void whatCannotBeAskedIsSaid(String rest, int status) {
        assertEquals(status, get("/peer/v2/" + rest).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a,,b", "<x>"})
    void headersThatAreNoneAreRefused(String nodes) {
        assertEquals(400, get("/peer/v2/status", "CDN-Loop", nodes).status());
        assertEquals(400, get("/peer/v2/status", "DVR-Asked", nodes).status());
        assertEquals(400, get("/peer/v2/status", "DVR-Hops", nodes).status());
        assertEquals(400, get("/peer/v2/status", "DVR-Wait", nodes).status());
    }

    @Test
    void whoFollowsGetsWhatIsThereAtOnce() throws Exception {
        HttpReply reply = get("/peer/v2/follow/" + PATH + "?after=" + (FULL_HOUR + 1) + "&live=0&media=1");
        FollowReply news = FollowReplyBytes.parse(body(reply));
        assertFalse(news.live());
        assertEquals(
                List.of(take.segments().get(4)),
                news.segments().stream().map(FollowReply.New::segment).toList());
        assertArrayEquals(
                TestTake.muxedBytes(take.contents().get(4)),
                news.segments().get(0).media().orElseThrow());
        assertEquals(GapReason.NOT_PUBLISHED, news.ends().get(0).reason());
        HttpReply ended = get("/peer/v2/follow/" + PATH + "?after=" + (FULL_HOUR + 2) + "&live=1");
        assertFalse(FollowReplyBytes.parse(body(ended)).live(), "the asker thought that it was live");
    }

    @Test
    void whoFollowsWaitsWithoutAThreadForTheNextSegment() throws Exception {
        TestTake next = TestTake.of(GRID, FULL_HOUR + 100, 0, 2, Tracks.BOTH);
        TakeWriter writer = archive.begin(STREAM, next.id(), next.init(), ByteBuffer.allocateDirect(16 << 10));
        writer.append(next.contents().get(0));
        LaterReply waits = later("?after=" + (FULL_HOUR + 100) + "&live=1&media=1", "DVR-Wait", "20000");
        assertFalse(waits.reply().isDone());
        writer.append(next.contents().get(1));
        FollowReply news = FollowReplyBytes.parse(body(waits.reply().get(10, TimeUnit.SECONDS)));
        assertEquals(
                List.of(next.segments().get(1)),
                news.segments().stream().map(FollowReply.New::segment).toList());
        assertEquals(1, news.segments().get(0).ordinal());
        assertTrue(news.live());

        LaterReply end = later("?after=" + (FULL_HOUR + 101) + "&live=1", "DVR-Wait", "20000");
        writer.end(GapReason.NOT_PUBLISHED);
        FollowReply ended = FollowReplyBytes.parse(body(end.reply().get(10, TimeUnit.SECONDS)));
        assertEquals(List.of(), ended.segments());
        assertFalse(ended.live());
        assertEquals(
                GapReason.NOT_PUBLISHED,
                ended.ends().get(ended.ends().size() - 1).reason());
    }

    @Test
    void whoFollowsIsToldInTimeThatNothingCame() throws Exception {
        long began = System.nanoTime();
        LaterReply waits = later("?after=" + (FULL_HOUR + 2) + "&live=0", "DVR-Wait", "500");
        assertEquals(204, waits.reply().get(10, TimeUnit.SECONDS).status());
        long millis = (System.nanoTime() - began) / 1_000_000;
        assertTrue(millis >= 400, millis + " ms");
    }

    @Test
    void whoGoesAwayIsNotWaitedForAnyMore() throws Exception {
        LaterReply waits = later("?after=" + (FULL_HOUR + 2) + "&live=0", "DVR-Wait", "20000");
        assertTrue(waits.reply().cancel(false));
        CompletableFuture<Optional<FollowReply>> another =
                own.follow(new FollowRequest(STREAM, FULL_HOUR + 2, false, false), Duration.ofSeconds(20));
        archive.recordingBegins(root.resolve("own"), STREAM);
        assertTrue(another.get(10, TimeUnit.SECONDS).orElseThrow().live());
        assertTrue(waits.reply().isCancelled());
    }

    private LaterReply later(String query, String... headers) {
        return assertInstanceOf(LaterReply.class, ask("/peer/v2/follow/" + PATH + query, headers));
    }

    @Test
    void liveIsAStreamThatKnowsItsWay() {
        StreamReply reply = assertInstanceOf(
                StreamReply.class, ask("/peer/v2/live/" + PATH, "CDN-Loop", "edge", "DVR-Asked", "b", "DVR-Hops", "7"));
        assertEquals(200, reply.status());
        assertEquals(new Route(List.of("edge"), Set.of("b"), 7), liveRoute.get());
    }

    @Test
    void aFileThatIsGoneIsAnErrorWithoutDetails() {
        HttpRequest request = new HttpRequest("GET", "/peer/v2/segment/" + PATH, null, name -> null);
        HttpReply reply = handler.lost(request, new FileRegion(root.resolve("own"), 0, 1), "gone");
        assertEquals(500, reply.status());
        assertFalse(new String(body(reply), UTF_8).contains("own"));
    }
}
