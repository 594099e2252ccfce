package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.cluster.TestNet.Fault;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.slf4j.LoggerFactory;

/** Servers whose names are not theirs alone, and sources that are not there: what they may hold is never said not to be. */
class WhoIsWhoTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_400;
    private static final UtcRange ALL = new UtcRange(micros(FIRST), micros(FIRST + 5));

    @TempDir
    Path home;

    private final TestTime time = new TestTime(micros(FIRST) + 3 * Hours.MICROS);
    private final ListAppender<ILoggingEvent> told = new ListAppender<>();
    private TestNet net;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
    }

    @BeforeEach
    void listen() {
        told.start();
        log().addAppender(told);
    }

    @AfterEach
    void close() {
        log().detachAppender(told);
        net.close();
    }

    private static Logger log() {
        return (Logger) LoggerFactory.getLogger("org.red5.dvr");
    }

    private List<String> told(Level level) {
        return told.list.stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static long micros(long number) {
        return SegmentGrid.DEFAULT.startUtcMicros(number);
    }

    /** A server that recorded a stream. */
    private Server recording(String host, String node, StreamKey stream, String... configured) {
        Server server = net.serverAt(host, node, configured);
        server.archive.add(stream, MemoryArchive.run(TakeId.of(micros(FIRST), node), FIRST, 5));
        return server;
    }

    private void start() {
        net.start();
        time.pass(Duration.ofSeconds(4));
    }

    private String unreachable(Server server, StreamKey stream) {
        return String.valueOf(
                assertThrows(UnreachableException.class, () -> server.resolver().timeline(stream, ALL))
                        .getMessage());
    }

    private static ClusterMap map(Server server) {
        return server.cluster.map(Optional.empty());
    }

    private static List<String> states(Server server) {
        return map(server).sources().stream()
                .map(source -> source.state().word())
                .toList();
    }

    @Test
    void aSourceOfThisServersNameIsRefusedAndWhatItHoldsIsOutOfReach() throws IOException {
        Server origin = recording("box-1", "streamer", CAMERA);
        Server edge = net.serverAt("box-2", "streamer", "source box-1:80;");
        start();
        String sentence = unreachable(edge, CAMERA);
        assertTrue(sentence.contains("box-1:80 (it has this server's name, streamer)"), sentence);
        assertEquals(List.of("refused"), states(edge));
        assertEquals(2, map(edge).troubles().size(), map(edge).troubles().toString());
        assertTrue(map(edge)
                .troubles()
                .get(0)
                .startsWith("\"streamer\" is the name of several servers (this one, box-1:80)"));
        assertEquals(1, map(origin).troubles().size(), "who is asked knows it as well");
        assertEquals(List.of(), edge.resolver().streams());
        assertTrue(edge.cluster.current().current(CAMERA).isEmpty());
        time.pass(Duration.ofMinutes(1));
        assertEquals(
                List.of(
                        map(edge).troubles().get(0),
                        "the source at box-1:80 is refused: it has this server's name, streamer"),
                told(Level.ERROR).stream()
                        .filter(line -> line.contains("box-1:80"))
                        .toList(),
                "said once");
    }

    @Test
    void aSourceOfAnotherVersionIsRefusedAndNamedUntilItIsUpdated() throws IOException {
        recording("o", "o", CAMERA);
        Server edge = net.server("edge", "source o:80;");
        net.fault("o", Fault.OLD);
        start();
        String why =
                "it speaks version 1 of the peer interface and this server version 2: the older one has to be updated";
        assertEquals(List.of("refused"), states(edge));
        assertEquals(List.of("the source at o:80 is refused: " + why), map(edge).troubles());
        String sentence = unreachable(edge, CAMERA);
        assertTrue(sentence.contains("o:80 (" + why + ")"), sentence);
        time.pass(Duration.ofMinutes(1));
        assertEquals(List.of("the source at o:80 is refused: " + why), told(Level.ERROR), "said once");
        net.well("o");
        time.pass(Duration.ofSeconds(2));
        assertEquals(List.of("up"), states(edge));
        assertEquals(List.of(), map(edge).troubles());
        assertTrue(edge.resolver().timeline(CAMERA, ALL).isPresent());
        net.fault("o", Fault.REFUSED);
        time.pass(Duration.ofSeconds(9));
        assertEquals(List.of("down"), states(edge), "one that is gone is down, whatever it spoke");
    }

    @Test
    void aSourceThatIsNoneAnyMoreIsNotSaidToBeDown() {
        recording("o", "o", CAMERA);
        net.server("slow");
        Server edge = net.server("edge", "source o:80;", "source slow:80;");
        start();
        net.fault("slow", Fault.SILENT);
        time.pass(Duration.ofSeconds(1));
        edge.configure("source slow:80;");
        net.fault("o", Fault.REFUSED);
        time.pass(Duration.ofSeconds(10));
        assertEquals(List.of("slow at slow:80 is down: no answer for 2500 ms"), told(Level.WARN));
        edge.configure("source slow:80;", "source o:80;");
        time.pass(Duration.ofSeconds(3));
        assertEquals("o at o:80 is down: connection refused", told(Level.WARN).get(1));
    }

    @Test
    void aServerThatIsItsOwnSourceHarmsNobody() throws IOException {
        Server server = recording("o", "o", CAMERA, "source o:80;", "source other:80;");
        net.serverAt("other", "other");
        start();
        assertEquals(List.of("ignored", "up"), states(server));
        assertEquals(List.of(), map(server).troubles());
        assertEquals(
                5,
                server.resolver().timeline(CAMERA, ALL).orElseThrow().segments().size());
        assertTrue(
                server.resolver().timeline(new StreamKey("live", "none"), ALL).isEmpty());
    }

    @Test
    void ofTwoSourcesOfOneNameTheFirstIsAsked() throws IOException {
        StreamKey other = new StreamKey("live", "other");
        recording("a", "streamer", CAMERA);
        recording("b", "streamer", other);
        Server edge = net.server("edge", "source a:80;", "source b:80;");
        start();
        assertEquals(List.of("up", "refused"), states(edge));
        assertEquals(
                5,
                edge.resolver().timeline(CAMERA, ALL).orElseThrow().segments().size());
        assertTrue(unreachable(edge, other).contains("b:80 (it has the name of the source at a:80, streamer)"));

        net.fault("a", Fault.REFUSED);
        time.pass(Duration.ofSeconds(12));
        assertEquals(List.of("down", "up"), states(edge), "one of that name alone");
        assertEquals(
                5, edge.resolver().timeline(other, ALL).orElseThrow().segments().size());
        assertEquals(List.of(), map(edge).troubles());
    }

    /** The cache between would not ask a server that has the question already, and by its name this one has. */
    @Test
    void anAskerOfASourcesNameHidesNothing() throws IOException {
        recording("box-1", "streamer", CAMERA);
        Server cache = net.server("cache", "source box-1:80;");
        Server edge = net.serverAt("box-2", "streamer", "source cache:80 remote_dvr=chain;");
        start();
        assertTrue(unreachable(edge, CAMERA).contains("another server on the way of the question has its name"));
        assertEquals(1, map(cache).troubles().size(), map(cache).troubles().toString());
        assertEquals(
                5,
                cache.resolver().timeline(CAMERA, ALL).orElseThrow().segments().size());
    }

    @Test
    void aRestartAndASecondAddressAreNoSecondServer() throws IOException {
        Server first = recording("a", "origin", CAMERA);
        Server edge = net.server("edge", "source a:80;", "source alias:80;");
        net.alias("alias", "a");
        start();
        assertEquals(List.of("up", "up"), states(edge));
        first.close();
        recording("a", "origin", CAMERA);
        net.alias("alias", "a");
        for (int i = 0; i < 40; i++) {
            time.pass(Duration.ofMillis(100));
            assertEquals(List.of("up", "up"), states(edge));
            assertEquals(List.of(), map(edge).troubles());
        }
    }

    @Test
    void aSourceOnAnotherGridIsOutOfReach() throws IOException {
        recording("o", "o", CAMERA).archive.gridMillis(2_000);
        Server edge = net.server("edge", "source o:80;");
        start();
        assertTrue(unreachable(edge, CAMERA).contains("o:80 (it numbers segments on another grid, 2000 ms)"));
        assertEquals(
                List.of("the source at o:80 is refused: it numbers segments on another grid, 2000 ms"),
                map(edge).troubles());
    }

    @Test
    void theListOfStreamsOutlivesItsSource() throws IOException {
        StreamKey late = new StreamKey("live", "late");
        Server origin = recording("o", "o", CAMERA);
        net.server("cache", "source o:80;");
        Server edge = net.server("edge", "source o:80;");
        Server far = net.server("far", "source cache:80 remote_dvr=chain;");
        start();
        List<StreamListing> before = edge.resolver().streams();
        assertEquals(before, far.resolver().streams());
        // Told by a heartbeat alone: nobody has asked for the list since.
        origin.archive.add(late, MemoryArchive.run(TakeId.of(micros(FIRST), "o"), FIRST, 5));
        time.pass(Duration.ofSeconds(2));
        net.fault("o", Fault.REFUSED);
        time.pass(Duration.ofSeconds(4));
        StreamListing known = before.get(0).unreachable();
        assertEquals(
                List.of(known, new StreamListing(late, false, Optional.empty(), false)),
                edge.resolver().streams());
        assertTrue(far.resolver().streams().stream().noneMatch(StreamListing::reachable));
        assertTrue(unreachable(edge, CAMERA).contains("o (connection refused)"));
        assertTrue(unreachable(edge, new StreamKey("live", "never-heard-of")).contains("o (connection refused)"));
        net.well("o");
        time.pass(Duration.ofSeconds(4));
        assertTrue(edge.resolver().streams().stream().allMatch(StreamListing::reachable));
        edge.configure();
        assertEquals(List.of(), edge.resolver().streams(), "of a source that is none any more");
    }

    @Test
    void aClockThatIsOffIsNotTakenForAnotherKey() throws IOException {
        recording("o", "o", CAMERA).clockAhead(Duration.ofSeconds(-95));
        Server edge = net.server("edge", "source o:80;");
        start();
        String sentence = unreachable(edge, CAMERA);
        assertTrue(sentence.contains("its clock is 95 s behind this server's"), sentence);
    }

    /** The way takes a second and a half each time. */
    @Test
    void whoAnswersLateIsUp() {
        recording("o", "o", CAMERA);
        Server edge = net.server("edge", "source o:80;");
        net.delay("o", Duration.ofMillis(1_500));
        net.start();
        time.pass(Duration.ofSeconds(3));
        for (int i = 0; i < 100; i++) {
            time.pass(Duration.ofMillis(100));
            assertEquals(List.of("up"), states(edge));
        }
    }
}
