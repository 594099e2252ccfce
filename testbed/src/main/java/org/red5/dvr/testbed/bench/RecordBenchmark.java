package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.testbed.FlvFile;
import org.red5.dvr.testbed.Red5Server;
import org.red5.dvr.testbed.RtmpLoad;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * What recording adds to a server that takes streams in. Two servers take in the same streams at the same time, so that
 * whatever else the machine does makes both dearer alike; one of them records. In each round it records new streams
 * once, and once streams that have a day of recordings: in one process, for two differ by what their compilers made.
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

    /** Streams of a name that no round had before, and streams that are in the archive already. */
    private static final String NEW = "round";

    private static final String RECORDED = "full";

    /**
     * What two servers used for the same streams; figures are per stream.
     *
     * @param ingest the one that does not record
     */
    private record Added(Publishing.Use ingest, Publishing.Use recorder, int streams) {
        double cpuMillisOf(Publishing.Use use) {
            return use.cpuSeconds() * 1e3 / use.seconds() / streams;
        }

        double cpuMillis() {
            return cpuMillisOf(recorder) - cpuMillisOf(ingest);
        }

        double heapMegabytes() {
            return (recorder.heapBytes() - ingest.heapBytes()) / 1e6 / streams;
        }

        double residentMegabytes() {
            return (recorder.residentBytes() - ingest.residentBytes()) / 1e6 / streams;
        }
    }

    private final Figures figures = new Figures("record");
    private int streams;
    private int seconds;
    private int rounds;
    private long mostLagMillis;

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
            Path archive = scratch.resolve("archive");
            fill(archive, hours);
            try (Red5Server ingest = start(scratch, "ingest", Optional.empty());
                    Red5Server recorder = start(scratch, "recorder", Optional.of(archive))) {
                measure(List.of(ingest, recorder), clip);
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
                TakeWriter take = archive.begin(new StreamKey(APP, RECORDED + i), first);
                archive.append(take, first, now, TestArchive.Content.SMALL);
                take.end(GapReason.NOT_PUBLISHED);
            }
        }
    }

    /** The heap has one size and is wholly touched: how it would grow says nothing about recording. */
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
        for (int round = 0; round < rounds; round++) {
            // Which comes first changes with each round.
            boolean emptyFirst = round % 2 == 0;
            Added one = measure(servers, emptyFirst ? NEW + round + '-' : RECORDED, clip);
            Added other = measure(servers, emptyFirst ? RECORDED : NEW + round + '-', clip);
            add(emptyFirst ? one : other, emptyFirst ? other : one);
        }
        figures.note("The publishers were " + mostLagMillis + " ms behind at most.");
        for (Red5Server server : servers) {
            server.stop();
        }
    }

    private Added measure(List<Red5Server> servers, String prefix, FlvFile clip)
            throws IOException, InterruptedException {
        try (Publishing publishing = new Publishing()) {
            for (Red5Server server : servers) {
                RtmpLoad load = server.load(APP, prefix, streams, clip, 1);
                publishing.begin(server, load, Publishing.lengthFor(seconds, servers.size()));
            }
            List<Publishing.Use> uses = publishing.measure(seconds);
            for (RtmpLoad.Report report : publishing.awaitEnd()) {
                mostLagMillis = Math.max(mostLagMillis, report.maxLagMillis());
            }
            return new Added(uses.get(0), uses.get(1), streams);
        }
    }

    private void add(Added empty, Added full) {
        figures.add("ingest alone", CPU_UNIT, empty.cpuMillisOf(empty.ingest()));
        figures.add(ADDED, CPU_UNIT, empty.cpuMillis());
        figures.add(ADDED_FULL, CPU_UNIT, full.cpuMillis());
        figures.add(CHANGE, "", full.cpuMillis() / empty.cpuMillis());
        figures.add(
                "whole server, full archive / empty",
                "",
                full.cpuMillisOf(full.recorder()) / empty.cpuMillisOf(empty.recorder()));
        figures.add(HEAP, "MB", empty.heapMegabytes());
        figures.add("heap per stream, full archive", "MB", full.heapMegabytes());
        figures.add("resident memory per stream, outside the heap", "MB", empty.residentMegabytes());
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
