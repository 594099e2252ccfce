package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * A secondary that keeps a copy of an origin's archive, of what is published and of what was there before: the same files, byte for byte, so that it answers for
 * every moment when the origin is gone, and the origin gets its archive back that has lost its disk.
 */
@SideBySide
class ReplicaIT {
    private static final String CAMERA = "live/camera";
    private static final long EARLIER = 8;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long CLIP_MILLIS = 9_500;
    private static final String ORIGIN = "stream * { dvr archive 30d; }\n";

    private final TestCluster cluster;
    private final TestNode origin;
    private final TestNode secondary;
    private final FaultProxy toOrigin;
    private final Clips clips;
    /** Of what was recorded three hours ago. */
    private final long first;

    ReplicaIT() throws IOException {
        cluster = new TestCluster("replica");
        origin = cluster.add("origin");
        secondary = cluster.add("secondary");
        toOrigin = cluster.linkTo(origin);
        secondary.conf("source " + toOrigin.address() + " { dvr archive 30d; only live/*; }\n");
        origin.conf(ORIGIN + "source " + cluster.linkTo(secondary).address() + " { dvr archive 30d; }\n");
        clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        first = ClipArchive.GRID.numberAt((System.currentTimeMillis() - TimeUnit.HOURS.toMillis(3)) * 1_000);
    }

    @BeforeEach
    void start() throws IOException {
        StreamKey camera = new StreamKey("live", "camera");
        new ClipArchive(clips)
                .record(origin.archive(), camera, "origin", first, first + EARLIER, 0, GapReason.NOT_PUBLISHED);
        cluster.start();
    }

    @AfterEach
    void stop() throws IOException {
        cluster.close();
    }

    /** The media, indexes and presence below an archive, by their paths. */
    private static SortedMap<String, byte[]> files(TestNode node) throws IOException {
        SortedMap<String, byte[]> files = new TreeMap<>();
        if (!Files.isDirectory(node.archive())) {
            return files;
        }
        try (Stream<Path> all = Files.walk(node.archive())) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = node.archive().relativize(file).toString();
                if (name.endsWith(".mp4") || name.endsWith(".idx") || name.endsWith(".here")) {
                    files.put(name, Files.readAllBytes(file));
                }
            }
        }
        return files;
    }

    private static boolean isSame(SortedMap<String, byte[]> one, SortedMap<String, byte[]> other) {
        return one.keySet().equals(other.keySet())
                && one.keySet().stream().allMatch(name -> Arrays.equals(one.get(name), other.get(name)));
    }

    private void awaitCopy(String what, SortedMap<String, byte[]> wanted, TestNode node) throws Exception {
        Eventually.holds(what, LIMIT, () -> isSame(wanted, files(node)));
    }

    private double recorded(TestNode node) throws IOException, InterruptedException {
        return node.dvr().recordedSeconds(CAMERA);
    }

    private List<DvrClient.Entry> earlier(TestNode node) throws IOException, InterruptedException {
        return node.dvr().entries(DvrClient.past(CAMERA, first, EARLIER));
    }

    @Test
    void theCopyIsTheArchiveAndGivesItBack() throws Exception {
        List<FlvTag> tags = FlvFile.read(clips.standard()).tags().stream()
                .filter(tag -> tag.timestampMillis() < CLIP_MILLIS)
                .toList();
        try (PacedPublish publish =
                PacedPublish.start(origin.server(), "live", "camera", PacedPublish.inRealTime(tags))) {
            publish.await(LIMIT);
        }
        Eventually.holds("the publish has ended", LIMIT, () -> !origin.dvr().isLive(CAMERA));
        SortedMap<String, byte[]> wanted = files(origin);
        assertTrue(wanted.size() >= 4, wanted.keySet()::toString);
        awaitCopy("all is copied", wanted, secondary);
        long media = wanted.entrySet().stream()
                .filter(file -> file.getKey().endsWith(".mp4"))
                .mapToLong(file -> file.getValue().length)
                .sum();
        List<DvrClient.Entry> entries = earlier(origin);
        double seconds = recorded(origin);

        origin.kill();
        assertEquals(entries, earlier(secondary));
        assertEquals(seconds, recorded(secondary), 0.001);
        String segment = CAMERA + '/' + entries.get(0).uri();
        byte[] bytes = secondary.dvr().bytes(segment);

        try (Stream<Path> lost = Files.walk(origin.archive())) {
            lost.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        }
        origin.start();
        awaitCopy("all is restored", wanted, origin);
        assertArrayEquals(bytes, origin.dvr().bytes(segment));
        assertEquals(wanted.keySet(), files(secondary).keySet());
        System.out.println(media + " bytes of media were copied and restored");
    }
}
