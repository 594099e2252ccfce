package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A server that is killed at any instant loses the segment that was open and nothing else. */
class CrashIT {
    private static final int STREAMS = 3;
    private static final int ROUNDS = Integer.getInteger("crash.rounds", 4);
    private static final int GRID_MILLIS = 1_000;
    /** The open segment, the key frame its end waits for, and audio that is waited for. */
    private static final double MOST_LOST_SECONDS = 3.5;

    private static Ffmpeg ffmpeg;
    private static Path clip;
    private static List<String> sent;

    private final Random random = new Random(20261123);
    private final Map<Path, byte[]> kept = new HashMap<>();
    private Path dir;
    private Optional<Red5Server> running = Optional.empty();

    @BeforeAll
    static void prepare() throws IOException, InterruptedException {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        clip = new Clips(ffmpeg, CacheFolder.standard()).get(new Clips.Spec(20, 320, 180, 25, 25, 2, 400, true, true));
        sent = Packets.of(ffmpeg, clip.toString(), "v").hashes();
    }

    @AfterEach
    void stop() {
        running.ifPresent(Red5Server::close);
    }

    @Test
    void aKillCostsTheOpenSegmentAlone() throws Exception {
        dir = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "crash");
        Red5Server server = start();
        for (int round = 0; round < ROUNDS; round++) {
            long beforeSeconds = System.currentTimeMillis() / 1_000;
            double publishedSeconds = publishAndKill(server);
            server = start();
            for (int stream = 0; stream < STREAMS; stream++) {
                check(new DvrClient(server), "live/crash" + stream, beforeSeconds, publishedSeconds, round);
            }
            assertNothingBeforeChanged();
        }
    }

    private Red5Server start() throws IOException, InterruptedException {
        Red5Server server = Red5Server.in(dir)
                .conf("node origin;\nsegment 1s;\nwindow 10s;\nstream * { dvr archive 2d; }\n")
                .start();
        running = Optional.of(server);
        return server;
    }

    /** How long it was published before the server was killed. */
    private double publishAndKill(Red5Server server) throws IOException, InterruptedException {
        try (RtmpLoad load = server.load("live", "crash", STREAMS, FlvFile.read(clip), 1)) {
            Duration publish = Duration.ofMillis(4_000 + random.nextInt(3_000));
            Thread killer = new Thread(() -> killAfter(server, publish), "killer");
            long startNanos = System.nanoTime();
            killer.start();
            try {
                load.run(publish.plusSeconds(1), Duration.ZERO);
            } catch (IOException e) {
                // The server is gone, as it is meant to be.
                assertTrue(System.nanoTime() - startNanos >= publish.toNanos(), e.toString());
            }
            killer.join();
            return publish.toMillis() / 1_000.0;
        }
    }

    private static void killAfter(Red5Server server, Duration delay) {
        long endNanos = System.nanoTime() + delay.toNanos();
        for (long rest = delay.toNanos(); rest > 0; rest = endNanos - System.nanoTime()) {
            LockSupport.parkNanos(rest);
        }
        try {
            server.kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void check(DvrClient dvr, String stream, long beforeSeconds, double publishedSeconds, int round)
            throws IOException, InterruptedException {
        String window = stream + "/archive-" + (beforeSeconds - 1) + "-60.m3u8";
        Packets recorded = Packets.of(ffmpeg, dvr.uri(window).toString(), "v");
        assertEquals("", recorded.complaints());
        int from = sent.indexOf(recorded.hashes().get(0));
        assertTrue(from >= 0, stream + ": a frame that was not sent");
        assertEquals(sent.subList(from, from + recorded.count()), recorded.hashes(), stream + " in round " + round);
        double lostSeconds = publishedSeconds - (from + recorded.count()) / 25.0;
        assertTrue(lostSeconds < MOST_LOST_SECONDS, stream + ": " + lostSeconds + " s lost in round " + round);
        List<Long> numbers = new ArrayList<>();
        for (DvrClient.Entry entry : dvr.entries(stream + "/archive-" + (beforeSeconds - 3_600) + "-3700.m3u8")) {
            long number = entry.startMillis() / GRID_MILLIS;
            assertTrue(entry.uri().endsWith("/" + number + ".m4s"), entry.toString());
            numbers.add(number);
        }
        assertEquals(numbers.stream().sorted().distinct().toList(), numbers, "numbers go on");
        assertTrue(dvr.text(stream + "/recording_status.json").contains("server down"));
    }

    /** What was recorded up to the last restart is there as it was, to the byte. */
    private void assertNothingBeforeChanged() throws IOException {
        Map<Path, byte[]> now = new HashMap<>();
        try (Stream<Path> files = Files.walk(dir.resolve("archive"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                now.put(file, Files.readAllBytes(file));
            }
        }
        kept.forEach((file, bytes) -> assertArrayEquals(bytes, now.get(file), file.toString()));
        assertTrue(
                now.keySet().stream().noneMatch(file -> file.toString().contains(".damaged")), now.keySet()::toString);
        kept.putAll(now);
    }
}
