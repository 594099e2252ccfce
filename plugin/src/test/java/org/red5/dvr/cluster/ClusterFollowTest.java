package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
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
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.Served;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

/** A live stream and its viewers at an edge, and closed hours: what is asked for, and what is not asked for again. */
class ClusterFollowTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    /** The first cell of an hour. */
    private static final long HOUR = 440_955_000;

    @TempDir
    Path home;

    private final TestTime time = new TestTime(micros(HOUR + 300));
    private TestNet net;
    private long next = HOUR + 100;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
    }

    @AfterEach
    void close() {
        net.close();
    }

    private static TakeId take(String node) {
        return TakeId.of(micros(HOUR - 1_000), node);
    }

    /** A server that has recorded since an hour and a half ago, and goes on. */
    private Server recording(String node) {
        Server server = net.server(node);
        server.archive.add(CAMERA, MemoryArchive.run(take(node), HOUR - 1_000, 1_300));
        server.archive.live(CAMERA, true);
        return server;
    }

    private void start() {
        next = HOUR + 300;
        net.start();
        time.pass(Duration.ofMillis(3_500));
        net.takeSent();
    }

    /** A cell goes by; those who record have one segment more. */
    private void cell(Server... recording) {
        time.pass(Duration.ofMillis(500));
        for (Server server : recording) {
            server.archive.add(CAMERA, MemoryArchive.run(take(server.node), next, 1));
        }
        next++;
        time.pass(Duration.ofMillis(3_500));
    }

    private Timeline live(Server edge) throws IOException {
        long now = time.micros();
        return edge.resolver()
                .timeline(CAMERA, new UtcRange(now - 60_000_000, now + 10_000_000))
                .orElseThrow();
    }

    private static byte[] bytes(Server edge, Segment segment) throws IOException {
        Served served = edge.resolver()
                .segment(CAMERA, segment.take(), segment.number(), Part.MUXED)
                .orElseThrow();
        return TestNet.bytes(served.bytes());
    }

    @Test
    void followingCostsOneRequestForEachSegmentHoweverManyViewers() throws IOException {
        Server origin = recording("o");
        Server edge = net.server("e", "source o:80;");
        start();
        live(edge);
        net.takeSent();
        for (int i = 0; i < 100; i++) {
            cell(origin);
            for (int viewer = 0; viewer < 5; viewer++) {
                Segment last = live(edge).last();
                assertEquals(next - 1, last.number());
                assertArrayEquals(MemoryArchive.bytes(last), bytes(edge, last));
            }
        }
        List<Sent> sent = net.takeSent();
        assertEquals(100, sent.size(), sent.toString());
        assertTrue(sent.stream().allMatch(each -> each.kind().equals("follow")));
    }

    @Test
    void anAnswerToWhoFollowsIsNotHeldByATimer() {
        Server origin = recording("o");
        Server cache = net.server("c", "source o:80;");
        start();
        Question question = new Question(Route.START.from("e", Set.of()), Duration.ofSeconds(10));
        TakeStore chain = cache.cluster.chain().to(question);
        CompletableFuture<Optional<FollowReply>> first =
                chain.follow(new FollowRequest(CAMERA, next - 1, true, true), Duration.ofSeconds(9));
        cell(origin);
        assertTrue(first.isDone());
        int waiting = time.waiting();
        CompletableFuture<Optional<FollowReply>> second =
                chain.follow(new FollowRequest(CAMERA, next - 2, true, true), Duration.ofSeconds(9));
        assertTrue(second.isDone());
        assertTrue(second.join().orElseThrow().segments().get(0).media().isPresent());
        assertEquals(waiting, time.waiting());
    }

    /** What it has not recorded by its own clock may still come. */
    @Test
    void aSourceWhoseClockIsBehindMayStillFinishAWindow() throws IOException {
        Server origin = net.server("o");
        TakeId take = take("o");
        origin.archive.add(CAMERA, MemoryArchive.run(take, HOUR, 294));
        origin.archive.live(CAMERA, true);
        origin.archive.clockAhead(Duration.ofSeconds(-20));
        Server edge = net.server("e", "source o:80;");
        start();
        UtcRange window = new UtcRange(micros(HOUR + 280), time.micros() - 13_000_000);
        assertEquals(
                HOUR + 293,
                edge.resolver().timeline(CAMERA, window).orElseThrow().last().number());
        time.pass(Duration.ofMillis(1_500));
        origin.archive.add(CAMERA, MemoryArchive.run(take, HOUR + 294, 1));
        assertEquals(
                HOUR + 294,
                edge.resolver().timeline(CAMERA, window).orElseThrow().last().number());
    }

    @Test
    void followingThroughACacheCostsEachLevelOneRequest() throws IOException {
        Server origin = recording("o");
        net.server("c", "source o:80;");
        Server edge = net.server("e", "source c:80 remote_dvr=chain;");
        start();
        live(edge);
        net.takeSent();
        for (int i = 0; i < 50; i++) {
            cell(origin);
            Segment last = live(edge).last();
            assertEquals(next - 1, last.number());
            assertArrayEquals(MemoryArchive.bytes(last), bytes(edge, last));
        }
        List<Sent> sent = net.takeSent();
        assertEquals(Set.of("follow"), sent.stream().map(Sent::kind).collect(Collectors.toSet()));
        assertEquals(50, sent.stream().filter(each -> each.to().equals("c")).count());
        assertEquals(50, sent.stream().filter(each -> each.to().equals("o")).count());
    }

    @Test
    void theSecondSourceIsNotFollowed() throws IOException {
        Server one = recording("o1");
        Server two = recording("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        live(edge);
        net.takeSent();
        for (int i = 0; i < 30; i++) {
            cell(one, two);
            assertEquals(next - 1, live(edge).last().number());
        }
        assertEquals(Set.of("o1"), net.takeSent().stream().map(Sent::to).collect(Collectors.toSet()));
    }

    @Test
    void nobodyIsFollowedForNobody() throws IOException {
        Server origin = recording("o");
        Server edge = net.server("e", "source o:80;");
        start();
        live(edge);
        for (int i = 0; i < 10; i++) {
            cell(origin);
        }
        net.takeSent();
        for (int i = 0; i < 10; i++) {
            cell(origin);
        }
        assertEquals(List.of(), net.takeSent());
        assertEquals(next - 1, live(edge).last().number());
    }

    @Test
    void closedHoursAreAskedForOnce() throws IOException {
        recording("o");
        Server edge = net.server("e", "source o:80;");
        start();
        UtcRange past = new UtcRange(micros(HOUR - 950), micros(HOUR - 10));
        Timeline timeline = edge.resolver().timeline(CAMERA, past).orElseThrow();
        assertEquals(940, timeline.segments().size());
        assertEquals(
                List.of("hours", "index", "index"),
                net.takeSent().stream().map(Sent::kind).toList());
        for (int i = 0; i < 20; i++) {
            time.pass(Duration.ofSeconds(30));
            long from = HOUR - 950 + 40L * i;
            UtcRange part = new UtcRange(micros(from), micros(from + 30));
            assertEquals(
                    30,
                    edge.resolver()
                            .timeline(CAMERA, part)
                            .orElseThrow()
                            .segments()
                            .size());
        }
        assertEquals(List.of(), net.takeSent());
    }

    @Test
    void closedHoursThatChangedAreAskedForAgain() throws IOException {
        Server origin = recording("o");
        Server edge = net.server("e", "source o:80;");
        start();
        UtcRange past = new UtcRange(micros(HOUR - 950), micros(HOUR - 10));
        edge.resolver().timeline(CAMERA, past);
        net.takeSent();
        origin.changedMillis++;
        time.pass(Duration.ofSeconds(2));
        assertEquals(
                940,
                edge.resolver().timeline(CAMERA, past).orElseThrow().segments().size());
        // The indexes are the same, which their digests say.
        assertEquals(List.of("hours"), net.takeSent().stream().map(Sent::kind).toList());
    }

    @Test
    void whatWasGivenOutStaysWhenTheSourceDies() throws IOException {
        Server one = recording("o1");
        Server two = recording("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        live(edge);
        for (int i = 0; i < 5; i++) {
            cell(one, two);
            live(edge);
        }
        Timeline before = live(edge);
        assertEquals(Set.of("o1"), Set.copyOf(before.servers()));
        net.fault("o1", Fault.REFUSED);
        time.pass(Duration.ofSeconds(1));
        cell(two);
        Timeline after = live(edge);
        assertEquals(next - 1, after.last().number());
        assertEquals(take("o2"), after.last().take());
        assertEquals(List.of(), after.gaps());
        // What came with its bytes, and what was fetched for who watches, is as it was;
        // the rest comes from the other server now.
        List<Segment> kept = after.segments().stream()
                .filter(segment -> segment.take().equals(take("o1")))
                .toList();
        assertEquals(5 + 6, kept.size());
        for (Segment segment : kept) {
            assertTrue(before.segments().contains(segment));
            assertArrayEquals(MemoryArchive.bytes(segment), bytes(edge, segment));
        }
        assertEquals("o1", after.unanswered().get(0).server());
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"CUT", "WRONG_BYTES", "REFUSED", "SILENT_BUT_FOR_HEARTBEAT"})
    void whatIsListedNearTheLiveEndCanBeHadWhateverASourceDoes(Fault fault) throws IOException {
        Server one = recording("o1");
        Server two = recording("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        live(edge);
        for (int i = 0; i < 3; i++) {
            cell(one, two);
            live(edge);
        }
        net.fault("o1", fault);
        for (int i = 0; i < 10; i++) {
            cell(one, two);
            Segment last = live(edge).last();
            assertArrayEquals(MemoryArchive.bytes(last), bytes(edge, last));
            assertTrue(last.number() >= next - 2 - (i < 4 ? 2 : 0), next + ": " + last);
        }
        assertEquals(take("o2"), live(edge).last().take());
    }

    @Test
    void whatIsBehindASourceAndDoesNotAnswerIsNamed() throws IOException {
        Server origin = recording("o");
        net.server("c", "source o:80;");
        Server edge = net.server("e", "source c:80 remote_dvr=chain;");
        start();
        UtcRange past = new UtcRange(micros(HOUR - 950), micros(HOUR - 900));
        assertEquals(
                50,
                edge.resolver().timeline(CAMERA, past).orElseThrow().segments().size());
        live(edge);
        for (int i = 0; i < 5; i++) {
            cell(origin);
            live(edge);
        }
        net.fault("o", Fault.REFUSED);
        time.pass(Duration.ofSeconds(4));
        Timeline now = live(edge);
        assertEquals(
                List.of("o"), now.unanswered().stream().map(Unanswered::server).toList());
        assertEquals(5 + 6, now.segments().size());
        for (Segment segment : now.segments()) {
            assertArrayEquals(MemoryArchive.bytes(segment), bytes(edge, segment));
        }
        assertTrue(now.gaps().stream().allMatch(gap -> gap.reason() == GapReason.NOT_REACHABLE), now.gaps() + "");
        assertEquals(2, now.gaps().size());
        assertTrue(now.span().isPresent());
        Timeline hidden = edge.resolver().timeline(CAMERA, past).orElseThrow();
        assertTrue(hidden.isEmpty());
        assertEquals("o", hidden.unanswered().get(0).server());
        // And it is all there again when it comes back.
        net.well("o");
        time.pass(Duration.ofSeconds(4));
        assertEquals(
                50,
                edge.resolver().timeline(CAMERA, past).orElseThrow().segments().size());
        assertEquals(List.of(), live(edge).unanswered());
    }

    @Test
    void aFrozenSourceIsLeftWithinThreeSeconds() throws IOException {
        Server one = recording("o1");
        Server two = recording("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        live(edge);
        cell(one, two);
        live(edge);
        net.fault("o1", Fault.SILENT);
        two.archive.add(CAMERA, MemoryArchive.run(take("o2"), next, 1));
        time.pass(Duration.ofMillis(3_000));
        Timeline timeline = live(edge);
        assertEquals(next, timeline.last().number());
        assertEquals("o2", timeline.servers().get(timeline.servers().size() - 1));
    }

    @Test
    void aSourceThatGetsTheStreamNoMoreIsLeft() throws IOException {
        Server one = recording("o1");
        Server two = recording("o2");
        Server edge = net.server("e", "source o1:80;", "source o2:80;");
        start();
        live(edge);
        one.archive.live(CAMERA, false);
        time.pass(Duration.ofMillis(1_100));
        cell(two);
        assertEquals(take("o2"), live(edge).last().take());
        // It comes back after half a minute.
        one.archive.live(CAMERA, true);
        for (int i = 0; i < 7; i++) {
            cell(two);
            live(edge);
        }
        assertEquals(
                "o2",
                edge.cluster.current().current(CAMERA).orElseThrow().peer().host());
        time.pass(Duration.ofSeconds(5));
        assertEquals(
                "o1",
                edge.cluster.current().current(CAMERA).orElseThrow().peer().host());
    }

    private static long micros(long number) {
        return SegmentGrid.DEFAULT.startUtcMicros(number);
    }
}
