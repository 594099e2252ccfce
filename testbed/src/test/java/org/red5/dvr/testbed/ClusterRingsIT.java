package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * Rings of two, three and five servers, each with the next as its only source and {@code chain} everywhere: the stream {@code ring5}
 * goes round all five, {@code ring2} back from the second; only the last server of a ring holds its stream. The last server of all
 * has itself as a source besides.
 */
@SideBySide
class ClusterRingsIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long MOST_MILLIS = 300;
    private static final int SERVERS = 5;
    /**
     * The first ones are asked for right answers: the second and third only where a server came or went while the first was asked
     * for, as then everybody asks anew. Those that follow show how long it takes, and the last but one what is not in it.
     */
    private static final int HOURS = 12;

    private static final int ANSWERED_HOURS = 3;
    /** The hour that nothing is counted or timed in: asking for it shows when the ring is closed. */
    private static final int TRIAL_HOUR = HOURS - 1;

    private static final int SEGMENTS = 10;
    private static final long HOUR_CELLS = 3_600_000 / ClipArchive.GRID.periodMillis();

    private static final Map<String, FaultProxy> links = new TreeMap<>();
    private static final List<TestNode> servers = new ArrayList<>();
    private static TestCluster cluster;
    /** Of the first hour that the far servers hold. */
    private static long first;

    @BeforeAll
    static void start() throws Exception {
        cluster = new TestCluster("rings");
        for (int i = 0; i < SERVERS; i++) {
            servers.add(cluster.add("n" + i));
        }
        for (int i = 0; i < SERVERS; i++) {
            StringBuilder conf = new StringBuilder("stream * { dvr archive 30d; }\n");
            for (int size : new int[] {2, 3, 5}) {
                if (i < size) {
                    FaultProxy link = cluster.linkTo(servers.get((i + 1) % size));
                    links.put(size + "/" + i, link);
                    conf.append("source %s remote_dvr=chain { only live/ring%d; }\n".formatted(link.address(), size));
                }
            }
            if (i == SERVERS - 1) {
                conf.append("source %s remote_dvr=chain;\n"
                        .formatted(cluster.linkTo(servers.get(i)).address()));
            }
            servers.get(i).conf(conf.toString());
        }
        record();
        cluster.start();
        for (int size : new int[] {2, 3, 5}) {
            for (TestNode server : servers.subList(0, size)) {
                Eventually.holds(
                        server.name() + " knows ring" + size,
                        LIMIT,
                        () -> server.dvr()
                                        .get(window("live/ring" + size, TRIAL_HOUR))
                                        .statusCode()
                                == 200);
            }
        }
        awaitCalm();
    }

    private static void awaitCalm() throws Exception {
        Eventually.holds(
                "all have met, and nothing is asked again",
                LIMIT,
                () -> isAnswered(ClusterRingsIT::askForTrial)
                        && links.values().stream()
                                .allMatch(link -> link.questions().isEmpty()));
    }

    /** What is asked of the servers. */
    private interface Questions {
        void ask() throws Exception;
    }

    /** A server that was silent too long, as on a machine that stood still, is not asked for a second: who asks comes again. */
    private static boolean isAnswered(Questions questions) throws Exception {
        cluster.forgetQuestions();
        try {
            questions.ask();
            return true;
        } catch (DvrClient.UnavailableException e) {
            return false;
        }
    }

    private static void askForTrial() throws Exception {
        for (int size : new int[] {2, 3, 5}) {
            for (TestNode server : servers.subList(0, size)) {
                server.dvr().bytes(window("live/ring" + size, TRIAL_HOUR));
            }
        }
    }

    /** A short recording in each of the hours before this one. */
    private static void record() throws IOException {
        ClipArchive clip = new ClipArchive(new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard()));
        long thisHour = ClipArchive.GRID.numberAt(System.currentTimeMillis() * 1_000) / HOUR_CELLS * HOUR_CELLS;
        first = thisHour - (HOURS + 1) * HOUR_CELLS + 100;
        for (int size : new int[] {2, 3, 5}) {
            TestNode far = servers.get(size - 1);
            for (int hour = 0; hour < HOURS; hour++) {
                long number = first + hour * HOUR_CELLS;
                clip.record(
                        far.archive(),
                        new StreamKey("live", "ring" + size),
                        far.name(),
                        number,
                        number + SEGMENTS,
                        0,
                        GapReason.NOT_PUBLISHED);
            }
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void answersRightAndAsksEachServerOnce(int size) throws Exception {
        for (int asked = 0; asked < size; asked++) {
            int hour = 0;
            for (String wrong = ask(size, asked, hour); !wrong.isEmpty(); wrong = ask(size, asked, hour)) {
                hour++;
                assertTrue(hour < ANSWERED_HOURS, wrong);
                awaitCalm();
            }
        }
    }

    /** Asks a server for an hour; gives what was asked more than once for it, or not at all. */
    private static String ask(int size, int asked, int hour) throws Exception {
        String stream = "live/ring" + size;
        DvrClient far = servers.get(size - 1).dvr();
        // The far server has sources too: what it asks is another question, and is not counted.
        List<DvrClient.Entry> held = far.entries(window(stream, hour));
        assertEquals(SEGMENTS, held.size());
        String segment = stream + '/' + held.get(3).uri();
        byte[] bytes = far.bytes(segment);
        DvrClient near = servers.get(asked).dvr();
        AtomicInteger times = new AtomicInteger();
        Eventually.holds(
                "n" + asked + " answers",
                LIMIT,
                () -> isAnswered(() -> {
                    times.incrementAndGet();
                    assertEquals(held, near.entries(window(stream, hour)));
                    assertArrayEquals(bytes, near.bytes(segment));
                }));
        return askedWrongly(size, asked == 0 && times.get() == 1);
    }

    /** Everybody was asked who was not asked before, and nobody the same thing twice; otherwise says what was asked. */
    private static String askedWrongly(int size, boolean isNews) {
        for (int i = 0; i < size; i++) {
            List<PeerQuestion> questions = links.get(size + "/" + i).questions();
            Map<String, Long> counts =
                    questions.stream().collect(Collectors.groupingBy(PeerQuestion::path, Collectors.counting()));
            boolean isAsked = counts.keySet().stream().anyMatch(path -> path.contains("/hours/"));
            if (counts.values().stream().anyMatch(count -> count > 1) || (isNews && i < size - 1 && !isAsked)) {
                return "by n" + i + ": " + questions;
            }
        }
        return "";
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void answersInTime(int size) throws Exception {
        String stream = "live/ring" + size;
        DvrClient near = servers.get(0).dvr();
        List<Long> millis = new ArrayList<>();
        for (int hour = ANSWERED_HOURS; hour < HOURS - 2; hour++) {
            String media = window(stream, hour).replace(".m3u8", "-media.m3u8");
            Eventually.holds(
                    "an answer",
                    LIMIT,
                    () -> isAnswered(() -> {
                        long start = System.nanoTime();
                        assertEquals(SEGMENTS, near.mediaEntries(media).size());
                        millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
                    }));
        }
        System.out.println("ring of " + size + ", hours never asked for before: " + millis + " ms");
        long median = millis.stream().sorted().toList().get(millis.size() / 2);
        assertTrue(median <= MOST_MILLIS, "ring of " + size + ": " + millis + " ms");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void atATimeThatNobodyRecordedNothingIsFound(int size) throws Exception {
        String window = DvrClient.past("live/ring" + size, first + (HOURS - 2) * HOUR_CELLS + SEGMENTS + 20, SEGMENTS);
        Eventually.holds("nothing is found", LIMIT, () -> {
            cluster.forgetQuestions();
            int status = servers.get(0).dvr().get(window).statusCode();
            assertTrue(status == 404 || status == 503, "status " + status);
            return status == 404;
        });
        assertEquals("", askedWrongly(size, false));
    }

    /** The last server of each ring hears that its source knows the stream from itself. */
    @Test
    void loopsAreReportedOnce() throws Exception {
        for (int size : new int[] {2, 3, 5}) {
            TestNode far = servers.get(size - 1);
            Eventually.holds(
                    far.name() + " reports a loop", LIMIT, () -> lines(far, "a loop in the configuration") > 0);
        }
        for (TestNode server : servers) {
            boolean isFar = servers.indexOf(server) != 0 && servers.indexOf(server) != 3;
            assertEquals(isFar ? 1 : 0, lines(server, "a loop in the configuration"), server.name());
            boolean isOwnSource = servers.indexOf(server) == SERVERS - 1;
            assertEquals(isOwnSource ? 1 : 0, lines(server, "is this server itself"), server.name());
        }
    }

    private static long lines(TestNode server, String part) throws IOException {
        return server.server().log().lines().filter(line -> line.contains(part)).count();
    }

    private static String window(String stream, int hour) {
        return DvrClient.past(stream, first + hour * HOUR_CELLS, SEGMENTS);
    }
}
