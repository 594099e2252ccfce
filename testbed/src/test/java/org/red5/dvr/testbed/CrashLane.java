package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A server that records three streams and is killed at a random instant, again and again in one folder. After each restart
 * what it has is compared with what was sent to it, with what it had listed, and with what its files were.
 */
final class CrashLane implements Callable<CrashLane.Result> {
    private static final int STREAMS = 3;
    private static final int GRID_MILLIS = 1_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** After the first segment of a round is listed, within this time the server is killed. */
    private static final int KILL_MILLIS = 2_500;

    /**
     * What came of all rounds.
     *
     * @param segments how many were recorded
     * @param lostMillis what was sent last before each kill and is not there, for each stream
     */
    record Result(int segments, List<Long> lostMillis) {}

    /** What a round left, as it was known before the server was started again. */
    private record Killed(
            long startSeconds,
            long publishedMillis,
            Map<String, Map<String, byte[]>> listed,
            Map<Path, byte[]> files) {}

    private final Path dir;
    private final FlvFile clip;
    private final int rounds;
    private final Random random;
    private final List<ByteBuffer> sentVideo;
    private final List<ByteBuffer> sentAudio;
    private final List<Long> sentVideoMillis;
    private final Map<Path, byte[]> settled = new HashMap<>();
    private final List<Long> lostMillis = new ArrayList<>();

    /**
     * @param clip with a key frame in each cell of the grid, longer than a round
     */
    CrashLane(Path dir, FlvFile clip, int rounds, long seed) {
        this.dir = dir;
        this.clip = clip;
        this.rounds = rounds;
        this.random = new Random(seed);
        this.sentVideo = payloads(clip, FlvTag.VIDEO, 5);
        this.sentAudio = payloads(clip, FlvTag.AUDIO, 2);
        this.sentVideoMillis = clip.tags().stream()
                .filter(tag -> isMedia(tag, FlvTag.VIDEO))
                .map(FlvTag::timestampMillis)
                .toList();
    }

    @Override
    public Result call() throws Exception {
        int segments = 0;
        Red5Server server = start();
        try {
            for (int round = 0; round < rounds; round++) {
                Killed killed = publishAndKill(server);
                server = start();
                DvrClient dvr = new DvrClient(server);
                for (int stream = 0; stream < STREAMS; stream++) {
                    String name = "live/crash" + stream;
                    try {
                        segments += check(dvr, name, killed);
                    } catch (AssertionError e) {
                        throw new AssertionError(dir + ", round " + round + ", " + name + ": " + e.getMessage(), e);
                    }
                }
                assertFilesStayed(killed.files());
            }
        } finally {
            server.close();
        }
        return new Result(segments, lostMillis);
    }

    private Red5Server start() throws IOException, InterruptedException {
        return Red5Server.in(dir)
                .conf("node origin;\nsegment 1s;\nwindow 10s;\nstream * { dvr archive 2d; }\n")
                .jvmArgument("-XX:TieredStopAtLevel=1")
                .jvmArgument("-XX:+UseSerialGC")
                .jvmArgument("-Xmx256m")
                .jvmArgument(TestNode.WITHOUT_JAR_SCAN)
                .start();
    }

    private Killed publishAndKill(Red5Server server) throws Exception {
        long startSeconds = System.currentTimeMillis() / 1_000;
        try (RtmpLoad load = server.load("live", "crash", STREAMS, clip, 1)) {
            long startNanos = System.nanoTime();
            CompletableFuture<Map<String, Map<String, byte[]>>> listed = new CompletableFuture<>();
            Thread killer = new Thread(() -> kill(server, startSeconds, listed), "killer of " + dir);
            killer.start();
            try {
                load.run(LIMIT, Duration.ZERO);
            } catch (IOException e) {
                // The server is gone, as it is meant to be; the killer says whether it was that.
                killer.join();
            }
            long publishedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
            return new Killed(startSeconds, publishedMillis, listed.get(), files());
        } catch (ExecutionException e) {
            throw new AssertionError("not killed in " + dir, e.getCause());
        }
    }

    /** Waits until all streams are recorded, and then for the instant; gives what was listed shortly before it. */
    private void kill(
            Red5Server server, long startSeconds, CompletableFuture<Map<String, Map<String, byte[]>>> listed) {
        try {
            DvrClient dvr = new DvrClient(server);
            for (int stream = 0; stream < STREAMS; stream++) {
                String name = "live/crash" + stream;
                Eventually.holds(
                        name + " is recorded",
                        LIMIT,
                        () -> !listed(dvr, name, startSeconds).isEmpty());
            }
            rest(random.nextInt(KILL_MILLIS));
            Map<String, Map<String, byte[]>> all = new HashMap<>();
            for (int stream = 0; stream < STREAMS; stream++) {
                String name = "live/crash" + stream;
                all.put(name, contents(dvr, name, listed(dvr, name, startSeconds)));
            }
            rest(random.nextInt(300));
            server.kill();
            listed.complete(all);
        } catch (Exception | AssertionError e) {
            listed.completeExceptionally(e);
            server.close();
        }
    }

