package org.red5.dvr.record;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records every published stream that the configuration gives an archive. Each root has a writer thread of its own, so
 * that a slow disk delays only the streams recorded on it.
 */
public final class Recorders implements StreamSinks, Closeable {
    private static final Logger log = LoggerFactory.getLogger(Recorders.class);
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int CLOSE_SECONDS = 10;

    private static final long LEAST_WAITING_BYTES = 16 << 20;
    private static final long MOST_WAITING_BYTES = 256 << 20;

    /** The thread that writes below a root, its buffer, and the memory that its streams' packets may wait in. */
    private record Writer(ExecutorService thread, ByteBuffer buffer, ByteBudget memory, RecordingMeter meter) {}

    private final LocalArchive archive;
    private final Function<StreamKey, Optional<Path>> rootOf;
    private final SegmentGrid grid;
    private final String node;
    private final LongSupplier utcMicros;
    private final RecordingMeters meters;
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
        Writer writer = writers.computeIfAbsent(root, this::writer);
        ToArchive output = new ToArchive(root, stream, firstNumber, writer.buffer());
        Ingest ingest = new Ingest(stream, grid, output, writer.meter());
        StreamRecorder recorder = new StreamRecorder(
                stream, ingest, writer.thread(), writer.memory(), writer.meter(), utcMicros, ended -> {
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
        writers.values().forEach(writer -> writer.thread().shutdown());
        try {
            for (Map.Entry<Path, Writer> writer : writers.entrySet()) {
                if (!writer.getValue().thread().awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                    log.warn("{}: not everything was written within {} s", writer.getKey(), CLOSE_SECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Writer writer(Path root) {
        ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
            Thread created = new Thread(task, "dvr-writer " + root);
            created.setDaemon(true);
            return created;
        });
        ByteBudget memory = new ByteBudget(mostWaitingBytes(Runtime.getRuntime().maxMemory()));
        RecordingMeter meter = meters.of(root, memory::usedBytes, memory.mostBytes());
        return new Writer(thread, ByteBuffer.allocateDirect(BUFFER_BYTES), memory, meter);
    }

    /** An eighth of the heap: a disk that stands still must not take the memory that Red5 lives on. */
    static long mostWaitingBytes(long heapBytes) {
        return Math.max(LEAST_WAITING_BYTES, Math.min(heapBytes / 8, MOST_WAITING_BYTES));
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
            long last = archive.lastNumber(stream).orElse(Long.MIN_VALUE);
            return firstNumber == Long.MIN_VALUE ? last : Math.max(last, firstNumber - 1);
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
