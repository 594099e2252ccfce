package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * An encoder goes from one origin to another and back, each time because something has happened to the one that it leaves, while
 * viewers of two edges and of an origin load their playlists again and again. {@code -Dhandovers=20} and {@code -Dhandovers.seed=2} make other
 * histories of it.
 */
@SideBySide
class HandOverIT {
    private static final int USUAL_HAND_OVERS = 4;
    private static final int HAND_OVERS = Integer.getInteger("handovers", USUAL_HAND_OVERS);
    private static final long SEED = Long.getLong("handovers.seed", 16);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String NAME = "match";
    private static final String STREAM = "live/" + NAME;
    private static final int MOST_PAUSE_MILLIS = 9_000;
    private static final int LEAST_LEG_MILLIS = 2_000;
    private static final int MORE_LEG_MILLIS = 6_000;
    /** A window that is asked for so long after its end, which is up to 1 s ahead, shows all that is recorded, and does not grow. */
    private static final int SETTLING_MILLIS = 3 * ClipArchive.GRID.periodMillis() + 1_500;

    private static final String RECORDS = "stream * { dvr archive 30d; }\nwindow 60s;\n";

    /** Why the encoder leaves an origin. */
    private enum Event {
        SAYS_FAREWELL,
        BREAKS_OFF,
        KILLED,
        /** It is told to end, and has time to say so to the others. */
        STOPPED,
        FROZEN,
        /** One of the edges does not reach the origin any more, and nothing is refused. */
        CUT_OFF
    }

    /** What the encoder did at one origin, and how that ended. */
    private record Stay(RovingEncoder.Leg leg, Event end) {}

    private final Random random = new Random(SEED);
    private final List<Event> events = new ArrayList<>();
    private final List<Stay> stays = new ArrayList<>();
    private TestNode a;
    private TestNode b;
    private TestNode edge;
    private TestNode secondEdge;
    /** Edges whose first viewers come so many seconds after the stream's beginning. */
    private final Map<TestNode, Integer> lateEdges = new LinkedHashMap<>();

    private FaultProxy edgeToA;
    private FaultProxy edgeToB;

    @Test
    void nothingIsLostAndListsKeepWhatTheyGaveOut() throws Exception {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        FlvFile clip = FlvFile.read(new Clips(ffmpeg, CacheFolder.standard()).standard());
        try (TestCluster cluster = new TestCluster("hand-over")) {
            a = cluster.add("a").conf(RECORDS);
            b = cluster.add("b").conf(RECORDS);
            edgeToA = cluster.linkTo(a);
            edgeToB = cluster.linkTo(b);
            edge = cluster.add("e1").conf(sources(0));
            secondEdge = cluster.add("e2")
                    .conf("source 127.0.0.1:" + b.httpPort() + ";\nsource 127.0.0.1:" + a.httpPort() + ";\n");
            for (int seconds : HAND_OVERS > USUAL_HAND_OVERS ? new int[] {60, 300} : new int[] {30}) {
                lateEdges.put(cluster.add("after" + seconds).conf(sources(0)), seconds);
            }
            cluster.start();
            long fromSeconds = System.currentTimeMillis() / 1_000;
            try (RovingEncoder encoder = new RovingEncoder(clip, NAME);
                    Viewers viewers = new Viewers(List.of(edge, secondEdge, b), fromSeconds)) {
                TestNode at = a;
                for (int i = 0; i <= HAND_OVERS; i++) {
                    stay(encoder, viewers, at, i);
                    viewers.requireNoFailure();
                    at = at == a ? b : a;
                }
                String window = window(fromSeconds);
                mend(a, viewers);
                mend(b, viewers);
                edge.reload(sources(0));
                rest(SETTLING_MILLIS);
                awaitAgreement(window);
                assertAllIsThere(window);
                String address = edge.dvr().uri(window + ".m3u8").toString();
                assertEquals(
                        pictures(window).size(),
                        Packets.of(ffmpeg, address, "v").count());
                viewers.requireNoFailure();
                viewers.assertListsGrew();
            }
        }
    }

    /** Once around: the edge has other sources after each hand-over, and in the end the first ones. */
    private String sources(int after) {
        String first = "source " + edgeToA.address();
        String second = "source " + edgeToB.address();
        return switch (after % 5) {
            case 1 -> second + ";\n" + first + ";\n";
            case 2 -> second + ";\n";
            case 3 -> second + ";\n" + first + " remote_dvr=none;\n";
            default -> first + ";\n" + second + ";\n";
        };
    }

