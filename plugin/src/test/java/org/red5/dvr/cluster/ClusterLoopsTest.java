package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.cluster.TestNet.Sent;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/** Whatever leads back to where it came from: a question never goes round. */
class ClusterLoopsTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_400;

    @TempDir
    Path home;

    private final TestTime time = new TestTime(micros(FIRST) + 3 * Hours.MICROS);
    private final List<Server> servers = new ArrayList<>();
    private TestNet net;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
    }

    @AfterEach
    void close() {
        net.close();
    }

    /** Each server has five segments of its own. */
    private void add(String node, String... configured) {
        Server server = net.server(node, configured);
        long first = FIRST + 5L * servers.size();
        server.archive.add(CAMERA, MemoryArchive.run(TakeId.of(micros(first), node), first, 5));
        servers.add(server);
    }

    private void start() {
        net.start();
        time.pass(Duration.ofSeconds(8));
        net.takeSent();
    }

    private UtcRange all() {
        return new UtcRange(micros(FIRST), micros(FIRST + 5L * servers.size()));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void aRingAnswersRightAndAsksEachServerOnce(int size) throws IOException {
        for (int i = 0; i < size; i++) {
            add("s" + i, "source s" + (i + 1) % size + ":80 remote_dvr=chain;");
        }
        start();
        for (Server server : servers) {
            Timeline timeline = server.resolver().timeline(CAMERA, all()).orElseThrow();
            assertEquals(5 * size, timeline.segments().size());
            assertEquals(List.of(), timeline.gaps());
            assertEquals(List.of(), timeline.unanswered());
            assertEachServerIsAskedOnce(net.takeSent(), size - 1);
        }
        // And for the bytes of what is farthest away.
        long last = FIRST + 5L * size - 1;
        TakeId take = TakeId.of(micros(last - 4), "s" + (size - 1));
        assertEquals(
                "s" + (size - 1),
                servers.get(0)
                        .resolver()
                        .segment(CAMERA, take, last, Part.MUXED)
                        .orElseThrow()
                        .server());
        assertEachServerIsAskedOnce(net.takeSent(), size - 1);
    }

    /** A server that has not heard of all others yet must not take for its own what was spared on another's question. */
    @Test
    void aRingAnswersRightWhileItsServersMeet() throws IOException {
        int size = 5;
        for (int i = 0; i < size; i++) {
            add("s" + i, "source s" + (i + 1) % size + ":80 remote_dvr=chain;");
        }
        net.start();
        for (int step = 0; step < 20; step++) {
            // The last asks first: on the way its question spares it.
            for (int i = size - 1; i >= 0; i--) {
                Timeline timeline =
                        servers.get(i).resolver().timeline(CAMERA, all()).orElseThrow();
                assertEquals(
                        5 * size,
                        timeline.segments().size(),
                        "s" + i + " after " + step + " steps, unanswered: " + timeline.unanswered());
            }
            time.pass(Duration.ofMillis(400));
        }
    }

    @Test
    void aFullMeshCostsEachServerOneRequest() throws IOException {
        List<String> nodes = List.of("s0", "s1", "s2", "s3");
        for (String node : nodes) {
            add(
                    node,
                    nodes.stream()
                            .filter(other -> !other.equals(node))
                            .map(other -> "source " + other + ":80 remote_dvr=chain;")
                            .toArray(String[]::new));
        }
        start();
        Timeline timeline = servers.get(0).resolver().timeline(CAMERA, all()).orElseThrow();
        assertEquals(20, timeline.segments().size());
        assertEachServerIsAskedOnce(net.takeSent(), 3);
    }

    /** However many ways there are through the mesh. */
    @Test
    void aListOfStreamsCostsEachServerOfAFullMeshOneRequest() throws IOException {
        List<String> nodes = List.of("s0", "s1", "s2", "s3", "s4", "s5");
        for (String node : nodes) {
            add(
                    node,
                    nodes.stream()
                            .filter(other -> !other.equals(node))
                            .map(other -> "source " + other + ":80 remote_dvr=chain;")
                            .toArray(String[]::new));
            StreamKey own = new StreamKey("live", "of-" + node);
            servers.get(servers.size() - 1)
                    .archive
                    .add(own, MemoryArchive.run(TakeId.of(micros(FIRST), node), FIRST, 5));
        }
        start();
        for (Server server : servers) {
            List<String> streams = server.resolver().streams().stream()
                    .map(listing -> listing.stream().name())
                    .toList();
            assertEquals(List.of("camera", "of-s0", "of-s1", "of-s2", "of-s3", "of-s4", "of-s5"), streams);
            List<Sent> sent = net.takeSent();
            assertEquals(5, sent.size(), sent.toString());
            assertEachServerIsAskedOnce(sent, 0);
            time.pass(Duration.ofSeconds(2));
            net.takeSent();
        }
    }

    /** E takes one stream from S1 itself, and the others by way of S0. */
    @Test
    void aListOfStreamsHasWhatComesByWayOfAnother() throws IOException {
        StreamKey other = new StreamKey("live", "other");
        add("e", "source s0:80 remote_dvr=chain;", "source s1:80 remote_dvr=chain { only camera; }");
        add("s0", "source s1:80 remote_dvr=chain;");
        add("s1");
        servers.get(2).archive.add(other, MemoryArchive.run(TakeId.of(micros(FIRST), "s1"), FIRST, 5));
        start();
        assertTrue(servers.get(0).resolver().streams().stream()
                .anyMatch(listing -> listing.stream().equals(other)));
        assertTrue(servers.get(0).resolver().timeline(other, all()).isPresent());
    }

    @Test
    void aServerThatIsItsOwnSourceIsIgnored() throws IOException {
        add("s0", "source s0:80 remote_dvr=chain;", "source s1:80;");
        add("s1");
        start();
        assertEquals(
                10,
                servers.get(0)
                        .resolver()
                        .timeline(CAMERA, all())
                        .orElseThrow()
                        .segments()
                        .size());
        assertTrue(net.takeSent().stream().allMatch(sent -> sent.to().equals("s1")));
        assertEquals(
                "ignored", servers.get(0).cluster.peers().all().get(0).state().word());
    }

    @Test
    void aLongChainIsAskedEightServersDeep() throws IOException {
        for (int i = 0; i < 11; i++) {
            add("s" + i, i < 10 ? "source s" + (i + 1) + ":80 remote_dvr=chain;" : "");
        }
        start();
        Timeline timeline = servers.get(0).resolver().timeline(CAMERA, all()).orElseThrow();
        assertEquals(
                List.of("s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"),
                timeline.servers().stream().distinct().toList());
    }

    /** What was heard on a question that could not go farther is not all for one that can. */
    @Test
    void aListThatEndsWhereTheHopsDoIsNotKeptForQuestionsThatGoFarther() throws IOException {
        for (int i = 0; i < 11; i++) {
            add("s" + i, i < 10 ? "source s" + (i + 1) + ":80 remote_dvr=chain;" : "");
        }
        start();
        for (int first = 0; first < 3; first++) {
            Timeline timeline =
                    servers.get(first).resolver().timeline(CAMERA, all()).orElseThrow();
            List<String> nearest = servers.subList(first, first + 9).stream()
                    .map(server -> server.node)
                    .toList();
            assertEquals(nearest, timeline.servers().stream().distinct().toList());
            net.takeSent();
            servers.get(first).resolver().timeline(CAMERA, all());
            assertEquals(List.of(), net.takeSent());
        }
    }

    @Test
    void aBrokenLinkIsGoneRound() throws IOException {
        add("e", "source a:80 remote_dvr=chain;", "source o:80 remote_dvr=chain;");
        add("a", "source o:80 remote_dvr=chain;");
        add("o");
        start();
        net.breakLink("e", "o");
        time.pass(Duration.ofSeconds(3));
        Timeline timeline = servers.get(0).resolver().timeline(CAMERA, all()).orElseThrow();
        assertEquals(15, timeline.segments().size());
        assertEquals(List.of(), timeline.gaps());
    }

    /** A server is asked the same question once: for the list of hours, for one index, for one segment. */
    private static void assertEachServerIsAskedOnce(List<Sent> sent, int mostServers) {
        Map<String, Long> counts = sent.stream()
                .collect(Collectors.groupingBy(each -> each.to() + ' ' + each.path(), Collectors.counting()));
        counts.forEach((question, count) -> assertEquals(1, count, question));
        assertTrue(sent.stream().filter(each -> each.kind().equals("hours")).count() <= mostServers, sent.toString());
    }

    private static long micros(long number) {
        return SegmentGrid.DEFAULT.startUtcMicros(number);
    }
}
