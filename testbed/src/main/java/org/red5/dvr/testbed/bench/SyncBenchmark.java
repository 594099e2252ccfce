package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * What it costs to force each segment to the disk: the same segments are written with and without, in turns, by one thread
 * as fast as it can. Without, the kernel writes them to the disk later and on its own account.
 */
final class SyncBenchmark implements Benchmark {
    private static final StreamKey STREAM = new StreamKey("live", "bench");
    private static final int WARM_UP_SEGMENTS = 30;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Figures figures = new Figures("sync");

    /**
     * What a segment took its writer.
     *
     * @param millis of time, waiting for the disk with it
     * @param cpuMillis of the thread
     */
    private record Cost(double millis, double cpuMillis) {}

    @Override
    public List<String> options() {
        return List.of("--segments", "--rounds", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException {
        int segments = options.number("--segments", 60, 10);
        int rounds = options.number("--rounds", 7, 5);
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            write(scratch, "warm", DiskSync.NONE, WARM_UP_SEGMENTS);
            write(scratch, "warm", DiskSync.SEGMENT, WARM_UP_SEGMENTS);
            for (int round = 0; round < rounds; round++) {
                boolean noneFirst = round % 2 == 0;
                Cost first = write(scratch, "r" + round, noneFirst ? DiskSync.NONE : DiskSync.SEGMENT, segments);
                Cost second = write(scratch, "r" + round, noneFirst ? DiskSync.SEGMENT : DiskSync.NONE, segments);
                add(noneFirst ? first : second, noneFirst ? second : first);
            }
        }
        figures.note(segments + " segments of 1.25 MB per round and kind, each with its index record.");
        return figures;
    }

    private void add(Cost none, Cost segment) {
        figures.add("sync none, time per segment", "ms", none.millis());
        figures.add("sync segment, time per segment", "ms", segment.millis());
        figures.add("sync segment / none, time", "", segment.millis() / none.millis());
        figures.add("sync none, CPU per segment", "ms", none.cpuMillis());
        figures.add("sync segment, CPU per segment", "ms", segment.cpuMillis());
        figures.add("sync segment / none, CPU", "", segment.cpuMillis() / none.cpuMillis());
    }

    private Cost write(Scratch scratch, String name, DiskSync sync, int segments) throws IOException {
        ArchiveOptions options = ArchiveOptions.DEFAULT.withSyncOf(stream -> sync);
        long first = TestArchive.GRID.numberAt(System.currentTimeMillis() * 1_000);
        try (TestArchive archive = new TestArchive(scratch.resolve(name + '-' + sync), options)) {
            TakeWriter take = archive.begin(STREAM, first);
            long startNanos = System.nanoTime();
            long startCpuNanos = threads.getCurrentThreadCpuTime();
            archive.append(take, first, first + segments, TestArchive.Content.FULL);
            double cpuMillis = (threads.getCurrentThreadCpuTime() - startCpuNanos) / 1e6 / segments;
            double millis = (System.nanoTime() - startNanos) / 1e6 / segments;
            take.end(GapReason.NOT_PUBLISHED);
            return new Cost(millis, cpuMillis);
        }
    }
}