    private static void rest(int millis) {
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = endNanos - System.nanoTime(); left > 0; left = endNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** What is listed of this round; nothing while there is nothing. */
    private static List<DvrClient.Entry> listed(DvrClient dvr, String stream, long startSeconds)
            throws IOException, InterruptedException {
        String window = stream + "/archive-" + startSeconds + "-60.m3u8";
        return dvr.get(window).statusCode() != 200
                ? List.of()
                : dvr.entries(window).stream()
                        .filter(entry -> entry.startMillis() >= startSeconds * 1_000)
                        .toList();
    }

    private static Map<String, byte[]> contents(DvrClient dvr, String stream, List<DvrClient.Entry> entries)
            throws IOException, InterruptedException {
        Map<String, byte[]> contents = new HashMap<>();
        for (DvrClient.Entry entry : entries) {
            contents.put(entry.uri(), content(dvr, stream, entry));
        }
        return contents;
    }

    private static byte[] content(DvrClient dvr, String stream, DvrClient.Entry entry)
            throws IOException, InterruptedException {
        var answer = dvr.get(stream + "/" + entry.uri());
        assertEquals(200, answer.statusCode(), entry.uri());
        return answer.body();
    }

    private int check(DvrClient dvr, String stream, Killed killed) throws IOException, InterruptedException {
        List<DvrClient.Entry> entries = listed(dvr, stream, killed.startSeconds());
        Map<String, SegmentSamples> takes = new TreeMap<>();
        Map<String, byte[]> before = new HashMap<>(killed.listed().get(stream));
        for (DvrClient.Entry entry : entries) {
            byte[] content = content(dvr, stream, entry);
            takes.computeIfAbsent(take(entry), take -> SegmentSamples.empty()).add(content);
            Optional.ofNullable(before.remove(entry.uri()))
                    .ifPresent(known -> assertArrayEquals(known, content, entry.uri()));
        }
        assertTrue(before.isEmpty(), "no longer there: " + before.keySet());
        lostMillis.add(killed.publishedMillis() - recordedMillis(takes.values()));
        assertNumbersGoOn(dvr.entries(stream + "/archive-" + (killed.startSeconds() - 3_600) + "-3700.m3u8"));
        assertServerWasDown(dvr, stream);
        return entries.size();
    }

    private static String take(DvrClient.Entry entry) {
        return entry.uri().substring(0, entry.uri().lastIndexOf('/'));
    }

    /**
     * The time stamp of the last picture; all of each take must have been sent, in this order and without a hole. A second take is
     * begun where the machine stood still for a while.
     */
    private long recordedMillis(Collection<SegmentSamples> takes) {
        int end = 0;
        for (SegmentSamples take : takes) {
            int from = Collections.indexOfSubList(sentVideo.subList(end, sentVideo.size()), take.video());
            assertTrue(from >= 0 && !take.video().isEmpty(), "pictures that were not sent, or not in this order");
            assertTrue(Collections.indexOfSubList(sentAudio, take.audio()) >= 0, "audio that was not sent");
            end += from + take.video().size();
        }
        return sentVideoMillis.get(end - 1);
    }

    private static void assertNumbersGoOn(List<DvrClient.Entry> entries) {
        List<Long> numbers = new ArrayList<>();
        for (DvrClient.Entry entry : entries) {
            long number = entry.startMillis() / GRID_MILLIS;
            assertTrue(entry.uri().endsWith("/" + number + ".m4s"), entry.toString());
            numbers.add(number);
        }
        assertEquals(numbers.stream().sorted().distinct().toList(), numbers);
    }

    private static void assertServerWasDown(DvrClient dvr, String stream) throws IOException, InterruptedException {
        JsonObject status = dvr.status(stream).get(0).getAsJsonObject();
        List<String> reasons = new ArrayList<>();
        status.getAsJsonArray("holes")
                .forEach(
                        hole -> reasons.add(hole.getAsJsonObject().get("reason").getAsString()));
        assertTrue(reasons.contains("server down") && !reasons.contains("damaged"), reasons.toString());
    }

    /**
     * What was there before this round is as it was, to the byte. Of this round's media all is there that was written of
     * whole segments, and nothing of the one that was open; nothing is set aside.
     */
    private void assertFilesStayed(Map<Path, byte[]> killed) throws IOException {
        Map<Path, byte[]> now = files();
        settled.forEach((file, bytes) -> assertArrayEquals(bytes, now.get(file), file.toString()));
        now.forEach((file, bytes) -> {
            assertTrue(file.toString().endsWith(".mp4") || file.toString().endsWith(".idx"), file.toString());
            byte[] before = killed.get(file);
            if (file.toString().endsWith(".mp4")) {
                assertTrue(before != null && isBeginning(bytes, before), file + " is not what was written");
                assertEquals(SegmentSamples.wholeBytes(before), bytes.length, file.toString());
            }
        });
        settled.putAll(now);
    }

    private static boolean isBeginning(byte[] some, byte[] all) {
        return some.length <= all.length && Arrays.equals(some, 0, some.length, all, 0, some.length);
    }

    private Map<Path, byte[]> files() throws IOException {
        Map<Path, byte[]> files = new HashMap<>();
        try (Stream<Path> all = Files.walk(dir.resolve("archive/live"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file, Files.readAllBytes(file));
            }
        }
        return files;
    }

    private static List<ByteBuffer> payloads(FlvFile clip, int type, int headBytes) {
        return clip.tags().stream()
                .filter(tag -> isMedia(tag, type))
                .map(tag -> ByteBuffer.wrap(tag.payload(), headBytes, tag.payload().length - headBytes)
                        .slice())
                .toList();
    }

    private static boolean isMedia(FlvTag tag, int type) {
        return tag.type() == type && !tag.isConfiguration() && !tag.isEndOfSequence();
    }
}
