package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.testbed.FlvFile;
import org.red5.dvr.testbed.Red5Server;
import org.red5.dvr.testbed.RtmpLoad;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * What recording adds to a server that takes streams in: three servers with the same streams, one after the other in each
 * round. The first records nothing, the second into an empty archive, the third behind a day of recordings.
 */
final class RecordBenchmark implements Benchmark {
    private static final String APP = "live";
    /** Starts are spread over a key frame interval, so that not all streams have their key frames at once. */
    private static final Duration SPREAD = Duration.ofSeconds(2);

    private static final Duration LEAD = Duration.ofSeconds(4);
    /** After the measured time, until memory has been looked at. */
    private static final Duration TAIL = Duration.ofSeconds(8);

    private static final Duration WARM_UP = Duration.ofSeconds(15);
    private static final double WARM_UP_SPEED = 4;
    /** Where in a segment a recorder holds most of it in memory, and there is time left to look. */
    private static final long FULLEST_MILLIS = 3_500;

    private static final String ADDED = "added, empty archive";
    private static final String ADDED_FULL = "added, full archive";
    private static final String CHANGE = "added, full archive / empty";
    private static final String HEAP = "heap per stream, live objects";
    private static final String CPU_UNIT = "ms/stream-second";

    /** What one server used in one round. */
    private record Use(double cpuMillisPerStreamSecond, double heapBytes, double residentBytes) {}

    private final Figures figures = new Figures("record");
    private int streams;
    private Duration measured = Duration.ZERO;
    private long mostLagMillis;

    @Override
    public List<String> options() {
        return List.of("--streams", "--seconds", "--rounds", "--hours", "--clip", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException, InterruptedException {
        streams = options.number("--streams", 30, 1);
        measured = Duration.ofSeconds(options.number("--seconds", 20, 5));
        int rounds = options.number("--rounds", 5, 5);
        int hours = options.number("--hours", 24, 1);
        Optional<Path> given = options.path("--clip");
        FlvFile clip = given.isPresent() ? FlvFile.read(given.get()) : SyntheticClip.make();
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            fill(scratch.resolve("full-archive"), hours);
            try (Red5Server ingest = start(scratch, "ingest", Optional.empty());
                    Red5Server empty = start(scratch, "empty", Optional.of(scratch.resolve("empty-archive")));
                    Red5Server full = start(scratch, "full", Optional.of(scratch.resolve("full-archive")))) {
                List<Red5Server> servers = List.of(ingest, empty, full);
                for (Red5Server server : servers) {
                    warmUp(server, clip);
                }
                for (int round = 0; round < rounds; round++) {
                    add(
                            measure(ingest, "r" + round + '-', clip),
                            measure(empty, "r" + round + '-', clip),
                            measure(full, "full", clip));
                }
                for (Red5Server server : servers) {
                    server.stop();
                }
            }
        }
        setGoals(hours);
        return figures;
    }

    /** Every stream gets one take that ends now, of segments as small as can be; indexes have their usual size. */
    private void fill(Path root, int hours) throws IOException {
        long now = TestArchive.GRID.numberAt(System.currentTimeMillis() * 1_000);
        long first = now - hours * 3_600_000L / TestArchive.GRID.periodMillis();
        try (TestArchive archive = new TestArchive(root)) {
            for (int i = 0; i < streams; i++) {
                TakeWriter take = archive.begin(new StreamKey(APP, "full" + i), first);
                archive.append(take, first, now, TestArchive.Content.SMALL);
                take.end(GapReason.NOT_PUBLISHED);
            }
        }
    }

    private static Red5Server start(Scratch scratch, String name, Optional<Path> archive)
            throws IOException, InterruptedException {
        String conf =
                archive.map(root -> "stream * { dvr \"" + root + "\" 30d; }\n").orElse("");
        return Red5Server.in(scratch.resolve(name))
                .conf(conf)
                .jvmArgument("-Xmx1g")
                .start();
    }

    /** Makes the server's compiler see enough packets, of streams that are not measured later. */
    private void warmUp(Red5Server server, FlvFile clip) throws IOException {
        try (RtmpLoad load = server.load(APP, "warm", streams, clip, WARM_UP_SPEED)) {
            load.run(WARM_UP, SPREAD);
        }
    }

    private Use measure(Red5Server server, String prefix, FlvFile clip) throws IOException, InterruptedException {
        ProcessMeter meter = new ProcessMeter(server.pid());
        ExecutorService publisher = Executors.newSingleThreadExecutor();
        try (RtmpLoad load = server.load(APP, prefix, streams, clip, 1)) {
            Duration all = LEAD.plus(measured).plus(TAIL);
            Future<RtmpLoad.Report> publishing = publisher.submit(() -> load.run(all, SPREAD));
            Thread.sleep(LEAD.toMillis());
            double cpuSeconds = meter.cpuSeconds();
            long startNanos = System.nanoTime();
            Thread.sleep(measured.toMillis());
            cpuSeconds = meter.cpuSeconds() - cpuSeconds;
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            long period = TestArchive.GRID.periodMillis();
            Thread.sleep(Math.floorMod(FULLEST_MILLIS - System.currentTimeMillis(), period));
            Use use = new Use(cpuSeconds * 1e3 / seconds / streams, meter.liveHeapBytes(), meter.residentBytes());
            mostLagMillis = Math.max(mostLagMillis, finished(publishing).maxLagMillis());
            return use;
        } finally {
            publisher.shutdownNow();
        }
    }

    private static RtmpLoad.Report finished(Future<RtmpLoad.Report> publishing)
            throws IOException, InterruptedException {
        try {
            return publishing.get(TAIL.toSeconds() * 2, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException("publishing failed: " + e.getCause(), e.getCause());
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IOException("publishing did not end in time", e);
        }
    }

    private void add(Use ingest, Use empty, Use full) {
        double added = empty.cpuMillisPerStreamSecond - ingest.cpuMillisPerStreamSecond;
        double addedFull = full.cpuMillisPerStreamSecond - ingest.cpuMillisPerStreamSecond;
        figures.add("ingest alone", CPU_UNIT, ingest.cpuMillisPerStreamSecond);
        figures.add(ADDED, CPU_UNIT, added);
        figures.add(ADDED_FULL, CPU_UNIT, addedFull);
        figures.add(CHANGE, "", addedFull / added);
        figures.add(
                "server with archive, full / empty",
                "",
                full.cpuMillisPerStreamSecond / empty.cpuMillisPerStreamSecond);
        figures.add(HEAP, "MB", (empty.heapBytes - ingest.heapBytes) / streams / 1e6);
        figures.add("heap per stream, full archive", "MB", (full.heapBytes - ingest.heapBytes) / streams / 1e6);
        figures.add("resident memory per stream", "MB", (empty.residentBytes - ingest.residentBytes) / streams / 1e6);
    }

    private void setGoals(int hours) {
        figures.goal(ADDED, Goal.atMost(2.2));
        figures.goal(ADDED_FULL, Goal.atMost(2.2));
        figures.goal(CHANGE, Goal.atMost(1.1));
        figures.goal(HEAP, Goal.atMost(2));
        figures.note(streams + " streams, " + measured.toSeconds() + " s measured per server and round, " + hours
                + " h in the full archive; CPU is the server process's user and system time.");
        figures.note(
                "Heap is what is reachable after a full collection, 3.5 s into a segment of 4 s; resident memory is"
                        + " that of a JVM with -Xmx1g, garbage included.");
        figures.note("The publisher was " + mostLagMillis + " ms behind at most.");
    }
}
