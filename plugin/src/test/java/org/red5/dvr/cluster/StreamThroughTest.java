package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.bytes.MediaBytes.Arriving;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.cluster.TestNet.Fault;
import org.red5.dvr.cluster.TestNet.Sent;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.store.Served;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** Segments are given out while they arrive, and go on from another source when one breaks off. */
class StreamThroughTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_400;
    private static final long FIRST_MICROS = SegmentGrid.DEFAULT.startUtcMicros(FIRST);
    private static final UtcRange MINUTE = new UtcRange(FIRST_MICROS, FIRST_MICROS + 60_000_000);
    private static final TakeId TAKE = TakeId.of(FIRST_MICROS, "o1");
    private static final int VIDEO = 250_000;
    private static final int LENGTH = 300_000;
    private static final Segment SEGMENT =
            new Segment(TAKE, FIRST, FIRST_MICROS, 4_000_000, VIDEO, LENGTH - VIDEO, true);
    private static final byte[] BYTES = MemoryArchive.bytes(SEGMENT);
    private static final Duration SLOW = Duration.ofMillis(4_100);

    @TempDir
    Path home;

    private final TestTime time = new TestTime(FIRST_MICROS + 3 * Hours.MICROS);
    private TestNet net;
    private Server edge;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
    }

    @AfterEach
    void close() {
        net.close();
    }

    /** An edge with sources that all have the segment. */
    private void start(String... sources) throws IOException {
        StringBuilder conf = new StringBuilder();
        for (String source : sources) {
            net.server(source).archive.add(CAMERA, List.of(SEGMENT));
            conf.append("source ").append(source).append(":80;\n");
        }
        edge = net.server("e", conf.toString());
        net.start();
        time.pass(Duration.ofSeconds(3));
        edge.resolver().timeline(CAMERA, MINUTE);
        net.takeSent();
    }

    private static CompletableFuture<Optional<Served>> ask(Server server, Part part) {
        return server.resolver().fetchSegment(CAMERA, TAKE, FIRST, part);
    }

    private Arriving arriving(Part part) {
        return assertInstanceOf(
                Arriving.class, ask(edge, part).join().orElseThrow().bytes());
    }

    private List<String> asked() {
        return net.takeSent().stream()
                .filter(sent -> sent.kind().equals("segment"))
                .map(Sent::to)
                .toList();
    }

    @Test
    void allReadWhileItComesAndItComesOnce() throws IOException {
        start("o1");
        net.fault("o1", Fault.SLOW_BYTES);
        Arriving first = arriving(Part.MUXED);
        assertEquals(LENGTH / 2, first.readableBytes(0));
        time.pass(Duration.ofSeconds(2));
        Arriving second = arriving(Part.MUXED);
        assertEquals(LENGTH / 2, second.readableBytes(0), "a late one has at once what there is");
        Arriving video = arriving(Part.VIDEO);
        Arriving audio = arriving(Part.AUDIO);
        assertEquals(0, audio.readableBytes(0));
        time.pass(SLOW);
        for (Arriving each : List.of(first, second)) {
            assertTrue(each.whole().isDone());
            assertArrayEquals(BYTES, each.read(0, LENGTH));
        }
        assertArrayEquals(Arrays.copyOf(BYTES, VIDEO), video.read(0, VIDEO));
        assertArrayEquals(Arrays.copyOfRange(BYTES, VIDEO, LENGTH), audio.read(0, LENGTH - VIDEO));
        assertEquals(List.of("o1"), asked());
        Served kept = ask(edge, Part.MUXED).join().orElseThrow();
        assertInstanceOf(InMemory.class, kept.bytes());
        assertEquals(Served.From.MEMORY, kept.from());
    }

    @Test
    void whatBreaksOffGoesOnAtTheNextSourceFromThatByte() throws IOException {
        start("o1", "o2");
        net.fault("o1", Fault.CUT);
        Served served = ask(edge, Part.MUXED).join().orElseThrow();
        assertEquals(LENGTH, served.bytes().lengthBytes());
        assertArrayEquals(BYTES, served.bytes().read(0, LENGTH));
        assertEquals(List.of("o1", "o2"), asked());
        assertEquals(List.of(LENGTH / 2L), net.takeRanges());
    }

    @Test
    void whatStandsStillGoesOnAtTheNextSource() throws IOException {
        start("o1", "o2");
        net.fault("o1", Fault.STALLED);
        Arriving bytes = arriving(Part.MUXED);
        time.pass(Duration.ofMillis(1_010));
        assertArrayEquals(BYTES, bytes.read(0, LENGTH));
        assertEquals(List.of("o1", "o2"), asked());
    }

    @Test
    void theOnlySourceIsAskedForTheRestOnce() throws IOException {
        start("o1");
        net.fault("o1", Fault.STALLED);
        Arriving bytes = arriving(Part.MUXED);
        net.well("o1");
        time.pass(Duration.ofMillis(1_010));
        assertArrayEquals(BYTES, bytes.read(0, LENGTH));
        assertEquals(List.of("o1", "o1"), asked());
        assertEquals(List.of(LENGTH / 2L), net.takeRanges());
    }

    @Test
    void whoReadsIsCutOffWhenTheRestIsNowhere() throws IOException {
        start("o1");
        net.fault("o1", Fault.STALLED);
        Arriving bytes = arriving(Part.MUXED);
        time.pass(Duration.ofSeconds(20));
        assertThrows(IOException.class, () -> bytes.readableBytes(0));
        assertTrue(bytes.whole().isCompletedExceptionally());
        net.well("o1");
        time.pass(Duration.ofSeconds(3));
        assertArrayEquals(
                BYTES, ask(edge, Part.MUXED).join().orElseThrow().bytes().read(0, LENGTH));
    }

    @Test
    void wrongBytesAreCompletedByNobodyAndTheNextSourceIsAskedForThemLater() throws IOException {
        start("o1", "o2");
        net.fault("o1", Fault.DAMAGED);
        CompletableFuture<Optional<Served>> cut = ask(edge, Part.MUXED);
        assertTrue(cut.isCompletedExceptionally()
                || cut.join().orElseThrow().bytes().whole().isCompletedExceptionally());
        assertTrue(edge.cluster.map(Optional.empty()).troubles().get(0).startsWith("o1 has other bytes"));
        assertEquals(List.of("o1"), asked());
        assertArrayEquals(
                BYTES, ask(edge, Part.MUXED).join().orElseThrow().bytes().read(0, LENGTH));
        assertEquals(List.of("o2"), asked());
    }

    @Test
    void theLastWhoLeavesStopsIt() throws IOException {
        start("o1", "o2");
        net.fault("o1", Fault.SLOW_BYTES);
        Arriving first = arriving(Part.MUXED);
        Arriving second = arriving(Part.MUXED);
        first.leave().run();
        first.leave().run();
        assertEquals(LENGTH / 2, second.readableBytes(0), "it goes on for the other");
        second.leave().run();
        assertThrows(IOException.class, () -> second.readableBytes(0));
        Arriving third = arriving(Part.MUXED);
        time.pass(SLOW);
        assertArrayEquals(BYTES, third.read(0, LENGTH));
        assertEquals(List.of("o1", "o1"), asked());
    }

    @Test
    void aSecondLevelReadsWhatArrivesAtTheFirst() throws IOException {
        start("o1");
        Server far = net.server("f", "source e:80 remote_dvr=chain;");
        far.cluster.start();
        time.pass(Duration.ofSeconds(3));
        far.resolver().timeline(CAMERA, MINUTE);
        net.takeSent();
        net.fault("o1", Fault.SLOW_BYTES);
        Served served = ask(far, Part.MUXED).join().orElseThrow();
        Arriving bytes = assertInstanceOf(Arriving.class, served.bytes());
        assertEquals(LENGTH / 2, bytes.readableBytes(0));
        assertEquals("o1", served.server());
        time.pass(SLOW);
        assertArrayEquals(BYTES, bytes.read(0, LENGTH));
        assertEquals(List.of("e", "o1"), asked());
    }

    @Test
    void whoLeavesTheSecondLevelLeavesTheFirst() throws IOException {
        start("o1");
        Server far = net.server("f", "source e:80 remote_dvr=chain;");
        far.cluster.start();
        time.pass(Duration.ofSeconds(3));
        far.resolver().timeline(CAMERA, MINUTE);
        net.fault("o1", Fault.SLOW_BYTES);
        Arriving bytes = (Arriving) ask(far, Part.MUXED).join().orElseThrow().bytes();
        Arriving here = arriving(Part.MUXED);
        bytes.leave().run();
        assertEquals(LENGTH / 2, here.readableBytes(0));
        here.leave().run();
        time.pass(SLOW);
        assertThrows(IOException.class, () -> here.readableBytes(0));
        assertFalse(ask(edge, Part.MUXED).isCompletedExceptionally());
    }
}
