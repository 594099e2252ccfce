package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.slf4j.LoggerFactory;

/** One publish, with the writer's thread replaced by a list of tasks, so that it is as slow as a test wants it. */
class StreamRecorderTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long CELL = 448_838_325L;

    @TempDir
    Path root;

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<StreamRecorder> ended = new ArrayList<>();
    private final CountingMeter meter = new CountingMeter();
    private LocalArchive archive;
    private StreamRecorder recorder;
    private int nowMillis;
    private int frames;
    private boolean closed;
    private boolean defective;
    private int defects;

    @BeforeEach
    void open() {
        ((Logger) LoggerFactory.getLogger(StreamRecorder.class)).setLevel(Level.OFF);
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
        recorder = new StreamRecorder(
                STREAM,
                new Ingest(STREAM, GRID, new ToArchive(), meter),
                this::execute,
                new RecordingMemory(new ByteBudget(Long.MAX_VALUE), new ByteBudget(Long.MAX_VALUE)),
                new CountingMeter(),
                () -> GRID.startUtcMicros(CELL) + nowMillis * 1_000L,
                ended::add);
        video(Bodies.VIDEO_CONFIG);
    }

    @AfterEach
    void close() {
        archive.close();
        ((Logger) LoggerFactory.getLogger(StreamRecorder.class)).setLevel(null);
    }

    @Test
    void recordsWhatCameInBeforeTheEnd() throws IOException {
        publishUntil(10_000, 20);
        recorder.end();
        assertEquals(List.of(), ended);
        work();
        assertEquals(List.of(recorder), ended);
        assertEquals(IntStream.range(0, frames).boxed().toList(), recorded().numbers(Part.VIDEO));
        assertEquals(List.of("NOT_PUBLISHED"), recorded().reasons());
    }

    @Test
    void wakesTheWriterTwiceASecondAndAtKeyFrames() {
        work();
        int wakes = 0;
        for (nowMillis = 1_000; nowMillis < 11_000; nowMillis += 20) {
            recorder.audio(nowMillis, Bodies.audio(0));
            wakes += tasks.size();
            work();
        }
        assertEquals(20, wakes);
        video(Bodies.video(0, false, 0, 10));
        assertEquals(1, tasks.size(), "half a second has passed again");
        work();
        video(Bodies.video(1, false, 0, 10));
        assertEquals(0, tasks.size());
        video(Bodies.video(2, true, 0, 10));
        assertEquals(1, tasks.size());
    }

    @Test
    void asksForTheWriterOnlyOnceWhileItIsBusy() {
        publishUntil(8_000, 20);
        assertEquals(1, tasks.size());
        work();
        publishUntil(8_400, 20);
        assertEquals(1, tasks.size(), "a key frame came, at 8 s");
    }

    @Test
    void theWriterIsWokenThoughTheClockWasSetBack() {
        nowMillis = 100_000;
        recorder.audio(0, Bodies.audio(0));
        work();
        nowMillis = 50_000;
        recorder.audio(20, Bodies.audio(1));
        assertEquals(1, tasks.size());
    }

    @Test
    void aWriterThatDoesNotKeepUpLeavesAHoleAndGoesOnAtAKeyFrame() throws IOException {
        publishUntil(9_000, 20_000);
        work();
        int before = frames;
        publishUntil(40_000, 20_000);
        work();
        assertTrue(frames - before > 8 * 1_024 * 1_024 / 20_100, "more than the queue holds");
        publishUntil(48_000, 20_000);
        recorder.end();
        work();
        RecordedStream recorded = recorded();
        assertEquals(List.of("OVERLOADED", "NOT_PUBLISHED"), recorded.reasons());
        assertEquals(2, recorded.takes(CELL).size());
        List<Integer> numbers = recorded.numbers(Part.VIDEO);
        int holes = 0;
        for (int i = 1; i < numbers.size(); i++) {
            if (numbers.get(i) != numbers.get(i - 1) + 1) {
                holes++;
                assertEquals(0, numbers.get(i) % 50, "goes on at a key frame");
            }
        }
        assertEquals(1, holes);
        assertEquals(frames - 1, numbers.get(numbers.size() - 1));
    }

    @Test
    void whatIsLostAtTheEndIsToldOfToo() throws IOException {
        publishUntil(40_000, 20_000);
        recorder.end();
        work();
        assertEquals(List.of("OVERLOADED"), recorded().reasons());
    }

    @Test
    void endsOnceAndIgnoresWhatComesLater() throws IOException {
        publishUntil(5_000, 20);
        recorder.end();
        recorder.end(GapReason.SERVER_DOWN);
        recorder.end();
        int sent = frames;
        publishUntil(9_000, 20);
        work();
        recorder.end();
        work();
        publishUntil(12_000, 20);
        work();
        assertEquals(sent, recorded().numbers(Part.VIDEO).size());
        assertEquals(List.of("NOT_PUBLISHED"), recorded().reasons());
        assertFalse(recorded().live());
    }

    @Test
    void emptyAndTinyPacketsDoNoHarm() throws IOException {
        recorder.video(0, new byte[0]);
        recorder.audio(0, new byte[0]);
        recorder.video(0, new byte[] {0x17});
        publishUntil(3_000, 20);
        recorder.end();
        work();
        assertEquals(frames, recorded().numbers(Part.VIDEO).size());
    }

    @Test
    void afterADefectItsFilesAreFreeAndRecordingBeginsAnew() throws IOException {
        publishUntil(6_000, 20);
        work();
        assertTrue(recorded().live());
        defective = true;
        recorder.video(nowMillis, Bodies.OTHER_VIDEO_CONFIG);
        publishUntil(40_000, 20);
        work();
        assertEquals(List.of(), ended);
        assertFalse(recorded().live());
        assertTrue(defects >= 1 && defects <= 4, defects + " tries in half a minute");
        assertEquals(Map.of(STREAM, GapReason.DAMAGED), meter.failing);
        assertEquals(List.of("CONFIGURATION_CHANGED", "DAMAGED"), recorded().reasons());
        defective = false;
        publishUntil(70_000, 20);
        work();
        assertTrue(recorded().live());
        assertEquals(Map.of(), meter.failing);
        recorder.end();
        work();
        assertEquals(List.of(recorder), ended);
        assertEquals(List.of("1280x720 -", "640x360 -"), recorded().tracks());
        assertEquals(
                frames - 1,
                recorded()
                        .numbers(Part.VIDEO)
                        .get(recorded().numbers(Part.VIDEO).size() - 1));
    }

    @Test
    void aDefectAtTheEndDoesNotKeepItFromEnding() throws IOException {
        defective = true;
        publishUntil(3_000, 20);
        recorder.end();
        work();
        assertEquals(List.of(recorder), ended);
        assertEquals(List.of("DAMAGED"), recorded().reasons());
    }

    /** Others wait for the same thread. */
    @Test
    void worksOffASegmentOrAMegabyteAtATime() throws IOException {
        publishUntil(60_000, 20);
        int turns = 0;
        while (!tasks.isEmpty()) {
            int before = meter.segments;
            tasks.remove().run();
            assertTrue(tasks.size() <= 1);
            assertTrue(meter.segments <= before + 1);
            turns++;
        }
        assertTrue(turns >= 15, turns + " turns for 15 segments");
        publishUntil(63_000, 80_000);
        tasks.remove().run();
        assertEquals(1, tasks.size(), "a segment of 8 MB takes several turns");
    }

    @Test
    void whatWaitsWhenTheServerGoesDownIsWorkedOffAtOnce() throws IOException {
        publishUntil(60_000, 20);
        recorder.end();
        closed = true;
        tasks.remove().run();
        assertEquals(List.of(recorder), ended);
        assertEquals(frames, recorded().numbers(Part.VIDEO).size());
    }

    @Test
    void packetsAfterTheArchiveWasClosedDoNoHarm() {
        closed = true;
        publishUntil(5_000, 20);
        recorder.end();
        assertEquals(List.of(), ended);
    }

    private void execute(Runnable task) {
        if (closed) {
            throw new RejectedExecutionException("closed");
        }
        tasks.add(task);
    }

    private void work() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    private void video(byte[] body) {
        recorder.video(nowMillis, body);
    }

    /** A frame every 40 ms, a key frame every two seconds. */
    private void publishUntil(int untilMillis, int bytes) {
        for (; nowMillis < untilMillis; nowMillis += 40) {
            video(Bodies.video(frames, frames % 50 == 0, 0, bytes));
            frames++;
        }
    }

    private RecordedStream recorded() throws IOException {
        return new RecordedStream(archive, STREAM);
    }

    private final class ToArchive implements Ingest.Output {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);

        @Override
        public long lastNumber() throws IOException {
            return archive.lastNumber(STREAM).orElse(Long.MIN_VALUE);
        }

        @Override
        public TakeWriter begin(long startUtcMicros, InitSegment init) throws IOException {
            if (defective) {
                defects++;
                throw new IllegalStateException("a defect");
            }
            return archive.begin(STREAM, TakeId.of(startUtcMicros, "test"), init, buffer);
        }

        @Override
        public long usableBytes() {
            return Long.MAX_VALUE;
        }

        @Override
        public void notRecorded(long sinceUtcMicros, GapReason reason) {
            archive.notRecorded(root, STREAM, TakeId.of(sinceUtcMicros, "test"), sinceUtcMicros, reason);
        }

        @Override
        public String place() {
            return "the archive";
        }
    }
}
