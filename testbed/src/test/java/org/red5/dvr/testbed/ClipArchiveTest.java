package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

class ClipArchiveTest {
    private static final long FIRST = 440_000_100;

    @Test
    void playsWithoutAComplaintAndWithoutAHole(@TempDir Path root) throws Exception {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        ClipArchive archive = new ClipArchive(new Clips(ffmpeg, CacheFolder.standard()));
        archive.record(root, new StreamKey("live", "one"), "a", FIRST, FIRST + 20, 120_000, GapReason.NOT_PUBLISHED);
        Path file;
        try (Stream<Path> files = Files.walk(root)) {
            file = files.filter(path -> path.toString().endsWith(".mp4"))
                    .findFirst()
                    .orElseThrow();
        }
        for (String track : new String[] {"v", "a"}) {
            Packets packets = Packets.of(ffmpeg, file.toString(), track);
            assertEquals("", packets.complaints());
            double step = track.equals("v") ? 0.04 : 1_024 / 48_000.0;
            double[] times = packets.ptsSeconds().stream()
                    .mapToDouble(seconds -> seconds)
                    .sorted()
                    .toArray();
            assertEquals(80, times[times.length - 1] - times[0] + step, 0.03);
            for (int i = 1; i < times.length; i++) {
                assertEquals(step, times[i] - times[i - 1], 0.002, "after packet " + (i - 1));
            }
        }
    }
}
