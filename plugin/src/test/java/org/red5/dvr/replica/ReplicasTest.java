package org.red5.dvr.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/** What is copied from a server to another, by following and by comparing, and what is not. */
class ReplicasTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final StreamKey OTHER = new StreamKey("test", "camera");
    /** The first cell of an hour. */
    private static final long NOON = 440_955_000;

    private static final String RECORDS = "stream * { dvr ARCHIVE 10h; }\n";

    @TempDir
    Path folder;

    private ReplicaNet net;
    private ReplicaNet.Server origin;
    private ReplicaNet.Server secondary;

    @BeforeEach
    void start() {
        net = new ReplicaNet(folder, ReplicaNet.GRID.startUtcMicros(NOON - 5));
        origin = net.server("origin", RECORDS + "source secondary:80 { dvr ARCHIVE 10h; }");
        secondary = net.server("secondary", "source origin:80 { dvr ARCHIVE 5h; only live/*; }");
        origin.start();
        secondary.start();
    }

    @AfterEach
    void close() {
        net.close();
    }

    private void pass(int cells) {
        net.time.pass(Duration.ofMillis((long) cells * ReplicaNet.GRID.periodMillis()));
    }

    private void record(ReplicaNet.Publish publish, int segments) throws IOException {
        for (int i = 0; i < segments; i++) {
            pass(1);
            publish.next();
        }
    }

    /** Records a take that is over. */
    private void record(StreamKey stream, int segments) throws IOException {
        ReplicaNet.Publish publish = origin.publish(stream, segments);
        record(publish, segments);
        publish.end();
        pass(1);
    }

    private static void assertSame(SortedMap<String, byte[]> wanted, SortedMap<String, byte[]> found) {
        assertEquals(wanted.keySet(), found.keySet());
        wanted.forEach((path, bytes) -> assertArrayEquals(bytes, found.get(path), path));
    }

    private long mediaBytes(ReplicaNet.Server server) throws IOException {
        long bytes = 0;
        for (Map.Entry<String, byte[]> file : server.files().entrySet()) {
            bytes += file.getKey().endsWith(".mp4") ? file.getValue().length : 0;
        }
        return bytes;
    }

    @Test
    void whatIsPublishedIsThereWhenItIsWritten() throws IOException {
        ReplicaNet.Publish publish = origin.publish(CAMERA, 10);
        publish.next();
        pass(1);
        for (int i = 1; i < 10; i++) {
            publish.next();
            long number = NOON - 5 + i;
            TakeId take = TakeId.parse(origin.files().firstKey().replaceFirst(".*/(.*)\\..*", "$1"))
                    .orElseThrow();
            assertTrue(
                    secondary
                            .archive()
                            .segment(CAMERA, take, number, Part.MUXED)
                            .isPresent(),
                    "segment " + number);
            pass(1);
        }
        publish.end();
        pass(1);
        assertEquals(4, origin.files().size(), "in two hours");
        assertSame(origin.files(), secondary.files());
        assertEquals(Map.of(), Map.of("segment", 0).equals(net.asked) ? net.asked : Map.of());
        assertTrue(net.movedBytes <= mediaBytes(origin), net.movedBytes + " bytes of " + mediaBytes(origin));
        assertEquals(null, net.asked.get("segment"), "each came with the news of it");
    }

    @Test
    void whatWasMissedIsFetchedOnceAndOnlyWhatIsToBeCopied() throws IOException {
        secondary.stop();
        record(OTHER, 3);
        record(CAMERA, 20);
        secondary.start();
        net.settle();
        SortedMap<String, byte[]> wanted = origin.files();
        wanted.keySet().removeIf(path -> path.startsWith("test/"));
        assertSame(wanted, secondary.files());
        assertTrue(net.movedBytes <= mediaBytes(origin), net.movedBytes + " bytes");
        Map<String, Integer> before = Map.copyOf(net.asked);
        net.settle();
        assertEquals(before.get("openIndex"), net.asked.get("openIndex"), "nothing is asked for again");
        assertEquals(before.get("segment"), net.asked.get("segment"));
    }

    @Test
    void anOutageWhileItIsPublishedLeavesNoHole() throws IOException {
        ReplicaNet.Publish publish = origin.publish(CAMERA, 30);
        record(publish, 8);
        net.cut("origin", "secondary");
        record(publish, 8);
        net.heal();
        record(publish, 8);
        secondary.replicas.backfill();
        record(publish, 6);
        publish.end();
        pass(1);
        net.settle();
        assertSame(origin.files(), secondary.files());
        assertTrue(net.movedBytes <= mediaBytes(origin), net.movedBytes + " bytes of " + mediaBytes(origin));
    }

    @Test
    void aServerThatLostItsDiskGetsItsTakesBackAndGoesOnRecording() throws IOException {
        record(CAMERA, 12);
        SortedMap<String, byte[]> before = origin.files();
        assertSame(before, secondary.files());
        origin.stop();
        origin.wipe();
        pass(2);
        origin.start();
        ReplicaNet.Publish publish = origin.publish(CAMERA, 6);
        record(publish, 3);
        origin.replicas.backfill();
        record(publish, 3);
        publish.end();
        pass(1);
        net.settle();
        SortedMap<String, byte[]> now = origin.files();
        before.forEach((path, bytes) -> assertArrayEquals(bytes, now.get(path), path));
        assertSame(now, secondary.files());
    }

    @Test
    void aCrashOfTheSourceIsEndedWhenItIsBack() throws IOException {
        ReplicaNet.Publish publish = origin.publish(CAMERA, 20);
        record(publish, 8);
        origin.stop();
        pass(3);
        assertTrue(secondary.files().keySet().stream().anyMatch(path -> path.endsWith(".here")), "its end may come");
        origin.start();
        net.settle();
        assertSame(origin.files(), secondary.files());
    }

    @Test
    void whatALimitHasDeletedDoesNotComeBack() throws IOException {
        record(CAMERA, 12);
        net.time.pass(Duration.ofHours(2));
        record(CAMERA, 3);
        net.settle();
        assertSame(origin.files(), secondary.files());
        net.time.pass(Duration.ofHours(4));
        secondary.expiry.sweep();
        net.time.pass(Duration.ofSeconds(31));
        secondary.expiry.sweep();
        SortedMap<String, byte[]> left = secondary.files();
        assertEquals(2, left.size(), left.keySet()::toString);
        net.settle();
        assertSame(left, secondary.files());
        assertEquals(6, origin.files().size(), "whose limit is another one");
    }

    @Test
    void whatIsDamagedComesAgain() throws IOException {
        record(CAMERA, 12);
        net.settle();
        SortedMap<String, byte[]> wanted = origin.files();
        secondary.stop();
        Path media = secondary.root.resolve(wanted.keySet().stream()
                .filter(path -> path.endsWith(".mp4"))
                .findFirst()
                .orElseThrow());
        byte[] bytes = Files.readAllBytes(media);
        bytes[bytes.length - 10] ^= 1;
        Files.write(media, bytes);
        secondary.start();
        net.settle();
        assertSame(wanted, secondary.files());
    }

    @Test
    void whatIsMissingComesInTheOrderAndAtTheSpeedThatAreConfigured() throws IOException {
        ReplicaNet.Server slow =
                net.server("slow", "source origin:80 { dvr ARCHIVE 10h; backfill oldest; replication_speed 8k; }");
        record(CAMERA, 12);
        net.time.pass(Duration.ofHours(1));
        record(CAMERA, 3);
        net.movedBytes = 0;
        long began = net.time.micros();
        slow.start();
        slow.replicas.backfill();
        assertSame(origin.files(), slow.files());
        long took = (net.time.micros() - began) / 1_000;
        assertEquals(net.movedBytes, took, 5.0, "a byte is a millisecond");
    }
}
