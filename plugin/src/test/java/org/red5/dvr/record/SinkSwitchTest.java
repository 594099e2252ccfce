package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/** One publish with a frame every 40 ms and a key frame every second, while where it is recorded changes. */
class SinkSwitchTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long CELL = 448_838_325L;
    private static final StreamKey STREAM = new StreamKey("live", "camera");

    @TempDir
    Path home;

    private final AtomicLong nowMillis = new AtomicLong();
    private volatile Optional<Path> place = Optional.empty();
    private final SinkSwitch sinks = new SinkSwitch();
    private LocalArchive archive;
    private Recorders recorders;

    @BeforeEach
    void open() {
        archive = new LocalArchive(stream -> place, List.of(), GRID);
        recorders = recorders("origin");
    }

    private Recorders recorders(String node) {
        return new Recorders(
                archive,
                stream -> place,
                GRID,
                node,
                () -> GRID.startUtcMicros(CELL) + nowMillis.get() * 1_000,
                (path, load) -> new CountingMeter());
    }

    @AfterEach
    void close() {
        recorders.close();
        archive.close();
    }

    private void configure(Optional<Path> root) {
        place = root;
        archive.useRoots(root.stream().toList());
        sinks.use(recorders);
    }

    private StreamSink publish() {
        StreamSink sink = sinks.open(STREAM).orElseThrow();
        sink.video(0, Bodies.VIDEO_CONFIG);
        sink.audio(0, Bodies.AUDIO_CONFIG);
        return sink;
    }

    /** Frames are numbered by their time, so that those recorded tell when. */
    private void send(StreamSink sink, int fromMillis, int untilMillis) {
        for (int millis = fromMillis; millis < untilMillis; millis += 40) {
            nowMillis.set(millis);
            sink.video(millis, Bodies.video(millis / 40, millis % 1_000 == 0, 0, 100));
        }
    }

    private static List<Integer> frames(int fromMillis, int untilMillis) {
        return IntStream.range(fromMillis / 40, untilMillis / 40).boxed().toList();
    }

    @Test
    void aStreamThatIsRecordedFromNowOnBeginsAtTheNextKeyFrame() throws IOException {
        configure(Optional.empty());
        StreamSink sink = publish();
        send(sink, 0, 6_000);
        configure(Optional.of(home.resolve("one")));
        send(sink, 6_000, 20_000);
        sink.end();
        recorders.close();
        RecordedStream recorded = new RecordedStream(archive, STREAM);
        assertEquals(frames(6_000, 20_000), recorded.numbers(Part.VIDEO));
        assertEquals(List.of("2..5"), recorded.takes(CELL), "a number of a cell that had not begun yet");
        assertEquals(List.of("1280x720 48000"), recorded.tracks(), "with both configurations, sent long before");
        assertEquals(List.of("NOT_PUBLISHED"), recorded.reasons());
    }

    @Test
    void aStreamThatIsNotRecordedAnyMoreEndsAtOnceAndMayGoOnLater() throws IOException {
        configure(Optional.of(home));
        StreamSink sink = publish();
        send(sink, 0, 6_000);
        configure(Optional.empty());
        assertEquals(List.of(), archive.streams());
        assertEquals(Optional.empty(), archive.span(STREAM), "as after a new start with this configuration");
        send(sink, 6_000, 14_000);
        configure(Optional.of(home));
        send(sink, 14_000, 20_000);
        sink.end();
        recorders.close();
        RecordedStream recorded = new RecordedStream(archive, STREAM);
        assertEquals(
                Stream.concat(frames(0, 6_000).stream(), frames(14_000, 20_000).stream())
                        .toList(),
                recorded.numbers(Part.VIDEO));
        assertEquals(List.of("NOT_CONFIGURED", "NOT_PUBLISHED"), recorded.reasons());
    }

    @Test
    void aStreamMovesToAnotherDirectoryAndBack() throws IOException {
        configure(Optional.of(home.resolve("one")));
        StreamSink sink = publish();
        send(sink, 0, 6_000);
        configure(Optional.of(home.resolve("two")));
        send(sink, 6_000, 14_000);
        await(() -> archive.span(STREAM).isPresent());
        configure(Optional.of(home.resolve("one")));
        send(sink, 14_000, 20_000);
        sink.end();
        recorders.close();
        RecordedStream recorded = new RecordedStream(archive, STREAM);
        assertEquals(
                Stream.concat(frames(0, 6_000).stream(), frames(14_000, 20_000).stream())
                        .toList(),
                recorded.numbers(Part.VIDEO));
        assertFalse(recorded.live());
        configure(Optional.of(home.resolve("two")));
        RecordedStream other = new RecordedStream(archive, STREAM);
        assertEquals(frames(6_000, 14_000), other.numbers(Part.VIDEO));
        assertEquals(List.of("NOT_CONFIGURED"), other.reasons());
        assertFalse(other.live());
    }

    @Test
    void aChangeThatDoesNotConcernTheStreamLeavesItsTakeAlone() throws IOException {
        configure(Optional.of(home));
        StreamSink sink = publish();
        send(sink, 0, 6_000);
        configure(Optional.of(home));
        send(sink, 6_000, 12_000);
        sink.end();
        configure(Optional.of(home.resolve("two")));
        recorders.close();
        assertFalse(Files.exists(home.resolve("two")), "the publish is over");
        configure(Optional.of(home));
        RecordedStream recorded = new RecordedStream(archive, STREAM);
        assertEquals(List.of("0..2"), recorded.takes(CELL));
        assertEquals(frames(0, 12_000), recorded.numbers(Part.VIDEO));
    }

    @Test
    void nothingIsRecordedBeforeThereAreRecorders() throws IOException {
        place = Optional.of(home);
        StreamSink sink = publish();
        send(sink, 0, 6_000);
        try (Recorders before = recorders) {
            sinks.use(before);
            recorders = recorders("edge-1");
        }
        configure(place);
        send(sink, 6_000, 12_000);
        sink.end();
        recorders.close();
        RecordedStream recorded = new RecordedStream(archive, STREAM);
        assertEquals(frames(6_000, 12_000), recorded.numbers(Part.VIDEO));
        assertTrue(recorded.segments().get(0).take().value().endsWith("Z-edge-1"));
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < deadline, "not within 20 s");
            LockSupport.parkNanos(1_000_000);
        }
    }
}
