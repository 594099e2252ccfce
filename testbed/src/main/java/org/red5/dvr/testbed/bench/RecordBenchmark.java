package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.testbed.FlvFile;
import org.red5.dvr.testbed.Red5Server;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * What recording adds to a server that takes streams in. Three servers take in the same streams at the same time, so
 * that whatever else the machine does makes all of them dearer alike: the first records nothing, the second into an
 * empty archive, the third behind a day of recordings.
 */
final class RecordBenchmark implements Benchmark {
    private static final String APP = "live";
    private static final Duration WARM_UP = Duration.ofSeconds(40);
    private static final double WARM_UP_SPEED = 2;

    private static final String ADDED = "added, empty archive";
    private static final String ADDED_FULL = "added, full archive";
    private static final String CHANGE = "added, full archive / empty";
    private static final String HEAP = "heap per stream, live objects";
    private static final String CPU_UNIT = "ms/stream-second";

    private final Figures figures = new Figures("record");
    private int streams;
    private int seconds;
    private int rounds;

    @Override
    public List<String> options() {
        return List.of("--streams", "--seconds", "--rounds", "--hours", "--clip", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException, InterruptedException {
        streams = options.number("--streams", 30, 1);
        seconds = options.number("--seconds", 20, 5);
        rounds = options.number("--rounds", 7, 5);
        int hours = options.number("--hours", 24, 1);
        Optional<Path> given = options.path("--clip");
        FlvFile clip = given.isPresent() ? FlvFile.read(given.get()) : SyntheticClip.make();
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            Path fullArchive = scratch.resolve("full-archive");
            fill(fullArchive, hours);
            try (Red5Server ingest = start(scratch, "ingest", Optional.empty());
                    Red5Server empty = start(scratch, "empty", Optional.of(scratch.resolve("empty-archive")));
                    Red5Server full = start(scratch, "full", Optional.of(fullArchive))) {
                measure(List.of(ingest, empty, full), clip);
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
                .jvmArgument("-Xms1g")
                .jvmArgument("-Xmx1g")
                .jvmArgument("-XX:+AlwaysPreTouch")
                .start();
    }

    private void measure(List<Red5Server> servers, FlvFile clip) throws IOException, InterruptedException {
        try (Publishing warmUp = new Publishing()) {
            for (Red5Server server : servers) {
                // Streams of names that are not measured later: their media time runs ahead of the clock.
                warmUp.begin(server, server.load(APP, "warm", streams, clip, WARM_UP_SPEED), WARM_UP);
            }
            warmUp.awaitEnd();
        }
        long mostLagMillis = 0;
        for (int round = 0; round < rounds; round++) {
            try (Publishing publishing = new Publishing()) {
                for (Red5Server server : servers) {
                    String prefix = server.equals(servers.get(2)) ? "full" : "round" + round + '-';
                    publishing.begin(
                            server, server.load(APP, prefix, streams, clip, 1), Publishing.lengthFor(seconds, 3));
                }
                add(publishing.measure(seconds));
                mostLagMillis = Math.max(mostLagMillis, publishing.awaitEnd());
            }
        }
        figures.note("The publishers were " + mostLagMillis + " ms behind at most.");
        for (Red5Server server : servers) {
            server.stop();
        }
    }

    private void add(List<Publishing.Use> uses) {
        List<Double> cpu = new ArrayList<>();
        uses.forEach(use -> cpu.add(use.cpuSeconds() * 1e3 / use.seconds() / streams));
        double added = cpu.get(1) - cpu.get(0);
        double addedFull = cpu.get(2) - cpu.get(0);
        figures.add("ingest alone", CPU_UNIT, cpu.get(0));
        figures.add(ADDED, CPU_UNIT, added);
        figures.add(ADDED_FULL, CPU_UNIT, addedFull);
        figures.add(CHANGE, "", addedFull / added);
        figures.add("whole server, full archive / empty", "", cpu.get(2) / cpu.get(1));
        figures.add(
                HEAP,
                "MB",
                megabytesPerStream(uses.get(1).heapBytes(), uses.get(0).heapBytes()));
        figures.add(
                "heap per stream, full archive",
                "MB",
                megabytesPerStream(uses.get(2).heapBytes(), uses.get(0).heapBytes()));
        figures.add(
                "resident memory per stream, outside the heap",
                "MB",
                megabytesPerStream(uses.get(1).residentBytes(), uses.get(0).residentBytes()));
    }

    private double megabytesPerStream(long bytes, long without) {
        return (bytes - without) / 1e6 / streams;
    }

    private void setGoals(int hours) {
        figures.goal(ADDED, Goal.atMost(2.2));
        figures.goal(ADDED_FULL, Goal.atMost(2.2));
        figures.goal(CHANGE, Goal.atMost(1.1));
        figures.goal(HEAP, Goal.atMost(2));
        figures.note(streams + " streams per server, " + seconds + " s measured per round, " + hours
                + " h in the full archive; CPU is the server process's user and system time.");
        figures.note(
                "Heap is what is reachable after a full collection, 3.3 s into a segment of 4 s. The heap has 1 GB and"
                        + " is touched at the start, so that resident memory differs by what is outside of it.");
    }
}
