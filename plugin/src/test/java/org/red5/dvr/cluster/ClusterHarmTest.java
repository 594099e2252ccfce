package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.cluster.TestNet.Fault;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;

/** Askers without patience, archives that contradict each other, and made-up names: nobody else is worse off. */
class ClusterHarmTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_400;
    private static final long FIRST_MICROS = SegmentGrid.DEFAULT.startUtcMicros(FIRST);
    private static final UtcRange MINUTE = new UtcRange(FIRST_MICROS, FIRST_MICROS + 60_000_000);
    private static final TakeId TAKE = TakeId.of(FIRST_MICROS, "o1");
    private static final List<Segment> SEGMENTS = MemoryArchive.run(TAKE, FIRST, 15);
    private static final Duration HARDLY = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofSeconds(3);

    @TempDir
    Path home;

    private final TestTime time = new TestTime(FIRST_MICROS + 3 * Hours.MICROS);
    private TestNet net;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
    }

    @AfterEach
    void close() {
        net.close();
    }

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

    private static List<String> states(Server edge) {
        return edge.cluster.map(Optional.empty()).sources().stream()
                .map(source -> source.state().word())
                .toList();
    }

    private static List<String> troubles(Server edge) {
        return edge.cluster.map(Optional.empty()).troubles();
    }

    private static byte[] get(Server edge, Segment segment) throws IOException {
        return TestNet.bytes(edge.resolver()
                .segment(CAMERA, TAKE, segment.number(), Part.MUXED)
                .orElseThrow()
                .bytes());
    }

    private static CompletableFuture<Optional<HourListing>> hours(Server edge, Duration timeout) {
        long hour = SegmentGrid.DEFAULT.hourOf(FIRST);
        return edge.cluster.chain().to(new Question(Route.START, timeout)).hours(CAMERA, hour, hour);
    }

    private static CompletableFuture<Optional<SegmentReply>> segment(Server edge, Duration timeout) {
        return edge.cluster.chain().to(new Question(Route.START, timeout)).segment(CAMERA, TAKE, FIRST);
    }

    @Test
    void anAskersImpatienceIsNotCountedAgainstTheSource() {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        net.fault("o1", Fault.LATE);
        for (int i = 0; i < 4; i++) {
            CompletableFuture<Optional<HourListing>> answer = hours(edge, HARDLY);
            time.pass(Duration.ofMillis(100));
            assertEquals("o1", answer.join().orElseThrow().unanswered().get(0).server());
            assertEquals(List.of("up"), states(edge));
        }
        assertEquals(1, net.takeSent().size(), "they share a request");
        time.pass(Duration.ofSeconds(3));
        assertEquals(List.of("up"), states(edge));
        assertEquals(1, hours(edge, HARDLY).join().orElseThrow().hours().size());
    }

    @Test
    void whoAsksTheSameAsAnImpatientOneHasAnAnswer() {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        net.fault("o1", Fault.LATE);
        hours(edge, HARDLY);
        CompletableFuture<Optional<HourListing>> patient = hours(edge, LONG);
        time.pass(Duration.ofMillis(600));
        assertEquals(1, patient.join().orElseThrow().hours().size());
        CompletableFuture<Optional<SegmentReply>> hasty = segment(edge, HARDLY);
        CompletableFuture<Optional<SegmentReply>> calm = segment(edge, LONG);
        time.pass(Duration.ofMillis(100));
        assertTrue(hasty.isCompletedExceptionally(), "it waits no longer");
        time.pass(Duration.ofMillis(2_000));
        assertTrue(calm.join().isPresent());
    }

    @Test
    void ofTwoServersBytesForOneSegmentThoseOfTheFirstIndexCount() throws IOException {
        holding("o1");
        Server other = holding("o2");
        Segment first = SEGMENTS.get(3);
        Segment second = SEGMENTS.get(4);
        List.of(first, second).forEach(each -> other.archive.alike(each, SEGMENTS.get(7)));
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        assertArrayEquals(MemoryArchive.bytes(first), get(edge, first));
        List<String> said = troubles(edge);
        assertEquals(1, said.size());
        assertTrue(
                said.get(0).startsWith("o2 has other bytes than o1 for segments [" + first.number() + "] of"),
                said.get(0));
        net.fault("o1", Fault.REFUSED);
        time.pass(Duration.ofSeconds(3));
        assertThrows(UnreachableException.class, () -> get(edge, second));
        assertArrayEquals(MemoryArchive.bytes(SEGMENTS.get(5)), get(edge, SEGMENTS.get(5)));
        time.pass(Duration.ofMinutes(61));
        assertEquals(List.of(), troubles(edge));
    }

    @Test
    void bytesThatAreNotThoseOfTheIndexAreToldOfAnOperator() throws IOException {
        holding("o1");
        holding("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        edge.resolver().timeline(CAMERA, MINUTE);
        net.fault("o1", Fault.WRONG_BYTES);
        for (Segment segment : SEGMENTS) {
            assertArrayEquals(MemoryArchive.bytes(segment), get(edge, segment));
        }
        List<String> said = troubles(edge);
        assertEquals(1, said.size());
        assertTrue(said.get(0).startsWith("o1 has other bytes than its index says for segments ["), said.get(0));
    }

    @Test
    void namesThatNoArchiveCanHoldAreAskedForNowhereAndNotRemembered() throws IOException {
        holding("o1");
        Server edge = net.server("e", "source o1:80;");
        start();
        for (String name :
                List.of("x".repeat(256), "/".repeat(86), "é".repeat(43), "a" + (char) 0xd800 + "b".repeat(40))) {
            StreamKey stream = new StreamKey("live", name);
            assertEquals(Optional.empty(), edge.resolver().timeline(stream, MINUTE));
            assertEquals(Optional.empty(), edge.resolver().segment(stream, TAKE, FIRST, Part.MUXED));
            assertEquals(List.of(), edge.cluster.current().inOrder(stream));
        }
        assertEquals(List.of(), net.takeSent());
        assertEquals(0, edge.cluster.current().size());
        edge.resolver().timeline(new StreamKey("live", "x".repeat(255)), MINUTE);
        assertEquals(1, edge.cluster.current().size());
    }
}
