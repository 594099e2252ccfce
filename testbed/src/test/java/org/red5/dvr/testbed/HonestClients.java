package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Four publishers of one server and ten viewers of the same or another one, whose health is asked for all the time: a measure of what
 * somebody who means harm does to others. For one thread.
 */
final class HonestClients implements AutoCloseable {
    private static final int PUBLISHERS = 4;
    private static final int VIEWERS = 10;
    private static final Duration LONGEST_STALL = Duration.ofSeconds(2);
    private static final Duration SLOWEST_HEALTH = Duration.ofSeconds(1);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long HEALTH_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    /** What may be kept of those who were there: caches, and threads that end when they have been idle for a while. */
    private static final long MORE_HEAP_BYTES = 64L << 20;

    private static final int MORE_THREADS = 40;
    /** Threads of ours and of the server that a request waits for in turn. */
    private static final int THREADS_ON_THE_WAY = 3;

    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

    private final Red5Server published;
    private final Red5Server watched;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<CountedPublisher> publishers = new ArrayList<>();
    private final List<HonestViewer> viewers = new ArrayList<>();
    private final List<String> illnesses = new CopyOnWriteArrayList<>();
    private final Thread asking = new Thread(this::askForHealth, "health");
    private final Lateness lateness;
    private final Footprint before;
    private volatile boolean stopped;

    /** What a server takes: live bytes of its heap, and threads. */
    private record Footprint(long heapBytes, int threads) {
        static Footprint of(Red5Server server) throws IOException, InterruptedException {
            return new Footprint(liveHeapBytes(server), HonestClients.threads(server));
        }
    }

