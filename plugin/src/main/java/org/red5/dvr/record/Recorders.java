package org.red5.dvr.record;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records every published stream that the configuration gives an archive. Each root has writer threads of its own, so
 * that a slow disk delays only the streams recorded on it, and several of them, so that a disk that is told to keep each
 * segment can be told of many at once. A stream is always written by the same thread.
 */
public final class Recorders implements StreamSinks, Closeable {
    private static final Logger log = LoggerFactory.getLogger(Recorders.class);
    private static final int CLOSE_SECONDS = 10;

    /** How many threads write below a root: a power of two. */
    private static final int LANE_BITS = 3;
    /** Spreads names that differ little (the golden ratio, as a fraction of 2^32). */
    private static final int SPREAD = 0x9e3779b9;

    /** What writes below a root, made when a stream needs it, and the memory of all its streams. */
    private record Writer(Path root, Map<Integer, WriterLane> lanes, RecordingMemory memory, RecordingMeter meter) {
        WriterLane lane(StreamKey stream) {
            int number = stream.hashCode() * SPREAD >>> Integer.SIZE - LANE_BITS;
            return lanes.computeIfAbsent(number, i -> new WriterLane("dvr-writer-" + i + ' ' + root));
        }
    }

    /** What a root's meter is told of. */
    private record Load(ByteBudget waiting, Map<Integer, WriterLane> lanes) implements RecordingMeters.Load {
        @Override
        public long waitingBytes() {
            return waiting.usedBytes();
        }

        @Override
        public long mostWaitingBytes() {
            return waiting.mostBytes();
        }

        @Override
        public long busyNanos() {
            return lanes.values().stream()
                    .mapToLong(WriterLane::busyNanos)
                    .max()
                    .orElse(0);
        }
    }

    private final LocalArchive archive;
    private final Function<StreamKey, Optional<Path>> rootOf;
    private final SegmentGrid grid;
    private final String node;
    private final LongSupplier utcMicros;
    private final RecordingMeters meters;
    private final OtherTakes otherTakes;
    private final long heapBytes = Runtime.getRuntime().maxMemory();
    private final ByteBudget waiting = new ByteBudget(RecordingMemory.mostWaitingBytesOfAll(heapBytes));
    private final ByteBudget segments = new ByteBudget(RecordingMemory.mostSegmentsBytes(heapBytes));
    private final Map<Path, Writer> writers = new ConcurrentHashMap<>();
    private final Set<StreamRecorder> running = ConcurrentHashMap.newKeySet();

    /**
     * @param rootOf where a stream is recorded, empty for one that is not
     * @param node this server's name, part of every take's id
     * @param utcMicros the clock, microseconds since the Unix epoch
     * @param meters what is recorded is counted there
     */
    public Recorders(
            LocalArchive archive,
            Function<StreamKey, Optional<Path>> rootOf,
            SegmentGrid grid,
            String node,
            LongSupplier utcMicros,
            RecordingMeters meters) {
        this(archive, rootOf, grid, node, utcMicros, meters, OtherTakes.NONE);
    }

    /** @param otherTakes says which numbers other servers' takes have */
    public Recorders(
            LocalArchive archive,
            Function<StreamKey, Optional<Path>> rootOf,
            SegmentGrid grid,
            String node,
            LongSupplier utcMicros,
            RecordingMeters meters,
            OtherTakes otherTakes) {
        this.otherTakes = otherTakes;
        this.archive = archive;
        this.rootOf = rootOf;
        this.grid = grid;
        this.node = node;
        this.utcMicros = utcMicros;
        this.meters = meters;
    }

    /** Gets ready to write below a root, so that it is known to the meters before the first stream is published. */
    public void prepare(Path root) {
        writers.computeIfAbsent(root, this::writer);
    }

    @Override
    public Optional<StreamSink> open(StreamKey stream) {
        return rootOf(stream).map(root -> record(stream, root, Long.MIN_VALUE));
    }

    /** Where a stream is to be recorded at present. */
    Optional<Path> rootOf(StreamKey stream) {
        return rootOf.apply(stream);
    }

    /** The first cell that has not begun. */
    long nextNumber() {
        return grid.numberAt(utcMicros.getAsLong()) + 1;
    }

