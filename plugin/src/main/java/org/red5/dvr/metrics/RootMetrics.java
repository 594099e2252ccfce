package org.red5.dvr.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.record.RecordingMeter;
import org.red5.dvr.record.RecordingMeters;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * What is recorded below one root. All its meters are made once, so that counting is one addition; the only tags are the
 * root and the reason of an end, as both are few: a stream's name is whatever a publisher thinks of, and a tag with it
 * would grow without bound. Any thread may call.
 */
final class RootMetrics implements RecordingMeter, DvrRootMXBean {
    /** For how long a loss counts as present trouble. */
    private static final long OVERLOADED_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** For how long a disk may be at one piece of work: a disk that sleeps takes as long to wake up. */
    private static final long HANGS_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Path root;
    private final RecordingMeters.Load load;
    private final LongSupplier usableBytes;
    private final LongSupplier nanoTime;
    private final Counter segmentsWritten;
    private final Counter bytesWritten;
    private final Counter packetsDropped;
    private final Timer writeTime;
    private final Map<GapReason, Counter> takesEnded = new EnumMap<>(GapReason.class);
    private final AtomicInteger takesOpen = new AtomicInteger();
    private final Map<StreamKey, GapReason> failing = new ConcurrentHashMap<>();
    private final UnrecordedTracks unrecorded;
    private volatile long droppedNanos;

    RootMetrics(
            MeterRegistry registry,
            Path root,
            RecordingMeters.Load load,
            LongSupplier usableBytes,
            UnrecordedTracks unrecorded,
            LongSupplier nanoTime) {
        this.root = root;
        this.load = load;
        this.usableBytes = usableBytes;
        this.unrecorded = unrecorded;
        this.nanoTime = nanoTime;
        this.droppedNanos = nanoTime.getAsLong() - OVERLOADED_NANOS;
        String path = root.toString();
        segmentsWritten = counter(registry, "dvr.segments.written", "Segments written to the archive");
        bytesWritten = counter(registry, "dvr.written.bytes", "Bytes of media written to the archive");
        packetsDropped = counter(registry, "dvr.packets.dropped", "Packets dropped as the disk did not keep up");
        writeTime = Timer.builder("dvr.segment.write")
                .description("Time to write a segment and its index record")
                .tag("root", path)
                .serviceLevelObjectives(
                        Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(4))
                .register(registry);
        for (GapReason reason : GapReason.values()) {
            if (!reason.endsTakes()) {
                continue;
            }
            takesEnded.put(
                    reason,
                    Counter.builder("dvr.takes.ended")
                            .description("Takes that ended, by what ended them")
                            .tag("root", path)
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        gauge(registry, "dvr.takes.open", "Takes being recorded", takesOpen::get);
        gauge(registry, "dvr.streams.failing", "Streams that cannot be recorded at present", failing::size);
        gauge(registry, "dvr.queue.bytes", "Packets that wait to be written", load::waitingBytes);
        gauge(registry, "dvr.queue.limit.bytes", "Most that may wait to be written", load::mostWaitingBytes);
        gauge(registry, "dvr.disk.usable.bytes", "Space left on the root's disk", usableBytes::getAsLong);
    }

    private Counter counter(MeterRegistry registry, String name, String description) {
        return Counter.builder(name)
                .description(description)
                .tag("root", root.toString())
                .register(registry);
    }

    private void gauge(MeterRegistry registry, String name, String description, Supplier<Number> of) {
        Gauge.builder(name, of)
                .description(description)
                .tag("root", root.toString())
                .register(registry);
    }

    Path root() {
        return root;
    }

    @Override
    public void segmentWritten(int bytes, long nanos) {
        segmentsWritten.increment();
        bytesWritten.increment(bytes);
        writeTime.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void packetDropped() {
        packetsDropped.increment();
        droppedNanos = nanoTime.getAsLong();
    }

    @Override
    public void takeBegan() {
        takesOpen.incrementAndGet();
    }

    @Override
    public void takeEnded(GapReason reason) {
        takesOpen.decrementAndGet();
        Counter ended = takesEnded.get(reason);
        if (ended != null) {
            ended.increment();
        }
    }

    @Override
    public void failing(StreamKey stream, GapReason reason) {
        failing.put(stream, reason);
    }

    @Override
    public void notFailing(StreamKey stream) {
        failing.remove(stream);
    }

    @Override
    public void trackNotRecorded(StreamKey stream, String track, String why) {
        unrecorded.add(stream, track, why);
    }

    @Override
    public void trackRecorded(StreamKey stream, String track) {
        unrecorded.remove(stream, track);
    }

    /** What is wrong now, a sentence each; empty when nothing is. */
    List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        Map<GapReason, Integer> streams = new EnumMap<>(GapReason.class);
        failing.values().forEach(reason -> streams.merge(reason, 1, Integer::sum));
        streams.forEach(
                (reason, count) -> troubles.add(root + ": " + reason.sentence() + ", streams not recorded: " + count));
        if (nanoTime.getAsLong() - droppedNanos < OVERLOADED_NANOS) {
            troubles.add(root + ": overloaded, packets dropped in the last minute");
        }
        return troubles;
    }

    /** What is to be looked at and harms nobody yet, a sentence each. */
    List<String> warnings() {
        long busyNanos = load.busyNanos();
        return busyNanos < HANGS_NANOS
                ? List.of()
                : List.of("%s: its disk does not take writes, for %d s by now; what is published waits in memory"
                        .formatted(root, TimeUnit.NANOSECONDS.toSeconds(busyNanos)));
    }

    @Override
    public String getRoot() {
        return root.toString();
    }

    @Override
    public long getSegmentsWritten() {
        return (long) segmentsWritten.count();
    }

    @Override
    public long getBytesWritten() {
        return (long) bytesWritten.count();
    }

    @Override
    public long getPacketsDropped() {
        return (long) packetsDropped.count();
    }

    @Override
    public int getTakesOpen() {
        return takesOpen.get();
    }

    @Override
    public int getStreamsFailing() {
        return failing.size();
    }

    @Override
    public long getQueueBytes() {
        return load.waitingBytes();
    }

    @Override
    public long getDiskUsableBytes() {
        return usableBytes.getAsLong();
    }

    @Override
    public double getWriteMillisMean() {
        return writeTime.mean(TimeUnit.MILLISECONDS);
    }

    @Override
    public double getWriteMillisMax() {
        return writeTime.max(TimeUnit.MILLISECONDS);
    }
}