    /** How many threads a server has, but for those of Tomcat's pool: it has a bound, and ends them when they have been idle for a minute. */
    static int threads(Red5Server server) throws IOException {
        int count = 0;
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + server.pid() + "/task"))) {
            for (Path task : tasks.toList()) {
                count += nameOf(task).startsWith("http-") ? 0 : 1;
            }
        }
        return count;
    }

    /** Of a thread that may be gone by now. */
    private static String nameOf(Path task) throws IOException {
        try {
            return Files.readString(task.resolve("comm"));
        } catch (NoSuchFileException e) {
            return "http-gone";
        }
    }

    /** What is reachable on a server's heap; makes it collect all its garbage. */
    static long liveHeapBytes(Red5Server server) throws IOException, InterruptedException {
        Matcher total = TOTAL.matcher(histogram(server));
        assertTrue(total.find());
        return Long.parseLong(total.group(1));
    }

    /** How many objects of a class live in the memory of a server; 0 when it has no such class. */
    static int instances(Red5Server server, String className) throws IOException, InterruptedException {
        Matcher line = Pattern.compile(":\\s+(\\d+)\\s+\\d+\\s+" + Pattern.quote(className) + "\\s")
                .matcher(histogram(server));
        return line.find() ? Integer.parseInt(line.group(1)) : 0;
    }

    private static String histogram(Red5Server server) throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        ProcessBuilder histogram = new ProcessBuilder(jcmd, "" + server.pid(), "GC.class_histogram");
        try (RunningProcess process = RunningProcess.start(histogram)) {
            return process.await(LIMIT).requireSuccess().outputText();
        }
    }

    private HonestClients(Red5Server published, Red5Server watched) throws IOException, InterruptedException {
        this.published = published;
        this.watched = watched;
        this.before = Footprint.of(watched);
        this.lateness = new Lateness(
                Stream.of(published.pid(), watched.pid()).distinct().toList());
        asking.setDaemon(true);
    }

    /**
     * Begins, and waits until every viewer has a picture.
     *
     * @param published gets the streams {@code live/honest0} and so on
     * @param watched where they are watched
     */
    static HonestClients start(Red5Server published, Red5Server watched, FlvFile clip) throws Exception {
        HonestClients honest = new HonestClients(published, watched);
        try {
            for (int i = 0; i < PUBLISHERS; i++) {
                honest.publishers.add(CountedPublisher.start(published, "honest" + i, clip));
            }
            DvrClient dvr = new DvrClient(watched);
            for (int i = 0; i < PUBLISHERS; i++) {
                String playlist = "live/honest" + i + "/index.m3u8";
                Eventually.holds(
                        "three segments of each",
                        LIMIT,
                        () -> dvr.get(playlist).statusCode() == 200
                                && dvr.entries(playlist).size() >= 3);
            }
            for (int i = 0; i < VIEWERS; i++) {
                honest.viewers.add(
                        new HonestViewer(new DvrClient(watched), "live/honest" + i % PUBLISHERS, "index.m3u8"));
            }
            Eventually.holds("pictures", LIMIT, () -> honest.viewers.stream().allMatch(HonestViewer::plays));
            honest.asking.start();
            return honest;
        } catch (Exception | AssertionError e) {
            honest.close();
            throw e;
        }
    }

    private void askForHealth() {
        HttpRequest request = HttpRequest.newBuilder(watched.http("/dvr/health"))
                .timeout(Duration.ofSeconds(30))
                .build();
        while (!stopped) {
            long beganNanos = System.nanoTime();
            Duration lateBefore = lateness.total();
            String said;
            try {
                var response = http.send(request, BodyHandlers.ofString());
                said = response.statusCode() == 200 ? "" : response.statusCode() + " " + response.body();
            } catch (IOException e) {
                said = e.toString();
            } catch (InterruptedException e) {
                return;
            }
            Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);
            Duration late = lateness.total().minus(lateBefore).multipliedBy(THREADS_ON_THE_WAY);
            if (!said.isEmpty() || took.minus(late).compareTo(SLOWEST_HEALTH) > 0) {
                illnesses.add(said + " after " + took);
            }
            LockSupport.parkNanos(HEALTH_NANOS);
        }
    }

    /** Goes on for a while, and then nobody is the worse for what has happened up to now. */
    void areFineFor(String what, Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        Duration late = lateness.total().multipliedBy(THREADS_ON_THE_WAY);
        for (HonestViewer viewer : viewers) {
            Duration stall = viewer.longestStall().minus(late);
            assertTrue(
                    stall.compareTo(LONGEST_STALL) <= 0,
                    () -> what + ": " + viewer + ", of which the machine was late by " + late);
        }
        for (CountedPublisher publisher : publishers) {
            assertFalse(publisher.isCutOff(), () -> what + ": " + publisher.stream() + " is cut off");
        }
        assertEquals(List.of(), illnesses, what);
        assertTrue(watched.isAlive() && published.isAlive(), what);
    }

    /** Ends the publishes: all that was sent has come in and is recorded without a hole. */
    void endWithoutLoss() throws Exception {
        for (CountedPublisher publisher : publishers) {
            String sent = publisher.end();
            Pattern ended =
                    Pattern.compile("ended live/" + publisher.stream() + ": (\\d+ video and \\d+ audio packets)");
            Eventually.holds(
                    publisher.stream() + " ended",
                    LIMIT,
                    () -> ended.matcher(published.log()).find());
            Matcher came = ended.matcher(published.log());
            assertTrue(came.find());
            assertEquals(sent, came.group(1), publisher.stream());
            String status = new DvrClient(published).text("live/" + publisher.stream() + "/recording_status.json");
            assertFalse(status.contains("\"reason\":\"overloaded\"") || status.contains("disk error"), status);
        }
        String metrics = new DvrClient(published).text("metrics");
        assertTrue(
                metrics.lines()
                        .filter(line -> line.startsWith("dvr_packets_dropped_total"))
                        .allMatch(line -> line.endsWith(" 0.0")),
                metrics);
    }

    /** Those who meant harm are gone: memory and threads come back. */
    void leaveNothingBehind() throws Exception {
        viewers.forEach(HonestViewer::close);
        Footprint[] last = {before};
        try {
            Eventually.holds("memory and threads come back", LIMIT, () -> {
                last[0] = Footprint.of(watched);
                return last[0].heapBytes() <= before.heapBytes() + MORE_HEAP_BYTES
                        && last[0].threads() <= before.threads() + MORE_THREADS;
            });
        } catch (AssertionError e) {
            throw new AssertionError("before " + before + ", afterwards " + last[0], e);
        }
    }

    @Override
    public void close() throws IOException {
        stopped = true;
        lateness.close();
        asking.interrupt();
        viewers.forEach(HonestViewer::close);
        for (CountedPublisher publisher : publishers) {
            publisher.close();
        }
    }
}
