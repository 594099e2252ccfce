package org.red5.dvr.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.FaultyDisk;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Answered;

/**
 * A process with a small heap that records many publishers, each in a thread of its own, on a disk that takes 1 MB/s of
 * the 3.8 MB/s that they send, for a minute. Time runs five times as fast, the disk too. It prints what came of it, one
 * {@code name=value} a line.
 */
final class SlowDiskServer {
    static final int STREAMS = 20;
    static final int SECONDS = 60;
    private static final int SPEED = 5;
    private static final int FRAME_BYTES = 38_000;
    private static final long DISK_BYTES_PER_SECOND = 1_000_000;
    private static final long START_MICROS = 448_838_400L * 4_000_000;

    private final long startNanos = System.nanoTime();
    private final AtomicLong slowestCallNanos = new AtomicLong();
    private final CountingMeter meter = new CountingMeter();
    private volatile long limit;

    private SlowDiskServer() {}

    /** Records below the directory that is given. */
    public static void main(String[] arguments) throws IOException, InterruptedException, ExecutionException {
        new SlowDiskServer().run(Path.of(arguments[0]));
    }

    private void run(Path root) throws IOException, InterruptedException, ExecutionException {
        FaultyDisk disk = new FaultyDisk().speed(DISK_BYTES_PER_SECOND * SPEED);
        LocalArchive archive = new LocalArchive(
                stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT, ArchiveOptions.DEFAULT.with(disk));
        long sent;
        try (archive) {
            try (Recorders recorders = new Recorders(
                    archive,
                    stream -> Optional.of(root),
                    SegmentGrid.DEFAULT,
                    "test",
                    this::utcMicros,
                    (path, load) -> {
                        limit = load.mostWaitingBytes();
                        return meter;
                    })) {
                sent = publishAll(recorders);
            }
            print("sent_bytes", sent);
            print("written_bytes", meter.bytes);
            print("dropped_packets", meter.dropped);
            print("slowest_call_millis", slowestCallNanos.get() / 1_000_000);
            print("limit_bytes", limit);
            inspect(archive);
        }
    }

    private long publishAll(Recorders recorders) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(STREAMS);
        try {
            List<Callable<Long>> publishers = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                StreamSink sink = recorders.open(stream(i)).orElseThrow();
                publishers.add(() -> publish(sink));
            }
            long sent = 0;
            for (Future<Long> publisher : threads.invokeAll(publishers)) {
                sent += publisher.get();
            }
            return sent;
        } finally {
            threads.shutdownNow();
        }
    }

    /** In real time, as it runs here. */
    private long publish(StreamSink sink) {
        TestEncoder encoder = new TestEncoder(START_MICROS / 1_000, FRAME_BYTES);
        long bytes = 0;
        for (int second = 1; second <= SECONDS; second++) {
            for (Packet packet : encoder.until(second)) {
                for (long early = packet.arrivalUtcMicros() - utcMicros(); early > 0; ) {
                    LockSupport.parkNanos(early * 1_000 / SPEED);
                    early = packet.arrivalUtcMicros() - utcMicros();
                }
                long before = System.nanoTime();
                sink.video(packet.timestampMillis(), packet.body());
                slowestCallNanos.accumulateAndGet(System.nanoTime() - before, Math::max);
                bytes += packet.body().length;
            }
        }
        sink.end();
        return bytes;
    }

    /** What a viewer finds: segments that are whole, and holes between them with their reasons. */
    private void inspect(LocalArchive archive) throws IOException {
        TreeSet<GapReason> reasons = new TreeSet<>();
        int frames = 0;
        long missingMicros = 0;
        int unrecorded = 0;
        for (int i = 0; i < STREAMS; i++) {
            Optional<UtcRange> found = archive.span(stream(i));
            if (found.isEmpty()) {
                unrecorded++;
                continue;
            }
            RecordedStream recorded = new RecordedStream(archive, stream(i));
            for (Segment segment : recorded.segments()) {
                frames +=
                        recorded.fragments(segment, Part.VIDEO).get(0).samples().size();
            }
            UtcRange span = found.get();
            Timeline timeline = Answered.by(
                            new OwnResolver("test", archive, SegmentGrid.DEFAULT).timeline(stream(i), span))
                    .orElseThrow();
            for (Timeline.Gap gap : timeline.gaps()) {
                reasons.add(gap.reason());
                missingMicros += gap.range().durationMicros();
            }
        }
        print("unrecorded_streams", unrecorded);
        print("recorded_frames", frames);
        print("missing_seconds", missingMicros / 1_000_000);
        System.out.println("reasons=" + reasons);
    }

    private static void print(String name, long value) {
        System.out.println(name + "=" + value);
    }

    private long utcMicros() {
        return START_MICROS + (System.nanoTime() - startNanos) * SPEED / 1_000;
    }

    private static StreamKey stream(int number) {
        return new StreamKey("live", "camera" + number);
    }
}