    private void stay(RovingEncoder encoder, Viewers viewers, TestNode at, int count) throws Exception {
        TestNode other = at == a ? b : a;
        mend(at, viewers);
        lateEdges.forEach(viewers::watchAfter);
        RovingEncoder.Leg leg = encoder.goTo(at.server());
        rest(LEAST_LEG_MILLIS);
        mend(other, viewers);
        if (count == HAND_OVERS / 2) {
            b.reload(RECORDS + "source 127.0.0.1:" + a.httpPort() + ";\n");
        }
        rest(random.nextInt(MORE_LEG_MILLIS));
        Event event = nextEvent();
        System.out.println(System.currentTimeMillis() + " " + at.name() + ' ' + event);
        switch (event) {
            case SAYS_FAREWELL -> leg.leave(true);
            case BREAKS_OFF -> leg.leave(false);
            case KILLED -> {
                viewers.forget(at);
                at.kill();
                leg.leave(false);
            }
            case STOPPED -> {
                viewers.forget(at);
                at.stop();
                leg.leave(false);
            }
            case FROZEN -> {
                at.freeze();
                leg.leave(false);
            }
            case CUT_OFF -> {
                (at == a ? edgeToA : edgeToB).set(FaultProxy.Fault.DROPPED);
                leg.leave(true);
            }
        }
        stays.add(new Stay(leg, event));
        edge.reload(sources(count + 1));
        if (count < HAND_OVERS) {
            rest(random.nextInt(MOST_PAUSE_MILLIS));
        }
    }

    private Event nextEvent() {
        if (events.isEmpty()) {
            events.addAll(Arrays.asList(Event.values()));
            Collections.shuffle(events, random);
        }
        return events.remove(0);
    }

    /** Ends what happened to an origin when the encoder left it. */
    private void mend(TestNode origin, Viewers viewers) throws Exception {
        if (!origin.server().isAlive()) {
            origin.start();
            viewers.watch(origin);
        }
        origin.thaw();
        (origin == a ? edgeToA : edgeToB).heal();
    }

    private static void rest(int millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** All of it, as a window that is over; without its ending. */
    private static String window(long fromSeconds) {
        return STREAM + "/archive-" + fromSeconds + '-' + (System.currentTimeMillis() / 1_000 + 1 - fromSeconds);
    }

    /** Waits until all servers answer each other, and give out the same. */
    private void awaitAgreement(String window) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Map<String, String> texts = texts(window);
        while (System.nanoTime() < deadline
                && !(isWhole(texts) && Set.copyOf(texts.values()).size() == 1)) {
            rest(500);
            texts = texts(window);
        }
        assertTrue(isWhole(texts), texts.toString());
        for (String text : texts.values()) {
            assertEquals(texts.get(edge.name()), text, texts.toString());
        }
    }

    private static boolean isWhole(Map<String, String> texts) {
        return texts.values().stream().allMatch(text -> text.startsWith("#EXTM3U") && text.contains("#EXT-X-ENDLIST"));
    }

