package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.testbed.FlvFile;
import org.red5.dvr.testbed.RecordedSamples;
import org.red5.dvr.testbed.Red5Server;
import org.red5.dvr.testbed.RtmpLoad;

/**
 * Many streams at once: what is lost, and how much memory each takes. In each round a server that records and one that does
 * not take in the same streams, one after the other, each a new process, so that each has the machine for itself.
 */
final class LoadBenchmark implements Benchmark {
    private static final String APP = "live";
    private static final String PREFIX = "load";
    private static final Duration END_LIMIT = Duration.ofSeconds(60);
    private static final long STEP_MILLIS = 100;

    private static final String DROPPED = "packets dropped";
    private static final String LOST = "samples sent and not recorded";
    private static final String BROKEN = "takes more than streams";
    private static final String HEAP = "heap per stream, live objects";
    private static final String OUTSIDE = "resident memory per stream, outside the heap";
    private static final String MEMORY = "memory per stream, both together";

    private final Figures figures = new Figures("load");
    private int streams;
    private int seconds;
    private String heap = "";
    private FlvFile clip = new FlvFile(List.of());
    private long mostLagMillis;

    @Override
    public List<String> options() {
        return List.of("--streams", "--seconds", "--rounds", "--heap", "--clip", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException, InterruptedException {
        streams = options.number("--streams", 100, 1);
        seconds = options.number("--seconds", 60, 5);
        int rounds = options.number("--rounds", 3, 1);
        heap = options.number("--heap", 1_024, 64) + "m";
        Optional<Path> given = options.path("--clip");
        clip = given.isPresent() ? FlvFile.read(given.get()) : SyntheticClip.make();
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            for (int round = 0; round < rounds; round++) {
                // Which comes first changes with each round.
                boolean ingestFirst = round % 2 == 0;
                Publishing.Use first = measure(scratch, round + (ingestFirst ? "-ingest" : "-recorder"), !ingestFirst);
                Publishing.Use second = measure(scratch, round + (ingestFirst ? "-recorder" : "-ingest"), ingestFirst);
                compare(ingestFirst ? first : second, ingestFirst ? second : first);
            }
        }
        for (String nothing : List.of(DROPPED, LOST, BROKEN)) {
            figures.goal(nothing, Goal.atMost(0));
        }
        figures.goal(MEMORY, Goal.atMost(2));
        figures.note(streams + " streams, " + seconds + " s measured, a heap of " + heap
                + ", touched at the start; the publishers were " + mostLagMillis + " ms behind at most.");
        return figures;
    }

    private Publishing.Use measure(Scratch scratch, String name, boolean records)
            throws IOException, InterruptedException {
        Path archive = scratch.resolve(name + "-archive");
        try (Red5Server server = Red5Server.in(scratch.resolve(name))
                        .conf(records ? "stream * { dvr \"" + archive + "\" 30d; }\n" : "")
                        .jvmArgument("-Xms" + heap)
                        .jvmArgument("-Xmx" + heap)
                        .jvmArgument("-XX:+AlwaysPreTouch")
                        .start();
                Publishing publishing = new Publishing()) {
            RtmpLoad load = server.load(APP, PREFIX, streams, clip, 1);
            publishing.begin(server, load, Publishing.lengthFor(seconds, 1));
            Publishing.Use use = publishing.measure(seconds).get(0);
            RtmpLoad.Report report = publishing.awaitEnd().get(0);
            mostLagMillis = Math.max(mostLagMillis, report.maxLagMillis());
            load.unpublish();
            if (records) {
                count(new ServerMetrics(server), archive, report.sentSamples());
            }
            server.stop();
            return use;
        }
    }

    private void count(ServerMetrics metrics, Path archive, long sentSamples) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + END_LIMIT.toNanos();
        while (metrics.sum("dvr_takes_open") > 0 && System.nanoTime() < deadline) {
            Thread.sleep(STEP_MILLIS);
        }
        figures.add(DROPPED, "", metrics.sum("dvr_packets_dropped_total"));
        figures.add(LOST, "", sentSamples - RecordedSamples.in(archive));
        figures.add(BROKEN, "", metrics.sum("dvr_takes_ended_total") - streams);
        double writes = metrics.sum("dvr_segment_write_seconds_count");
        figures.add("write of a segment, mean", "ms", metrics.sum("dvr_segment_write_seconds_sum") * 1e3 / writes);
        figures.add("write of a segment, slowest", "ms", metrics.sum("dvr_segment_write_seconds_max") * 1e3);
    }

    private void compare(Publishing.Use ingest, Publishing.Use recorder) {
        figures.add("server CPU, recording", "% of a core", recorder.cpuSeconds() * 100 / recorder.seconds());
        figures.add("server CPU, not recording", "% of a core", ingest.cpuSeconds() * 100 / ingest.seconds());
        double heapEach = megabytesEach(recorder.heapBytes() - ingest.heapBytes());
        double outsideEach = megabytesEach(recorder.residentBytes() - ingest.residentBytes());
        figures.add(HEAP, "MB", heapEach);
        figures.add(OUTSIDE, "MB", outsideEach);
        figures.add(MEMORY, "MB", heapEach + outsideEach);
    }

    private double megabytesEach(long bytes) {
        return bytes / 1e6 / streams;
    }
}
