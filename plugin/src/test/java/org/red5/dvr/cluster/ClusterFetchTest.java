package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.red5.dvr.cluster.TestNet.Fault;
import org.red5.dvr.cluster.TestNet.Sent;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.Served;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;

/** The bytes of segments: the same wherever they come from, and from another server when one fails. */
class ClusterFetchTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_400;
    private static final UtcRange MINUTE = new UtcRange(micros(FIRST), micros(FIRST + 15));
    private static final TakeId TAKE = TakeId.of(micros(FIRST), "o1");
    private static final List<Segment> SEGMENTS = MemoryArchive.run(TAKE, FIRST, 15);

    @TempDir
    Path home;

    private final TestTime time = new TestTime(micros(FIRST) + 3 * Hours.MICROS);
    private TestNet net;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
    }

    @AfterEach
    void close() {
        net.close();
    }

    /** A server that has the take, whoever recorded it. */
    private Server holding(String node) {
        Server server = net.server(node);
        server.archive.add(CAMERA, SEGMENTS);
        return server;
    }

    private void start() {
        net.start();
        time.pass(Duration.ofSeconds(3));
        net.takeSent();
    }

    private static Served get(Server edge, long number, Part part) throws IOException {
        return edge.resolver().segment(CAMERA, TAKE, number, part).orElseThrow();
    }

    @Test
    void bytesThroughEdgeAndCacheAreTheOrigins() throws IOException {
        Server origin = holding("o1");
        net.server("c", "source o1:80;");
        Server edge = net.server("e", "source c:80 remote_dvr=chain;");
        start();
        Timeline timeline = edge.resolver().timeline(CAMERA, MINUTE).orElseThrow();
        assertEquals(SEGMENTS, timeline.segments());
        for (Segment segment : timeline.segments()) {
            byte[] bytes = MemoryArchive.bytes(segment);
            Served muxed = get(edge, segment.number(), Part.MUXED);
            assertArrayEquals(bytes, TestNet.bytes(muxed.bytes()));
            assertEquals("o1", muxed.server());
            assertEquals(Served.From.PEER, muxed.from());
            Served video = get(edge, segment.number(), Part.VIDEO);
            assertArrayEquals(Arrays.copyOf(bytes, segment.videoBytes()), TestNet.bytes(video.bytes()));
            assertEquals(Served.From.MEMORY, video.from());
            assertArrayEquals(
                    Arrays.copyOfRange(bytes, segment.videoBytes(), bytes.length),
                    TestNet.bytes(get(edge, segment.number(), Part.AUDIO).bytes()));
        }
        // Each segment went over each line once.
        assertEquals(
                30,
                net.takeSent().stream()
                        .filter(sent -> sent.kind().equals("segment"))
                        .count());
        for (Part part : Part.values()) {
            assertArrayEquals(
                    TestNet.bytes(origin.archive.initSegment(CAMERA, TAKE, part).orElseThrow()),
                    TestNet.bytes(edge.resolver()
                            .initSegment(CAMERA, TAKE, part)
                            .orElseThrow()
                            .bytes()));
        }
        assertEquals(0, edge.resolver().take(CAMERA, TAKE).orElseThrow().ordinal());
    }

    /** B recorded the same encoder in a take of its own, the first ten segments alike. */
    @Test
    void anotherTakesSegmentOfTheSameBytesDoes() throws IOException {
        holding("o1");
        TakeId twin = TakeId.of(micros(FIRST) + 1_000, "o2");
        Server other = net.server("o2");
        for (Segment segment : MemoryArchive.run(twin, FIRST, 15)) {
            if (segment.number() < FIRST + 10) {
                other.archive.alike(segment, SEGMENTS.get((int) (segment.number() - FIRST)));
            }
            other.archive.add(CAMERA, List.of(segment));
        }
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        assertEquals(
                SEGMENTS, edge.resolver().timeline(CAMERA, MINUTE).orElseThrow().segments());
        get(edge, FIRST, Part.MUXED);
        net.fault("o1", Fault.REFUSED);
        time.pass(Duration.ofSeconds(3));
        long before = time.micros();
        for (Segment segment : SEGMENTS.subList(1, 10)) {
            Served served = get(edge, segment.number(), Part.MUXED);
            assertArrayEquals(MemoryArchive.bytes(segment), TestNet.bytes(served.bytes()));
            assertEquals("o2", served.server());
            assertEquals(
                    Served.From.MEMORY, get(edge, segment.number(), Part.VIDEO).from());
        }
        for (Segment segment : SEGMENTS.subList(10, 15)) {
            UnreachableException none =
                    assertThrows(UnreachableException.class, () -> get(edge, segment.number(), Part.MUXED));
            assertTrue(String.valueOf(none.getMessage()).contains("o1 (connection refused)"), none.getMessage());
        }
        assertEquals(before, time.micros(), "nobody waits for who is known to be down");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"REFUSED", "CUT", "WRONG_BYTES"})
    void theNextServerHasItWhenOneFails(Fault fault) throws IOException {
        holding("o1");
        holding("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        net.fault("o1", fault);
        for (Segment segment : SEGMENTS) {
            Served served = get(edge, segment.number(), Part.MUXED);
            assertArrayEquals(MemoryArchive.bytes(segment), TestNet.bytes(served.bytes()));
            assertEquals("o2", served.server());
        }
        // Who failed is not asked again at once.
        long askedOfFailing = net.takeSent().stream()
                .filter(sent -> sent.to().equals("o1") && sent.kind().equals("segment"))
                .count();
        assertTrue(askedOfFailing <= 4, askedOfFailing + " requests");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"REFUSED", "CUT", "WRONG_BYTES"})
    void whatOnlyAFailingServerHasIsNotGivenOut(Fault fault) throws IOException {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        net.fault("o1", fault);
        assertThrows(UnreachableException.class, () -> get(edge, FIRST, Part.MUXED));
        net.well("o1");
        time.pass(Duration.ofSeconds(3));
        assertArrayEquals(
                MemoryArchive.bytes(SEGMENTS.get(0)),
                TestNet.bytes(get(edge, FIRST, Part.MUXED).bytes()));
    }

    /** Before its heartbeat tells. */
    @Test
    void aSourceThatHasStoppedMayHaveWhatItDoesNotTell() throws IOException {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        net.fault("o1", Fault.STOPPED);
        assertThrows(UnreachableException.class, () -> edge.resolver().timeline(CAMERA, MINUTE));
        net.well("o1");
        time.pass(Duration.ofSeconds(3));
        assertEquals(
                SEGMENTS, edge.resolver().timeline(CAMERA, MINUTE).orElseThrow().segments());
        net.fault("o1", Fault.STOPPED);
        assertThrows(UnreachableException.class, () -> get(edge, FIRST, Part.MUXED));
    }

    @Test
    void anIndexThatCannotBeReadIsMissedAlone() throws IOException {
        Server origin = holding("o1");
        TakeId later = TakeId.of(micros(FIRST + 900), "o1");
        origin.archive.add(CAMERA, MemoryArchive.run(later, FIRST + 900, 15));
        origin.archive.unreadable(later);
        Server edge = net.server("e", "source o1:80;");
        start();
        Timeline timeline = edge.resolver()
                .timeline(CAMERA, new UtcRange(micros(FIRST), micros(FIRST + 915)))
                .orElseThrow();
        assertEquals(SEGMENTS, timeline.segments());
        assertEquals(
                List.of("o1"),
                timeline.unanswered().stream().map(Unanswered::server).toList());
    }

    @Test
    void anIndexMayBeAtASourceThatIsNotAskedBecauseItIsDown() {
        holding("o1");
        Server edge = net.server("e", "source o1:80 remote_dvr=none;");
        start();
        net.fault("o1", Fault.REFUSED);
        time.pass(Duration.ofSeconds(4));
        Question question = new Question(Route.START, Duration.ofSeconds(3));
        long hour = SegmentGrid.DEFAULT.hourOf(FIRST);
        assertTrue(edge.cluster
                .chain()
                .to(question)
                .closedIndex(CAMERA, hour, TAKE, "0".repeat(32))
                .isCompletedExceptionally());
    }

    /** What a source holds itself is the same whatever way the question came; what it asks on for is not. */
    @Test
    void questionsThatCameAnotherWayShareAnIndexUnlessItIsAskedOn() {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        Server chained = net.server("c", "source o1:80 remote_dvr=chain;");
        start();
        net.fault("o1", Fault.SILENT_BUT_FOR_HEARTBEAT);
        assertEquals(1, indexesAsked(edge));
        assertEquals(2, indexesAsked(chained));
    }

    private int indexesAsked(Server server) {
        long hour = SegmentGrid.DEFAULT.hourOf(FIRST);
        Route other = new Route(List.of("x"), Set.of(), 5);
        for (Route route : List.of(Route.START, other, other)) {
            Question question = new Question(route, Duration.ofSeconds(3));
            server.cluster.chain().to(question).closedIndex(CAMERA, hour, TAKE, "0".repeat(32));
        }
        return net.takeSent().size();
    }

    @Test
    void aViewerAndTwoPeersThatWantOneSegmentCostOneFetch() throws IOException {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        net.takeSent();
        net.fault("o1", Fault.SLOW_BYTES);
        CompletableFuture<?> viewer = edge.resolver().fetchSegment(CAMERA, TAKE, FIRST, Part.MUXED);
        List<CompletableFuture<?>> answers = new ArrayList<>(List.of(viewer));
        for (String peer : List.of("x", "y")) {
            Question question = new Question(new Route(List.of(peer), Set.of(), 7), Duration.ofSeconds(9));
            answers.add(edge.cluster.chain().to(question).segment(CAMERA, TAKE, FIRST));
        }
        time.pass(Duration.ofSeconds(5));
        assertEquals(1, net.takeSent().size());
        answers.forEach(answer -> assertTrue(((Optional<?>) answer.join()).isPresent()));
    }

    @Test
    void thoseThatShareAFetchAreAnsweredEachInItsOwnTime() {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        net.fault("o1", Fault.SILENT_BUT_FOR_HEARTBEAT);
        CompletableFuture<?> patient = edge.cluster
                .chain()
                .to(new Question(Route.START, Duration.ofSeconds(9)))
                .initSegment(CAMERA, TAKE);
        CompletableFuture<?> other = edge.cluster
                .chain()
                .to(new Question(Route.START, Duration.ofMillis(2_500)))
                .initSegment(CAMERA, TAKE);
        time.pass(Duration.ofMillis(2_250));
        assertTrue(other.isCompletedExceptionally());
        assertFalse(patient.isDone());
        time.pass(Duration.ofSeconds(1));
        assertTrue(patient.isCompletedExceptionally());
    }

    @Test
    void manyViewersOfOneTakeCostOneInitSegment() {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        net.takeSent();
        net.fault("o1", Fault.SILENT_BUT_FOR_HEARTBEAT);
        for (String peer : List.of("x", "y", "z")) {
            Question question = new Question(new Route(List.of(peer), Set.of(), 7), Duration.ofSeconds(2));
            edge.cluster.chain().to(question).initSegment(CAMERA, TAKE);
        }
        assertEquals(1, net.takeSent().size());
    }

    @Test
    void aSegmentThatNobodyHasIsNotThere() throws IOException {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        assertTrue(
                edge.resolver().segment(CAMERA, TAKE, FIRST + 100, Part.MUXED).isEmpty());
        TakeId other = TakeId.of(micros(FIRST), "x");
        assertTrue(edge.resolver().segment(CAMERA, other, FIRST, Part.MUXED).isEmpty());
        assertTrue(edge.resolver().initSegment(CAMERA, other, Part.MUXED).isEmpty());
        assertTrue(edge.resolver().take(CAMERA, other).isEmpty());
    }

    @Test
    void manyViewersOfOneSegmentCostOneFetch() throws IOException {
        Server origin = holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        net.takeSent();
        net.fault("o1", Fault.SILENT_BUT_FOR_HEARTBEAT);
        Question question = new Question(Route.START, Duration.ofSeconds(2));
        List<CompletableFuture<?>> viewers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            viewers.add(edge.cluster.chain().to(question).segment(CAMERA, TAKE, FIRST));
        }
        assertEquals(1, net.takeSent().size());
        time.pass(Duration.ofSeconds(4));
        viewers.forEach(viewer -> assertTrue(viewer.isCompletedExceptionally()));
        assertEquals("o1", origin.node);
    }

    @Test
    void theNextServerIsAskedAsWellWhenTheAnswerDoesNotCome() throws IOException {
        holding("o1");
        holding("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        net.fault("o1", Fault.SILENT_BUT_FOR_HEARTBEAT);
        CompletableFuture<?> answer = edge.cluster
                .chain()
                .to(new Question(Route.START, Duration.ofSeconds(3)))
                .segment(CAMERA, TAKE, FIRST);
        time.pass(Duration.ofMillis(240));
        assertTrue(!answer.isDone());
        time.pass(Duration.ofMillis(20));
        assertTrue(answer.isDone() && !answer.isCompletedExceptionally());
    }

    @Test
    void bytesThatComeSlowlyAreWaitedForAndComeOnce() throws IOException {
        holding("o1");
        holding("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        net.takeSent();
        net.fault("o1", Fault.SLOW_BYTES);
        CompletableFuture<?> answer = edge.cluster
                .chain()
                .to(new Question(Route.START, Duration.ofSeconds(3)))
                .segment(CAMERA, TAKE, FIRST);
        time.pass(Duration.ofMillis(3_900));
        assertTrue(!answer.isDone());
        time.pass(Duration.ofMillis(200));
        assertTrue(answer.isDone() && !answer.isCompletedExceptionally());
        assertEquals(List.of("o1"), net.takeSent().stream().map(Sent::to).toList());
    }

    @Test
    void theNextServerIsAskedWhenTheAnswerStopsInTheMiddle() throws IOException {
        holding("o1");
        holding("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        net.fault("o1", Fault.STALLED);
        CompletableFuture<?> answer = edge.cluster
                .chain()
                .to(new Question(Route.START, Duration.ofSeconds(3)))
                .segment(CAMERA, TAKE, FIRST);
        time.pass(Duration.ofMillis(990));
        assertTrue(!answer.isDone());
        time.pass(Duration.ofMillis(20));
        assertTrue(answer.isDone() && !answer.isCompletedExceptionally());
    }

    @Test
    void whatAMiddleServerHasToGetFirstIsWaitedForLonger() throws IOException {
        holding("o1");
        net.server("c", "source o1:80;");
        Server edge = net.server("e", "source c:80 remote_dvr=chain;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        net.fault("o1", Fault.SLOW_BYTES);
        CompletableFuture<?> answer = edge.cluster
                .chain()
                .to(new Question(Route.START, Duration.ofSeconds(12)))
                .segment(CAMERA, TAKE, FIRST);
        time.pass(Duration.ofMillis(4_100));
        assertTrue(answer.isDone() && !answer.isCompletedExceptionally());
    }

    @Test
    void aSlowServerIsNotWaitedForLongWhenOthersHaveSomething() throws IOException {
        holding("o1");
        holding("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        net.fault("o1", Fault.SILENT_BUT_FOR_HEARTBEAT);
        CompletableFuture<Optional<HourListing>> answer = hours(edge, 0);
        time.pass(Duration.ofMillis(690));
        assertTrue(!answer.isDone());
        time.pass(Duration.ofMillis(20));
        HourListing listing = answer.join().orElseThrow();
        assertEquals(1, listing.hours().size());
        assertEquals("o1", listing.unanswered().get(0).server());
        assertEquals("no answer within 700 ms", listing.unanswered().get(0).why());
        // When nobody has anything it is waited for longer.
        net.fault("o2", Fault.SILENT_BUT_FOR_HEARTBEAT);
        time.pass(Duration.ofSeconds(20));
        CompletableFuture<Optional<HourListing>> nobody = hours(edge, 1);
        time.pass(Duration.ofMillis(2_600));
        assertTrue(!nobody.isDone());
        time.pass(Duration.ofMillis(500));
        assertEquals(
                List.of("o1", "o2"),
                nobody.join().orElseThrow().unanswered().stream()
                        .map(Unanswered::server)
                        .toList());
    }

    private static CompletableFuture<Optional<HourListing>> hours(Server edge, int hoursEarlier) {
        long hour = SegmentGrid.DEFAULT.hourOf(FIRST) - hoursEarlier;
        return edge.cluster
                .chain()
                .to(new Question(Route.START, Duration.ofMillis(3_334)))
                .hours(CAMERA, hour, hour);
    }

    @Test
    void theSameStreamOfTwoServersIsOneTimeline() throws IOException {
        TakeId other = TakeId.of(micros(FIRST + 135), "b");
        Server origin = net.server("o1");
        origin.archive.add(CAMERA, MemoryArchive.run(TAKE, FIRST, 150));
        net.server("b").archive.add(CAMERA, MemoryArchive.run(other, FIRST + 135, 165));
        Server edge = net.server("e", "source o1:80;", "source b:80;");
        start();
        UtcRange twenty = new UtcRange(micros(FIRST), micros(FIRST + 300));
        Timeline both = edge.resolver().timeline(CAMERA, twenty).orElseThrow();
        assertEquals(300, both.segments().size());
        assertEquals(List.of(), both.gaps());
        assertEquals(150, both.servers().indexOf("b"));
        net.fault("o1", Fault.REFUSED);
        time.pass(Duration.ofSeconds(3));
        Timeline one = edge.resolver().timeline(CAMERA, twenty).orElseThrow();
        assertEquals(
                List.of(new Timeline.Gap(new UtcRange(micros(FIRST), micros(FIRST + 135)), GapReason.NOT_REACHABLE)),
                one.gaps());
        assertEquals("o1", one.unanswered().get(0).server());
        assertEquals(
                List.of(),
                net.takeSent().stream()
                        .filter(sent -> sent.to().equals("o1"))
                        .skip(10)
                        .map(Sent::path)
                        .toList());
    }

    private static long micros(long number) {
        return SegmentGrid.DEFAULT.startUtcMicros(number);
    }
}
