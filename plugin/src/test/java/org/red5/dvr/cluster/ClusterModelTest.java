package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.cluster.ClusterModel.Answer;
import org.red5.dvr.cluster.ClusterModel.Chosen;
import org.red5.dvr.cluster.ClusterModel.Source;
import org.red5.dvr.cluster.TestNet.Fault;
import org.red5.dvr.cluster.TestNet.Sent;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.cluster.known.PeerMemory;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;

/** A thousand random clusters do what the rules say: the same timelines, the same requests, and nothing goes round. */
class ClusterModelTest {
    private static final int CLUSTERS = 1_000;
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    /** The first cell of an hour; everything happens around it. */
    private static final long HOUR = 440_955_000;

    private static final int MOST_SERVERS = 6;

    @TempDir
    Path home;

    /** Timelines that are merged from several servers: else the test would show nothing. */
    private int merged;

    @Test
    @Timeout(300)
    void randomClustersFollowTheRules() throws IOException {
        try (PeerMemory memory = new PeerMemory(64 << 20, 8 << 20, 8 << 20, 8 << 20, System::nanoTime)) {
            for (int seed = 0; seed < CLUSTERS; seed++) {
                new Run(seed, memory).check();
            }
        }
        assertTrue(merged > CLUSTERS / 4, merged + " timelines of several servers");
    }

    /** One cluster. */
    private final class Run {
        private final int seed;
        private final Random random;
        private final TestTime time = new TestTime(micros(HOUR) + 3 * Hours.MICROS);
        private final TestNet net;
        private final ClusterModel model = new ClusterModel();
        private final Map<String, Server> servers = new HashMap<>();
        private final List<String> nodes = new ArrayList<>();

        Run(int seed, PeerMemory memory) {
            this.seed = seed;
            this.random = new Random(seed);
            this.net = new TestNet(home, time.clocks(), Optional.of(memory));
        }

        void check() throws IOException {
            try (net) {
                build();
                record();
                kill(model.neverUp);
                net.start();
                time.pass(Duration.ofSeconds(12));
                kill(new HashSet<>());
                breakLinks();
                time.pass(Duration.ofSeconds(12));
                net.takeSent();
                for (String node : nodes) {
                    if (!model.dead.contains(node)) {
                        check(node);
                    }
                }
            }
        }

        private void build() {
            int count = 1 + random.nextInt(MOST_SERVERS);
            for (int i = 0; i < count; i++) {
                nodes.add("s" + i);
            }
            for (String node : nodes) {
                List<Source> sources = new ArrayList<>();
                List<String> others = new ArrayList<>(nodes);
                Collections.shuffle(others, random);
                for (String other : others.subList(0, random.nextInt(Math.min(4, count + 1)))) {
                    if (!other.equals(node) || random.nextInt(5) == 0) {
                        sources.add(new Source(other, RemoteDvr.values()[random.nextInt(3)]));
                    }
                }
                model.sources.put(node, sources);
                servers.put(
                        node, net.server(node, sources.stream().map(Run::line).toArray(String[]::new)));
            }
        }

        private static String line(Source source) {
            String policy = source.policy().name().toLowerCase(Locale.ROOT);
            return "source " + source.node() + ":80 remote_dvr=" + policy + ";";
        }

        /** Takes around a full hour, some of them at several servers, with holes between and inside of them. */
        private void record() {
            List<List<Segment>> takes = new ArrayList<>();
            for (String node : nodes) {
                long next = HOUR - 30 + random.nextInt(20);
                for (int take = random.nextInt(4); take > 0; take--) {
                    int count = 1 + random.nextInt(25);
                    takes.add(MemoryArchive.run(TakeId.of(micros(next) + take * 1_000L, node), next, count));
                    next += count + random.nextInt(8);
                }
            }
            for (String node : nodes) {
                List<Segment> held = new ArrayList<>();
                for (List<Segment> take : takes) {
                    boolean isOwn = take.get(0).take().value().endsWith('-' + node);
                    if (isOwn || random.nextInt(6) == 0) {
                        int from = isOwn ? 0 : random.nextInt(take.size());
                        held.addAll(take.subList(from, take.size()));
                        servers.get(node).archive.add(CAMERA, take.subList(from, take.size()));
                    }
                }
                model.holdings.put(node, held);
            }
        }

        private void kill(Set<String> noted) {
            for (String node : nodes) {
                if (random.nextInt(8) == 0 && model.dead.add(node)) {
                    net.fault(node, Fault.REFUSED);
                    noted.add(node);
                }
            }
        }

        private void breakLinks() {
            model.sources.forEach((node, sources) -> {
                for (Source source : sources) {
                    if (random.nextInt(8) == 0) {
                        model.broken.add(node + '>' + source.node());
                        net.breakLink(node, source.node());
                    }
                }
            });
        }

        private void check(String node) throws IOException {
            long from = HOUR - 35 + random.nextInt(30);
            long to = from + 1 + random.nextInt(60);
            Answer expected = model.viewer(node);
            String where = "seed " + seed + ", " + node + ": " + model.sources + ", dead " + model.dead + ", broken "
                    + model.broken;
            List<Chosen> chosen = model.merged(expected.holders, from, to);
            Optional<Timeline> answer;
            try {
                answer = servers.get(node).resolver().timeline(CAMERA, new UtcRange(micros(from), micros(to)));
            } catch (UnreachableException e) {
                assertTrue(!expected.unanswered.isEmpty() && chosen.isEmpty(), where);
                checkRequests(expected, where);
                return;
            }
            checkRequests(expected, where);
            if (answer.isEmpty()) {
                assertTrue(expected.unanswered.isEmpty() && chosen.isEmpty(), where);
                return;
            }
            Timeline timeline = answer.get();
            merged += Set.copyOf(timeline.servers()).size() > 1 ? 1 : 0;
            assertEquals(chosen.stream().map(Chosen::segment).toList(), timeline.segments(), where);
            assertEquals(chosen.stream().map(Chosen::server).toList(), timeline.servers(), where);
            assertEquals(
                    expected.unanswered,
                    timeline.unanswered().stream()
                            .map(Unanswered::server)
                            .collect(Collectors.toCollection(TreeSet::new)),
                    where);
        }

        /** What has been asked before in this cluster need not be asked again, but nothing else may be. */
        private void checkRequests(Answer expected, String where) {
            for (Sent sent : net.takeSent()) {
                List<String> passed = sent.route().passed();
                assertEquals(sent.from(), passed.get(passed.size() - 1), where);
                assertEquals(passed.size(), new HashSet<>(passed).size(), where + " goes round: " + sent);
                assertTrue(!passed.contains(sent.to()), where + " comes back: " + sent);
                String scope = sent.query().endsWith("scope=chain") ? " chain" : " own";
                String request = sent.from() + ">" + sent.to() + scope;
                assertTrue(expected.requests.contains(request), where + " must not be: " + sent);
            }
        }
    }

    private static long micros(long number) {
        return SegmentGrid.DEFAULT.startUtcMicros(number);
    }
}
