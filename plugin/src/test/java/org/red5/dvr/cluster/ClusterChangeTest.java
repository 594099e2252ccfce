package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.cluster.TestNet.Fault;
import org.red5.dvr.cluster.TestNet.Sent;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** Sources come, go and change while a server runs, and its map of the cluster says so. */
class ClusterChangeTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_400;

    @TempDir
    Path home;

    private final TestTime time = new TestTime(micros(FIRST) + 3 * Hours.MICROS);
    private TestNet net;
    private Server edge;

    /** Behind the edge's sources a and b there is an origin; each of the three has two segments of its own. */
    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
        add("origin", 4);
        add("a", 0, "source origin:80 remote_dvr=none;");
        add("b", 2, "source origin:80;");
        edge = net.server("edge", "source a:80;");
        net.start();
        time.pass(Duration.ofSeconds(8));
    }

    @AfterEach
    void close() {
        net.close();
    }

    private void add(String node, int after, String... configured) {
        long first = FIRST + after;
        net.server(node, configured).archive.add(CAMERA, MemoryArchive.run(TakeId.of(micros(first), node), first, 2));
    }

    private static long micros(long number) {
        return SegmentGrid.DEFAULT.startUtcMicros(number);
    }

    private List<String> servers() throws IOException {
        return edge.resolver()
                .timeline(CAMERA, new UtcRange(micros(FIRST), micros(FIRST + 6)))
                .map(timeline -> timeline.servers().stream().distinct().toList())
                .orElse(List.of());
    }

    private List<String> asked() {
        return net.takeSent().stream()
                .filter(sent -> sent.from().equals("edge"))
                .map(Sent::to)
                .distinct()
                .sorted()
                .toList();
    }

    @Test
    void sourcesComeGoAndChangeTheirPolicy() throws IOException {
        assertEquals(List.of("a"), servers());
        edge.configure("source a:80;", "source b:80 remote_dvr=chain;");
        time.pass(Duration.ofSeconds(3));
        assertEquals(List.of("a", "b", "origin"), servers());
        net.takeSent();
        edge.configure("source b:80;");
        time.pass(Duration.ofSeconds(3));
        assertEquals(List.of("b"), servers());
        assertEquals(List.of("b"), asked());
        edge.configure();
        assertEquals(List.of(), servers());
        assertEquals(List.of(), asked());
        edge.configure("source a:80;");
        time.pass(Duration.ofSeconds(3));
        assertEquals(List.of("a"), servers());
    }

    @Test
    void heartbeatsGoToTheSourcesThatThereAre() {
        edge.configure();
        time.pass(Duration.ofSeconds(2));
        long before = net.heartbeats.get();
        time.pass(Duration.ofSeconds(10));
        assertEquals(20, net.heartbeats.get() - before, 2.0, "of a and b to the origin alone");
        edge.configure("source a:80;", "source b:80;");
        time.pass(Duration.ofSeconds(2));
        before = net.heartbeats.get();
        time.pass(Duration.ofSeconds(10));
        assertEquals(40, net.heartbeats.get() - before, 4.0);
    }

    @Test
    void theMapNamesSourcesAndThoseBehindThem() {
        net.fault("b", Fault.REFUSED);
        edge.configure("source a:80 remote_dvr=chain;", "source b:80;");
        time.pass(Duration.ofSeconds(4));
        assertEquals(
                "{\"node\":\"edge\",\"sources\":["
                        + "{\"address\":\"a:80\",\"node\":\"a\",\"policy\":\"chain\",\"state\":\"up\",\"rtt_millis\":0.0,"
                        + "\"current\":true,\"current_for\":1,\"sources\":["
                        + "{\"address\":\"origin:80\",\"node\":\"origin\",\"policy\":\"none\",\"state\":\"up\"}]},"
                        + "{\"address\":\"b:80\",\"policy\":\"nochain\",\"state\":\"down\",\"why\":\"connection refused\","
                        + "\"current\":false,\"current_for\":0,\"sources\":[]}]}",
                map(Optional.of(CAMERA)));
        edge.configure();
        assertEquals("{\"node\":\"edge\",\"sources\":[]}", map(Optional.empty()));
    }

    private String map(Optional<StreamKey> stream) {
        return new String(ClusterMapJson.render(edge.cluster.map(stream)), StandardCharsets.UTF_8);
    }
}
