package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A server that is killed at any instant loses the segment that was open, and nothing else. Four of them are, at a time; {@code -Dcrash.rounds=100} makes more of it. */
class CrashIT {
    private static final int LANES = 4;
    private static final int ROUNDS = Integer.getInteger("crash.rounds", 20);
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());
    /** The open segment, the key frame its end waits for, audio that is waited for, and a busy machine. */
    private static final long MOST_LOST_MILLIS = 3_500;

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void aKillCostsTheOpenSegmentAlone() throws Exception {
        System.out.println("CrashIT: crash.seed=" + SEED + ", crash.rounds=" + ROUNDS);
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Path clip =
                new Clips(ffmpeg, CacheFolder.standard()).get(new Clips.Spec(60, 320, 180, 25, 25, 2, 400, true, true));
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "crash");
        ExecutorService threads = Executors.newFixedThreadPool(LANES);
        try {
            List<Future<CrashLane.Result>> lanes = new ArrayList<>();
            FlvFile tags = FlvFile.read(clip);
            for (int lane = 0; lane < LANES; lane++) {
                int rounds = (ROUNDS + LANES - 1 - lane) / LANES;
                lanes.add(threads.submit(new CrashLane(folder.resolve("lane" + lane), tags, rounds, SEED + lane)));
            }
            List<Long> lostMillis = new ArrayList<>();
            for (Future<CrashLane.Result> lane : lanes) {
                assertTrue(lane.get().segments() > ROUNDS / LANES, "segments recorded");
                lostMillis.addAll(lane.get().lostMillis());
            }
            Collections.sort(lostMillis);
            // A machine that is busy for a while delays what is sent, and nothing is wrong.
            long median = lostMillis.get(lostMillis.size() / 2);
            assertTrue(median < MOST_LOST_MILLIS, "of what was sent last is not there, in milliseconds: " + lostMillis);
        } finally {
            threads.shutdownNow();
        }
        assertRecoveredFilesPlay(ffmpeg, folder);
    }

    /** The last recovered hour file of each lane, without a complaint. */
    private static void assertRecoveredFilesPlay(Ffmpeg ffmpeg, Path folder) throws Exception {
        for (int lane = 0; lane < LANES; lane++) {
            try (Stream<Path> files = Files.walk(folder.resolve("lane" + lane + "/archive/live/crash0"))) {
                Path last = files.filter(file -> file.toString().endsWith(".mp4"))
                        .max(Path::compareTo)
                        .orElseThrow();
                assertEquals(
                        "",
                        ffmpeg.probe(LIMIT, "-v", "warning", "-show_packets", last.toString())
                                .requireSuccess()
                                .errors());
                assertEquals(
                        "",
                        ffmpeg.decode(LIMIT, last.toString()).requireSuccess().errors());
            }
        }
    }
}
