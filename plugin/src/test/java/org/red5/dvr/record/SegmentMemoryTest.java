package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/** A publisher whose media time stands still while it sends and sends: no segment of it comes to an end by itself. */
class SegmentMemoryTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long FIRST = 448_838_400L;
    private static final StreamKey FLOOD = new StreamKey("live", "flood");
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long MOST_BYTES = 8 << 20;
    private static final int FRAME_BYTES = 100_000;

    @TempDir
    Path root;

    private final RecordingMemory memory =
            new RecordingMemory(new ByteBudget(Long.MAX_VALUE), new ByteBudget(MOST_BYTES));
    private final ArrayDeque<Runnable> writer = new ArrayDeque<>();
    private LocalArchive archive;
    private long nowMicros = FIRST * 4_000_000;

    @BeforeEach
    void open() {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
    }

    @AfterEach
    void close() {
        archive.close();
    }

    @Test
    void takesItsShareOfTheMemoryAndNoMore() throws IOException {
        StreamRecorder flood = recorder(FLOOD);
        StreamRecorder camera = recorder(CAMERA);
        TestEncoder encoder = new TestEncoder(FIRST * 4_000, 10_000);
        flood.video(0, Bodies.VIDEO_CONFIG);
        byte[] frame = Bodies.video(1, true, 0, FRAME_BYTES);
        long most = 0;
        for (int second = 1; second <= 20; second++) {
            for (Packet packet : encoder.until(second)) {
                nowMicros = packet.arrivalUtcMicros();
                camera.video(packet.timestampMillis(), packet.body());
                for (int i = 0; i < 20; i++) {
                    flood.video(0, frame);
                }
                work();
                most = Math.max(most, memory.segments().usedBytes());
            }
        }
        flood.end();
        camera.end();
        work();
        assertTrue(most > memory.mostSegmentBytes() / 2, "held at most: " + most);
        assertTrue(most <= MOST_BYTES / 2, "held at most: " + most);
        assertEquals(0, memory.segments().usedBytes());
        assertEquals("OVERLOADED", new RecordedStream(archive, FLOOD).reasons().get(0));
        assertEquals(List.of("0..4"), new RecordedStream(archive, CAMERA).takes(FIRST));
        assertEquals(List.of("NOT_PUBLISHED"), new RecordedStream(archive, CAMERA).reasons());
    }

    @Test
    void isRecordedAgainWhenItsTimeGoesOn() throws IOException {
        StreamRecorder flood = recorder(FLOOD);
        flood.video(0, Bodies.VIDEO_CONFIG);
        for (int i = 0; i < 100; i++) {
            nowMicros += 20_000;
            flood.video(0, Bodies.video(i, true, 0, FRAME_BYTES));
            work();
        }
        long start = nowMicros;
        for (int millis = 0; millis < 14_000; millis += 200) {
            nowMicros = start + millis * 1_000L;
            flood.video(millis, Bodies.video(millis, millis % 1_000 == 0, 0, 1_000));
            work();
        }
        flood.end();
        work();
        RecordedStream recorded = new RecordedStream(archive, FLOOD);
        // Stamps that stand still are spread by arrival, so it is tried again while the flood goes on.
        assertEquals("OVERLOADED", recorded.reasons().get(0));
        assertEquals("NOT_PUBLISHED", recorded.reasons().get(recorded.reasons().size() - 1));
        assertEquals(recorded.reasons().size(), recorded.takes(FIRST).size());
    }

    private StreamRecorder recorder(StreamKey stream) {
        CountingMeter meter = new CountingMeter();
        Ingest ingest = new Ingest(stream, GRID, new ToArchive(archive, root, stream), meter);
        return new StreamRecorder(stream, ingest, writer::add, memory, meter, () -> nowMicros, ended -> {});
    }

    private void work() {
        for (Runnable task = writer.poll(); task != null; task = writer.poll()) {
            task.run();
        }
    }
}
