package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.FaultyDisk;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.UtcRange;

/** Twenty publishes of 1.5 Mbit/s, 3.8 MB/s together, onto a disk that takes 1 MB/s. */
class SlowDiskTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long FIRST = 448_838_400L;
    private static final int STREAMS = 20;
    private static final int FRAME_BYTES = 38_000;
    private static final int DISK_BYTES_PER_SECOND = 1_000_000;
    private static final long MOST_BYTES = 16 << 20;
    /** Two segments of every stream. */
    private static final long MOST_SEGMENTS_BYTES = STREAMS * 2 * 5 * 4 * FRAME_BYTES;

    @TempDir
    Path root;

    private final CountingMeter meter = new CountingMeter();
    private final ByteBudget memory = new ByteBudget(MOST_BYTES);
    private final ByteBudget segments = new ByteBudget(MOST_SEGMENTS_BYTES);
    private final Queue<Runnable> writer = new ArrayDeque<>();
    private final AtomicInteger ended = new AtomicInteger();
    private long nowMicros = FIRST * 4_000_000;

    /** With threads and a heap of its own, less than half of what is sent. */
    @Test
    void aSmallHeapIsEnoughAndNoPublisherIsHeldUp() throws IOException, InterruptedException {
        Map<String, String> found = server("-Xmx96m");
        long sent = Long.parseLong(found.get("sent_bytes"));
        long written = Long.parseLong(found.get("written_bytes"));
        assertTrue(sent > 220_000_000, found.toString());
        assertTrue(written > 30_000_000 && written < 120_000_000, found.toString());
        assertEquals(16 << 20, Long.parseLong(found.get("limit_bytes")), found.toString());
        assertTrue(Long.parseLong(found.get("dropped_packets")) > 1_000, found.toString());
        // A publisher that is held up for ten seconds is cut off by its encoder or by Red5; a collection takes less.
        assertTrue(Long.parseLong(found.get("slowest_call_millis")) < 1_000, found.toString());
        assertEquals("[OVERLOADED]", found.get("reasons"), found.toString());
        assertEquals(0, Long.parseLong(found.get("unrecorded_streams")), found.toString());
        // The holes before the first and after the last segment of each stream are not counted.
        long seconds = Long.parseLong(found.get("recorded_frames")) / 5 + Long.parseLong(found.get("missing_seconds"));
        long published = SlowDiskServer.STREAMS * SlowDiskServer.SECONDS;
        assertTrue(seconds > published / 3 && seconds <= published, found.toString());
    }

    private Map<String, String> server(String heap) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        heap,
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SlowDiskServer.class.getName(),
                        root.toString())
                .redirectErrorStream(true)
                .redirectOutput(root.resolve("server.log").toFile())
                .start();
        try {
            assertTrue(process.waitFor(90, TimeUnit.SECONDS), "it does not end");
            String log = Files.readString(root.resolve("server.log"));
            assertEquals(0, process.exitValue(), log);
            return log.lines()
                    .filter(line -> line.matches("[a-z_]+=.*"))
                    .map(line -> line.split("=", 2))
                    .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        } finally {
            process.destroyForcibly();
        }
    }

    /** In one thread, so that each step can be looked at; the clock is the test's. */
    @Test
    void memoryStaysBoundedAndWhatDidNotFitIsAHoleThatSaysSo() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (LocalArchive archive =
                new LocalArchive(stream -> Optional.of(root), List.of(root), GRID, ArchiveOptions.DEFAULT.with(disk))) {
            List<StreamRecorder> recorders = new ArrayList<>();
            List<TestEncoder> encoders = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                recorders.add(recorder(archive, stream(i)));
                encoders.add(new TestEncoder(FIRST * 4_000, FRAME_BYTES));
            }
            long most = 0;
            for (int second = 1; second <= 60; second++) {
                for (int i = 0; i < STREAMS; i++) {
                    publish(recorders.get(i), encoders.get(i).until(second));
                }
                most = Math.max(most, memory.usedBytes());
                writeForASecond((long) second * DISK_BYTES_PER_SECOND);
            }
            recorders.forEach(StreamRecorder::end);
            writeForASecond(Long.MAX_VALUE);
            assertTrue(most <= MOST_BYTES, "waited at most: " + most);
            assertTrue(most > MOST_BYTES / 2, "waited at most: " + most);
            assertTrue(meter.dropped > 0);
            assertEquals(0, memory.usedBytes());
            assertEquals(0, segments.usedBytes());
            assertEquals(STREAMS, ended.get());
            assertTrue(meter.ends.contains(GapReason.OVERLOADED));
            for (int i = 0; i < STREAMS; i++) {
                for (TakeEnd end : archive.find(stream(i), new UtcRange(0, nowMicros * 2))
                        .orElseThrow()
                        .ends()) {
                    assertTrue(
                            end.reason() == GapReason.OVERLOADED || end.reason() == GapReason.NOT_PUBLISHED,
                            end.toString());
                }
            }
        }
    }

    /** The writer does what it gets done: each of its tasks is one stream's turn. */
    private void writeForASecond(long untilBytes) {
        for (Runnable task = writer.poll(); task != null; task = meter.bytes < untilBytes ? writer.poll() : null) {
            task.run();
        }
    }

    private void publish(StreamRecorder recorder, List<Packet> packets) {
        for (Packet packet : packets) {
            nowMicros = packet.arrivalUtcMicros();
            recorder.video(packet.timestampMillis(), packet.body());
        }
    }

    private StreamRecorder recorder(LocalArchive archive, StreamKey stream) {
        Ingest ingest = new Ingest(stream, GRID, new ToArchive(archive, root, stream), meter);
        return new StreamRecorder(
                stream,
                ingest,
                writer::add,
                new RecordingMemory(memory, segments),
                meter,
                () -> nowMicros,
                recorder -> ended.incrementAndGet());
    }

    private static StreamKey stream(int number) {
        return new StreamKey("live", "camera" + number);
    }
}