    /**
     * Begins to record a stream below a root.
     *
     * @param firstNumber no take begins before this cell: the ones before may be taken by recordings below another root
     */
    StreamRecorder record(StreamKey stream, Path root, long firstNumber) {
        otherTakes.publishBegins(stream);
        Writer writer = writers.computeIfAbsent(root, this::writer);
        WriterLane lane = writer.lane(stream);
        ToArchive output = new ToArchive(root, stream, firstNumber, lane.buffer());
        Ingest ingest = new Ingest(stream, grid, output, writer.meter());
        StreamRecorder recorder =
                new StreamRecorder(stream, ingest, lane, writer.memory(), writer.meter(), utcMicros, ended -> {
                    running.remove(ended);
                    output.ended();
                    writer.meter().notFailing(stream);
                });
        running.add(recorder);
        return recorder;
    }

    /** Ends all recordings as a server that goes down does, and waits until they are written. */
    @Override
    public void close() {
        running.forEach(recorder -> recorder.end(GapReason.SERVER_DOWN));
        writers.values().forEach(writer -> writer.lanes().values().forEach(WriterLane::shutdown));
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        try {
            for (Map.Entry<Path, Writer> writer : writers.entrySet()) {
                boolean written = true;
                for (WriterLane lane : writer.getValue().lanes().values()) {
                    long leftNanos = Math.max(0, deadlineNanos - System.nanoTime());
                    written &= lane.awaitTermination(leftNanos, TimeUnit.NANOSECONDS);
                }
                if (!written) {
                    log.warn("{}: not everything was written within {} s", writer.getKey(), CLOSE_SECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Writer writer(Path root) {
        ByteBudget ofRoot = waiting.part(RecordingMemory.mostWaitingBytes(heapBytes));
        Map<Integer, WriterLane> lanes = new ConcurrentHashMap<>();
        RecordingMeter meter = meters.of(root, new Load(ofRoot, lanes));
        return new Writer(root, lanes, new RecordingMemory(ofRoot, segments), meter);
    }

    /** The way of one publish into the archive. Used by the writer's thread. */
    private final class ToArchive implements Ingest.Output {
        private final Path root;
        private final StreamKey stream;
        private final long firstNumber;
        private final ByteBuffer buffer;
        private Optional<Runnable> recording = Optional.empty();

        ToArchive(Path root, StreamKey stream, long firstNumber, ByteBuffer buffer) {
            this.root = root;
            this.stream = stream;
            this.firstNumber = firstNumber;
            this.buffer = buffer;
        }

        @Override
        public long lastNumber() throws IOException {
            long last = archive.lastNumber(root, stream).orElse(Long.MIN_VALUE);
            return firstNumber == Long.MIN_VALUE ? last : Math.max(last, firstNumber - 1);
        }

        @Override
        public boolean isTakenElsewhere(long number) {
            return otherTakes.have(stream, number);
        }

        @Override
        public long usableBytes() throws IOException {
            return archive.usableBytes(stream);
        }

        @Override
        public TakeWriter begin(long startUtcMicros, InitSegment init) throws IOException {
            TakeId take = TakeId.of(startUtcMicros, node);
            TakeWriter writer = archive.begin(root, stream, take, init, buffer);
            log.info("{}: take {} with {}", stream, take, describe(init));
            if (recording.isEmpty()) {
                recording = Optional.of(archive.recordingBegins(root, stream));
            }
            return writer;
        }

        @Override
        public boolean hasOtherVideo(VideoConfig config) throws IOException {
            return archive.hasOtherVideo(root, stream, config);
        }

        @Override
        public void notRecorded(long sinceUtcMicros, GapReason reason) {
            archive.notRecorded(root, stream, TakeId.of(sinceUtcMicros, node), sinceUtcMicros, reason);
        }

        @Override
        public String place() {
            return root.toString();
        }

        /** Until now the stream was live, in the time between two takes too. */
        void ended() {
            recording.ifPresent(Runnable::run);
            recording = Optional.empty();
        }

        private static String describe(InitSegment init) {
            return init.video().map(Object::toString).orElse("no video")
                    + ", "
                    + init.audio().map(Object::toString).orElse("no audio");
        }
    }
}
