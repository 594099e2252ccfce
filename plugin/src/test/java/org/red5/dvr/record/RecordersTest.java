package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.Disk;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

/** Publishes on threads of their own, written by the real writer threads to real directories. */
class RecordersTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long CELL = 448_838_325L;
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final StreamKey UNRECORDED = new StreamKey("live", "secret");

    @TempDir
    Path root;

    private final AtomicLong nowMillis = new AtomicLong();
    private LocalArchive archive;
    private Recorders recorders;

    @BeforeEach
    void open() {
        archive = new LocalArchive(this::rootOf, List.of(root.resolve("one"), root.resolve("two")), GRID);
        recorders = new Recorders(
                archive,
                this::rootOf,
                GRID,
                "origin",
                () -> GRID.startUtcMicros(CELL) + nowMillis.get() * 1_000,
                (path, load) -> new CountingMeter());
    }

    @AfterEach
    void close() {
        recorders.close();
        archive.close();
    }

    @Test
    void recordsOnlyWhatIsConfigured() {
        assertEquals(Optional.empty(), recorders.open(UNRECORDED));
        assertTrue(recorders.open(STREAM).isPresent());
        assertFalse(Files.exists(root.resolve("one")), "nothing is created before there is something to record");
    }

    @Test
    void streamsOfManyPublishersAreStoredApart() throws Exception {
        List<StreamKey> streams = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            streams.add(new StreamKey(i % 2 == 0 ? "live" : "other", i / 2 + "/../camera"));
        }
        ExecutorService publishers = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Integer>> publishes = new ArrayList<>();
            for (StreamKey stream : streams) {
                publishes.add(() -> publish(recorders.open(stream).orElseThrow(), streams.indexOf(stream) * 10_000));
            }
            for (Future<Integer> publish : publishers.invokeAll(publishes, 30, TimeUnit.SECONDS)) {
                assertEquals(500, publish.get());
            }
        } finally {
            publishers.shutdownNow();
        }
        recorders.close();
        assertEquals(streams.stream().sorted().toList(), archive.streams());
        for (StreamKey stream : streams) {
            int first = streams.indexOf(stream) * 10_000;
            assertEquals(
                    IntStream.range(first, first + 500).boxed().toList(),
                    new RecordedStream(archive, stream).numbers(Part.VIDEO),
                    stream.toString());
            assertEquals(List.of("NOT_PUBLISHED"), new RecordedStream(archive, stream).reasons());
        }
    }

    @Test
    void closingEndsAllAsAServerThatGoesDown() throws IOException {
        StreamSink sink = recorders.open(STREAM).orElseThrow();
        sendUntil(sink, 0, 9_000, Bodies.VIDEO_CONFIG);
        recorders.close();
        recorders.close();
        sendUntil(sink, 9_000, 12_000, Bodies.VIDEO_CONFIG);
        sink.end();
        RecordedStream recorded = new RecordedStream(archive, STREAM);
        assertEquals(List.of("SERVER_DOWN"), recorded.reasons());
        assertEquals(225, recorded.numbers(Part.VIDEO).size());
        assertTrue(recorded.segments().get(0).take().value().endsWith("Z-origin"));
    }

    @Test
    void aStreamIsLiveFromItsFirstSegmentToItsEndBetweenTakesToo() throws IOException {
        StreamSink sink = recorders.open(STREAM).orElseThrow();
        sendUntil(sink, 0, 5_000, Bodies.VIDEO_CONFIG);
        await(() -> holdings().map(Holdings::live).orElse(false));
        sendUntil(sink, 5_000, 9_000, Bodies.OTHER_VIDEO_CONFIG);
        await(() -> !holdings().orElseThrow().ends().isEmpty());
        assertTrue(holdings().orElseThrow().live());
        sendUntil(sink, 9_000, 16_000, Bodies.OTHER_VIDEO_CONFIG);
        await(() -> new RecordedStream(archive, STREAM).takes(CELL).size() == 2);
        assertTrue(holdings().orElseThrow().live());
        sink.end();
        await(() -> !holdings().orElseThrow().live());
    }

    @Test
    void aNewPublishTakesOverWhileTheOldOneStillWrites() throws IOException {
        StreamSink old = recorders.open(STREAM).orElseThrow();
        sendUntil(old, 0, 9_000, Bodies.VIDEO_CONFIG);
        StreamSink next = recorders.open(STREAM).orElseThrow();
        old.end();
        sendUntil(next, 9_000, 20_000, Bodies.VIDEO_CONFIG);
        next.end();
        recorders.close();
        RecordedStream recorded = new RecordedStream(archive, STREAM);
        assertEquals(List.of("0..2", "3..5"), recorded.takes(CELL));
        assertEquals(List.of("NOT_PUBLISHED", "NOT_PUBLISHED"), recorded.reasons());
        assertFalse(recorded.live());
        assertEquals(
                List.of(0, 1),
                List.of(
                        ordinal(recorded.segments().get(0)),
                        ordinal(recorded.segments().get(4))));
    }

    @Test
    void aTakePassesOverNumbersThatOtherServersAreKnownToHave() throws IOException {
        recorders.close();
        List<StreamKey> begun = new ArrayList<>();
        OtherTakes other = new OtherTakes() {
            @Override
            public void publishBegins(StreamKey stream) {
                begun.add(stream);
            }

            @Override
            public boolean have(StreamKey stream, long number) {
                return begun.equals(List.of(STREAM)) && stream.equals(STREAM) && number == CELL;
            }
        };
        recorders = new Recorders(
                archive,
                this::rootOf,
                GRID,
                "origin",
                () -> GRID.startUtcMicros(CELL) + nowMillis.get() * 1_000,
                (path, load) -> new CountingMeter(),
                other);
        StreamSink sink = recorders.open(STREAM).orElseThrow();
        sendUntil(sink, 0, 20_000, Bodies.VIDEO_CONFIG);
        sink.end();
        recorders.close();
        RecordedStream recorded = new RecordedStream(archive, STREAM);
        assertEquals(List.of("1..4"), recorded.takes(CELL));
        assertEquals(500, recorded.numbers(Part.VIDEO).size());
    }

    /** A disk that is told to keep a file may take its time for it. */
    @Test
    void aWriteThatStandsStillHoldsUpFewOtherStreams() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        Disk disk = new Disk() {
            @Override
            public FileChannel create(Path file) throws IOException {
                try {
                    if (file.toString().contains("stuck") && !released.await(60, TimeUnit.SECONDS)) {
                        throw new IOException("never released");
                    }
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return Disk.LOCAL.create(file);
            }

            @Override
            public FileChannel open(Path file) throws IOException {
                return Disk.LOCAL.open(file);
            }

            @Override
            public long usableBytes(Path file) throws IOException {
                return Disk.LOCAL.usableBytes(file);
            }
        };
        recorders.close();
        archive.close();
        archive = new LocalArchive(this::rootOf, List.of(root.resolve("one")), GRID, ArchiveOptions.DEFAULT.with(disk));
        recorders = new Recorders(
                archive,
                this::rootOf,
                GRID,
                "origin",
                () -> GRID.startUtcMicros(CELL) + nowMillis.get() * 1_000,
                (path, load) -> new CountingMeter());
        StreamSink stuck = recorders.open(new StreamKey("live", "stuck")).orElseThrow();
        publish(stuck, 0);
        List<StreamKey> others = IntStream.range(0, 32)
                .mapToObj(i -> new StreamKey("live", "camera" + i))
                .toList();
        for (StreamKey other : others) {
            nowMillis.set(0);
            publish(recorders.open(other).orElseThrow(), 0);
        }
        await(() -> countRecorded(others) >= 24);
        assertEquals(0, countRecorded(List.of(new StreamKey("live", "stuck"))));
        released.countDown();
        await(() -> countRecorded(others) == 32 && countRecorded(List.of(new StreamKey("live", "stuck"))) == 1);
    }

    /** What a stream in a directory of its own costs is a thread and a buffer. */
    @Test
    void manyRootsTakeNoMoreThreadsThanStreams() throws Exception {
        recorders.close();
        recorders = new Recorders(
                archive,
                stream -> Optional.of(root.resolve(stream.name())),
                GRID,
                "origin",
                () -> GRID.startUtcMicros(CELL) + nowMillis.get() * 1_000,
                (path, load) -> new CountingMeter());
        for (int i = 0; i < 20; i++) {
            recorders.prepare(root.resolve("camera" + i));
        }
        long before = directBytes();
        for (int i = 0; i < 20; i++) {
            StreamSink sink =
                    recorders.open(new StreamKey("live", "camera" + i)).orElseThrow();
            sendUntil(sink, 0, 5_000, Bodies.VIDEO_CONFIG);
            sink.end();
        }
        await(() -> IntStream.range(0, 20).allMatch(i -> Files.isDirectory(root.resolve("camera" + i))));
        assertEquals(
                20,
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread ->
                                thread.getName().contains(root.resolve("camera").toString()))
                        .count());
        assertTrue(directBytes() - before < 20 * (1 << 20), "20 buffers of 256 KiB");
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    private long countRecorded(List<StreamKey> streams) throws IOException {
        long count = 0;
        for (StreamKey stream : streams) {
            count += archive.lastNumber(stream).isPresent() ? 1 : 0;
        }
        return count;
    }

    private int ordinal(Segment segment) throws IOException {
        return archive.take(STREAM, segment.take()).orElseThrow().ordinal();
    }

    /** Publishes twenty seconds of video, whose frames are numbered from a first one. */
    private int publish(StreamSink sink, int first) {
        sink.video(0, Bodies.VIDEO_CONFIG);
        for (int i = 0; i < 500; i++) {
            int millis = i * 40;
            nowMillis.accumulateAndGet(millis, Math::max);
            sink.video(millis, Bodies.video(first + i, i % 25 == 0, 0, 100));
        }
        sink.end();
        return 500;
    }

    private void sendUntil(StreamSink sink, int fromMillis, int untilMillis, byte[] configuration) {
        sink.video(fromMillis, configuration);
        for (int millis = fromMillis; millis < untilMillis; millis += 40) {
            nowMillis.set(millis);
            sink.video(millis, Bodies.video(millis / 40, millis % 1_000 == 0, 0, 100));
        }
    }

    private Optional<Holdings> holdings() throws IOException {
        return archive.find(STREAM, new UtcRange(0, Long.MAX_VALUE / 4));
    }

    private Optional<Path> rootOf(StreamKey stream) {
        return stream.equals(UNRECORDED)
                ? Optional.empty()
                : Optional.of(root.resolve(stream.app().equals("live") ? "one" : "two"));
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
