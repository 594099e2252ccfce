package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.cluster.TestNet.Fault;
import org.red5.dvr.cluster.TestNet.Sent;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;

/**
 * Two levels: an edge E with the sources A1 and A2, each of which has the origin O behind it. A1 has the first five segments of a
 * minute itself, A2 the next five, O the last five.
 */
class ClusterPoliciesTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_400;
    private static final UtcRange MINUTE = new UtcRange(micros(FIRST), micros(FIRST + 15));

    @TempDir
    Path home;

    private final TestTime time = new TestTime(micros(FIRST) + 3 * Hours.MICROS);
    private TestNet net;
    private Server a1;
    private Server a2;
    private Server origin;
    private Server edge;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
    }

    @AfterEach
    void close() {
        net.close();
    }

    private void start(String behind, String policy) {
        origin = net.server("o");
        a1 = net.server("a1", "source o:80 remote_dvr=" + behind + ";");
        a2 = net.server("a2", "source o:80 remote_dvr=" + behind + ";");
        edge = net.server("e", "source a1:80 remote_dvr=" + policy + ";", "source a2:80 remote_dvr=" + policy + ";");
        record(a1, FIRST);
        record(a2, FIRST + 5);
        record(origin, FIRST + 10);
        net.start();
        time.pass(Duration.ofSeconds(3));
        net.takeSent();
    }

    private static void record(Server server, long first) {
        server.archive.add(CAMERA, MemoryArchive.run(TakeId.of(micros(first), server.node), first, 5));
    }

    @Test
    void withNoneOnlyTheSourceInUseIsAsked() throws IOException {
        start("nochain", "none");
        assertEquals(List.of("a1 x5"), parts(timeline()));
        assertEquals(Set.of("a1"), asked());
        // And the other one when it is the one in use.
        net.fault("a1", Fault.REFUSED);
        time.pass(Duration.ofSeconds(3));
        net.takeSent();
        Timeline other = timeline();
        assertEquals(List.of("a2 x5"), parts(other));
        assertEquals(Set.of("a2"), asked());
        assertEquals(GapReason.NOT_REACHABLE, other.gaps().get(0).reason());
        assertEquals("a1", other.unanswered().get(0).server());
    }

    @Test
    void withNochainAllSourcesAreAskedForWhatTheyHoldThemselves() throws IOException {
        start("chain", "nochain");
        assertEquals(List.of("a1 x5", "a2 x5"), parts(timeline()));
        assertEquals(Set.of("a1", "a2"), asked());
    }

    @Test
    void withChainTheArchiveBehindThemArrives() throws IOException {
        start("chain", "chain");
        Timeline all = timeline();
        assertEquals(List.of("a1 x5", "a2 x5", "o x5"), parts(all));
        assertEquals(List.of(), all.gaps());
        List<Sent> sent = net.takeSent();
        assertEquals(Set.of("a1", "a2", "o"), sent.stream().map(Sent::to).collect(Collectors.toSet()));
        assertTrue(sent.stream()
                .filter(each -> each.from().equals("e"))
                .noneMatch(each -> each.to().equals("o")));
    }

    @Test
    void eachLevelIsAskedAsItsOwnConfigurationSays() throws IOException {
        start("none", "chain");
        // O is the one source of A1 and A2, and so in use.
        assertEquals(List.of("a1 x5", "a2 x5", "o x5"), parts(timeline()));
    }

    @Test
    void whatTheOriginHasCanBeFetchedWhereTheChainReachesIt() throws IOException {
        start("chain", "chain");
        TakeId take = TakeId.of(micros(FIRST + 10), "o");
        assertEquals(
                "o",
                edge.resolver()
                        .segment(CAMERA, take, FIRST + 12, Part.MUXED)
                        .orElseThrow()
                        .server());
    }

    @Test
    void whatTheOriginHasCannotBeFetchedWithoutAChain() throws IOException {
        start("chain", "nochain");
        TakeId take = TakeId.of(micros(FIRST + 10), "o");
        assertTrue(edge.resolver().segment(CAMERA, take, FIRST + 12, Part.MUXED).isEmpty());
        assertTrue(net.takeSent().stream().noneMatch(each -> each.to().equals("o")));
    }

    @Test
    void aNameIsTheSourcesOwnWhereAnInputSaysSo() throws IOException {
        origin = net.server("o");
        edge = net.server("e", "stream live/door { input dvr://o:80/live/camera remote_dvr=chain; }", "source o:80;");
        record(origin, FIRST);
        net.start();
        time.pass(Duration.ofSeconds(3));
        net.takeSent();
        StreamKey door = new StreamKey("live", "door");
        Timeline timeline = edge.resolver().timeline(door, MINUTE).orElseThrow();
        assertEquals(List.of("o x5"), parts(timeline));
        assertTrue(net.takeSent().stream().allMatch(each -> each.path().contains("/live/camera")));
        TakeId take = timeline.first().take();
        assertEquals(
                MemoryArchive.bytes(timeline.first()).length,
                edge.resolver()
                        .segment(door, take, FIRST, Part.MUXED)
                        .orElseThrow()
                        .bytes()
                        .lengthBytes());
        assertEquals(
                List.of("live/camera", "live/door"),
                edge.resolver().streams().stream()
                        .map(StreamListing::stream)
                        .map(StreamKey::toString)
                        .toList());
    }

    @Test
    void whatNobodyWhoAnswersKnowsMayBeAtOneWhoDoesNot() throws IOException {
        start("nochain", "nochain");
        StreamKey other = new StreamKey("live", "other");
        assertTrue(edge.resolver().timeline(other, MINUTE).isEmpty());
        net.fault("a2", Fault.REFUSED);
        time.pass(Duration.ofSeconds(3));
        UnreachableException e =
                assertThrows(UnreachableException.class, () -> edge.resolver().timeline(other, MINUTE));
        assertTrue(e.getMessage().contains("a2 (connection refused)"), e.getMessage());
    }

    private Timeline timeline() throws IOException {
        return edge.resolver().timeline(CAMERA, MINUTE).orElseThrow();
    }

    private Set<String> asked() {
        return net.takeSent().stream().map(Sent::to).collect(Collectors.toCollection(TreeSet::new));
    }

    /** How many segments in a row come from each server. */
    private static List<String> parts(Timeline timeline) {
        List<String> parts = new ArrayList<>();
        int count = 0;
        for (int i = 0; i < timeline.servers().size(); i++) {
            count++;
            boolean isLast = i + 1 == timeline.servers().size()
                    || !timeline.servers().get(i + 1).equals(timeline.servers().get(i));
            if (isLast) {
                parts.add(timeline.servers().get(i) + " x" + count);
                count = 0;
            }
        }
        return parts;
    }

    private static long micros(long number) {
        return SegmentGrid.DEFAULT.startUtcMicros(number);
    }
}
