package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.ArchiveOptions;
import org.red5.dvr.archive.FaultyDisk;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** Twenty publishes of 1.5 Mbit/s, 3.8 MB/s together, onto a disk that takes 1 MB/s; the clock is the test's. */
class SlowDiskTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long FIRST = 448_838_400L;
    private static final int STREAMS = 20;
    private static final int FRAME_BYTES = 38_000;
    private static final int DISK_BYTES_PER_SECOND = 1_000_000;
    private static final long MOST_BYTES = 16 << 20;

    @TempDir
    Path root;

    private final CountingMeter meter = new CountingMeter();
    private final ByteBudget memory = new ByteBudget(MOST_BYTES);
    private final Queue<Runnable> writer = new ArrayDeque<>();
    private final AtomicInteger ended = new AtomicInteger();
    private long nowMicros = FIRST * 4_000_000;

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
        Ingest ingest = new Ingest(stream, GRID, new ToArchive(archive, stream), meter);
        return new StreamRecorder(
                stream, ingest, writer::add, memory, meter, () -> nowMicros, recorder -> ended.incrementAndGet());
    }

    private static StreamKey stream(int number) {
        return new StreamKey("live", "camera" + number);
    }

    private record ToArchive(LocalArchive archive, StreamKey stream) implements Ingest.Output {
        @Override
        public long lastNumber() throws IOException {
            return archive.lastNumber(stream).orElse(Long.MIN_VALUE);
        }

        @Override
        public long usableBytes() throws IOException {
            return archive.usableBytes(stream);
        }

        @Override
        public TakeWriter begin(long startUtcMicros, InitSegment init) throws IOException {
            return archive.begin(stream, TakeId.of(startUtcMicros, "test"), init, ByteBuffer.allocateDirect(64 << 10));
        }
    }
}