    /** What the servers give out, when everybody answers; else why not. */
    private Map<String, String> texts(String window) throws Exception {
        Map<String, String> texts = new LinkedHashMap<>();
        for (TestNode node : servers()) {
            HttpResponse<byte[]> answer = node.dvr().get(window + "-media.m3u8");
            String unanswered = answer.headers().firstValue("DVR-Unanswered").orElse("");
            texts.put(node.name(), unanswered + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return texts;
    }

    private List<TestNode> servers() {
        List<TestNode> servers = new ArrayList<>(List.of(edge, secondEdge, b));
        servers.addAll(lateEdges.keySet());
        return servers;
    }

    private void assertAllIsThere(String window) throws Exception {
        for (TestNode node : servers()) {
            for (int track = MediaFragment.VIDEO; track <= MediaFragment.VIDEO + 1; track++) {
                assertEquals(inArchives(track), recorded(track, node, window), node.name() + ", track " + track);
            }
        }
        List<ByteBuffer> pictures = pictures(window).stream()
                .filter(picture -> !isRepeated(picture))
                .toList();
        int at = 0;
        for (Stay stay : stays) {
            List<ByteBuffer> sent = stay.leg().pictures();
            int count = 0;
            while (count < sent.size()
                    && at + count < pictures.size()
                    && sent.get(count).equals(pictures.get(at + count))) {
                count++;
            }
            assertTrue(
                    count == sent.size() || stay.end() == Event.KILLED || stay.end() == Event.STOPPED,
                    "of stay " + stays.indexOf(stay) + ", " + stay.end() + ", " + count + " of " + sent.size()
                            + " pictures");
            at += count;
        }
        assertEquals(pictures.size(), at, "pictures that nobody sent");
        assertIsDownloaded(window);
    }

    /** The file of the window has the same pictures, and the same bytes from every server. */
    private void assertIsDownloaded(String window) throws Exception {
        byte[] bytes = edge.dvr().bytes(window + ".mp4");
        for (TestNode node : servers()) {
            assertArrayEquals(bytes, node.dvr().bytes(window + ".mp4"), node.name());
        }
        Path file = Files.createTempFile(Path.of("target/it"), "hand-over", ".mp4");
        Files.write(file, bytes);
        Packets downloaded = Packets.of(Ffmpeg.unpacked(CacheFolder.standard()), file.toString(), "v");
        List<String> wanted = new ArrayList<>();
        for (ByteBuffer picture : pictures(window)) {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            md5.update(picture.duplicate());
            wanted.add(HexFormat.of().formatHex(md5.digest()));
        }
        assertEquals(wanted, downloaded.hashes());
        assertEquals("", downloaded.complaints());
    }

    /** Whether it is shown once more, from a take's beginning on or where none came. */
    private static boolean isRepeated(ByteBuffer picture) {
        return StandardCharsets.ISO_8859_1
                .decode(picture.duplicate())
                .toString()
                .contains("DVR-REPEATED-PIC");
    }

    /** What an edge gives out of one track, in order. */
    private static List<MediaFragment> recorded(int track, TestNode node, String window) throws Exception {
        List<MediaFragment> fragments = new ArrayList<>();
        for (DvrClient.Entry entry : node.dvr().mediaEntries(window + "-media.m3u8")) {
            MediaFragment.all(node.dvr().bytes(STREAM + '/' + entry.uri())).stream()
                    .filter(fragment -> fragment.track() == track)
                    .forEach(fragments::add);
        }
        return fragments;
    }

    /** What both origins have recorded of one track, in order of time. */
    private List<MediaFragment> inArchives(int track) throws IOException {
        List<MediaFragment> fragments = new ArrayList<>();
        for (TestNode origin : List.of(a, b)) {
            for (Path file : HourFiles.below(origin.archive())) {
                MediaFragment.all(Files.readAllBytes(file)).stream()
                        .filter(fragment -> fragment.track() == track)
                        .forEach(fragments::add);
            }
        }
        fragments.sort(Comparator.comparingLong(MediaFragment::decodeTime));
        return fragments;
    }

    private List<ByteBuffer> pictures(String window) throws Exception {
        SegmentSamples samples = SegmentSamples.empty();
        for (DvrClient.Entry entry : edge.dvr().mediaEntries(window + "-media.m3u8")) {
            samples.add(edge.dvr().bytes(STREAM + '/' + entry.uri()));
        }
        return samples.video();
    }

    /** Load the lists of some servers until they are closed, each server's on a thread of its own. */
    private static final class Viewers implements AutoCloseable {
        private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

        private final List<Viewer> all;
        private final long fromSeconds;

        Viewers(List<TestNode> nodes, long fromSeconds) {
            this.fromSeconds = fromSeconds;
            all = new ArrayList<>();
            nodes.forEach(node -> all.add(new Viewer(node, fromSeconds)));
        }

        private static final class Viewer {
            private final TestNode node;
            private final long fromSeconds;
            private final CompletableFuture<Void> failure = new CompletableFuture<>();
            private final Thread thread;
            private volatile List<WatchedList> lists;
            private volatile boolean closed;

            Viewer(TestNode node, long fromSeconds) {
                this.node = node;
                this.fromSeconds = fromSeconds;
                this.lists = newLists();
                this.thread = new Thread(this::run, "viewer of " + node.name());
                thread.setDaemon(true);
                thread.start();
            }

            private List<WatchedList> newLists() {
                return Stream.of("index", "rewind-20", "archive-" + fromSeconds + "-now")
                        .map(list -> new WatchedList(node.name(), node.dvr(), STREAM, list))
                        .toList();
            }

            private void run() {
                while (!closed) {
                    for (WatchedList list : lists) {
                        try {
                            list.load();
                        } catch (AssertionError | InterruptedException e) {
                            failure.completeExceptionally(e);
                            return;
                        }
                    }
                    LockSupport.parkNanos(INTERVAL_NANOS);
                }
            }
        }

        private Stream<Viewer> of(TestNode node) {
            return all.stream().filter(viewer -> viewer.node == node);
        }

        /** A server that goes remembers nothing of its lists. */
        void forget(TestNode node) {
            of(node).forEach(viewer -> viewer.lists = List.of());
        }

        /** Begins to watch a server that nobody has watched, when the stream is so old. */
        void watchAfter(TestNode node, int seconds) {
            if (System.currentTimeMillis() / 1_000 >= fromSeconds + seconds
                    && of(node).findAny().isEmpty()) {
                all.add(new Viewer(node, fromSeconds));
            }
        }

        void watch(TestNode node) {
            of(node).forEach(viewer -> viewer.lists = viewer.newLists());
        }

        void requireNoFailure() {
            all.forEach(viewer -> viewer.failure.getNow(null));
        }

        void assertListsGrew() {
            for (Viewer viewer : all) {
                for (WatchedList list : viewer.lists) {
                    System.out.println(list);
                    assertTrue(list.size() > 0, list.toString());
                }
            }
        }

        @Override
        public void close() {
            all.forEach(viewer -> viewer.closed = true);
        }
    }
}
