package org.red5.dvr.testbed.bench;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.red5.dvr.testbed.Red5Server;
import org.red5.dvr.testbed.RtmpLoad;

/** Streams being published to several servers at the same time, and what the servers use meanwhile. */
final class Publishing implements Closeable {
    /** Starts are spread over a key frame interval, so that not all streams have their key frames at once. */
    private static final Duration SPREAD = Duration.ofSeconds(2);

    private static final Duration LEAD = Duration.ofSeconds(5);
    /** Where in a segment a recorder holds most of it in memory, and there is time left to look. */
    private static final long FULLEST_MILLIS = 3_300;

    private static final long END_LIMIT_SECONDS = 120;

    /**
     * What one server used.
     *
     * @param cpuSeconds in {@code seconds} of measuring
     * @param heapBytes reachable on the heap
     * @param residentBytes of the process
     */
    record Use(double cpuSeconds, double seconds, long heapBytes, long residentBytes) {}

    private record Running(RtmpLoad load, Future<RtmpLoad.Report> report, ProcessMeter meter) {}

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Running> running = new ArrayList<>();

    /** How long to publish for so many seconds of measuring of so many servers, one look at the memory of each included. */
    static Duration lengthFor(int seconds, int servers) {
        return LEAD.plusSeconds(seconds).plusMillis((servers + 1L) * TestArchive.GRID.periodMillis());
    }

    /** Begins to publish, in a thread of its own. */
    void begin(Red5Server server, RtmpLoad load, Duration length) {
        Future<RtmpLoad.Report> report = threads.submit(() -> load.run(length, SPREAD));
        running.add(new Running(load, report, new ProcessMeter(server.pid())));
    }

    /** What each server uses, in the order in which publishing began. */
    List<Use> measure(int seconds) throws IOException, InterruptedException {
        Thread.sleep(LEAD.toMillis());
        List<Double> before = cpuSeconds();
        long startNanos = System.nanoTime();
        Thread.sleep(seconds * 1_000L);
        List<Double> after = cpuSeconds();
        double took = (System.nanoTime() - startNanos) / 1e9;
        List<Use> uses = new ArrayList<>();
        for (int i = 0; i < running.size(); i++) {
            ProcessMeter meter = running.get(i).meter();
            Thread.sleep(
                    Math.floorMod(FULLEST_MILLIS - System.currentTimeMillis(), (long) TestArchive.GRID.periodMillis()));
            uses.add(new Use(after.get(i) - before.get(i), took, meter.liveHeapBytes(), meter.residentBytes()));
        }
        return uses;
    }

    private List<Double> cpuSeconds() throws IOException {
        List<Double> seconds = new ArrayList<>();
        for (Running each : running) {
            seconds.add(each.meter().cpuSeconds());
        }
        return seconds;
    }

    /** Waits until all is published; what was sent to each server, in the order in which publishing began. */
    List<RtmpLoad.Report> awaitEnd() throws IOException, InterruptedException {
        List<RtmpLoad.Report> reports = new ArrayList<>();
        for (Running each : running) {
            try {
                reports.add(each.report().get(END_LIMIT_SECONDS, TimeUnit.SECONDS));
            } catch (ExecutionException | TimeoutException e) {
                throw new IOException("publishing failed", e);
            }
        }
        return reports;
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        for (Running each : running) {
            each.load().close();
        }
    }
}
