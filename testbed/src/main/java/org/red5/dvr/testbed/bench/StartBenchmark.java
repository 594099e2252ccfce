package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.testbed.Red5Server;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * What an archive adds to the time in which a server starts: from its process's beginning to {@code ready}, in turns with an
 * empty archive and with a full one.
 */
final class StartBenchmark implements Benchmark {
    private static final Pattern LOOKED_THROUGH = Pattern.compile("streams were looked through in (\\d+) ms");
    private static final long HOUR_MICROS = 3_600_000_000L;
    /** In all hours but the last two of a stream; those are not looked at. */
    private static final int FEW_SEGMENTS = 3;

    private static final String ADDED = "added by the archive";
    private static final String ADDED_CPU = "CPU added by the archive";

    /**
     * A server's start.
     *
     * @param millis until it was ready
     * @param cpuMillis of its process until then
     * @param log what it logged, in earlier runs too
     */
    private record Started(double millis, double cpuMillis, String log) {}

    private final Figures figures = new Figures("start");

    @Override
    public List<String> options() {
        return List.of("--streams", "--days", "--rounds", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException, InterruptedException {
        int streams = options.number("--streams", 20, 1);
        int days = options.number("--days", 30, 1);
        int rounds = options.number("--rounds", 7, 5);
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            Path archive = scratch.resolve("archive");
            fill(archive, streams, days);
            start(scratch.resolve("empty"), scratch.resolve("nothing"));
            start(scratch.resolve("full"), archive);
            for (int round = 0; round < rounds; round++) {
                boolean emptyFirst = round % 2 == 0;
                Started one = emptyFirst ? empty(scratch) : full(scratch, archive);
                Started other = emptyFirst ? full(scratch, archive) : empty(scratch);
                add(emptyFirst ? one : other, emptyFirst ? other : one);
            }
        }
        figures.goal(ADDED, Goal.atMost(1_000));
        figures.goal(ADDED_CPU, Goal.atMost(1_000));
        figures.note(streams + " streams, " + days + " days, an hour file for each hour.");
        return figures;
    }

    private void add(Started empty, Started full) {
        figures.add("start, empty archive", "ms", empty.millis());
        figures.add("start, full archive", "ms", full.millis());
        figures.add(ADDED, "ms", full.millis() - empty.millis());
        figures.add("start, full archive / empty", "", full.millis() / empty.millis());
        figures.add("CPU, empty archive", "ms", empty.cpuMillis());
        figures.add("CPU, full archive", "ms", full.cpuMillis());
        figures.add(ADDED_CPU, "ms", full.cpuMillis() - empty.cpuMillis());
    }

    private Started empty(Scratch scratch) throws IOException, InterruptedException {
        return start(scratch.resolve("empty"), scratch.resolve("nothing"));
    }

    private Started full(Scratch scratch, Path archive) throws IOException, InterruptedException {
        Started started = start(scratch.resolve("full"), archive);
        Matcher matcher = LOOKED_THROUGH.matcher(started.log());
        String last = "NaN";
        while (matcher.find()) {
            last = matcher.group(1);
        }
        figures.add("of it, looking through the last hours", "ms", Double.parseDouble(last));
        return started;
    }

    private static Started start(Path folder, Path archive) throws IOException, InterruptedException {
        Red5Server.Settings settings = Red5Server.in(folder).conf("stream * { dvr \"" + archive + "\"; }\n");
        long startNanos = System.nanoTime();
        try (Red5Server server = settings.start()) {
            double millis = (System.nanoTime() - startNanos) / 1e6;
            double cpuMillis = server.cpu().toNanos() / 1e6;
            server.stop();
            return new Started(millis, cpuMillis, server.log());
        }
    }

    /** Full indexes in the last two hours of each stream, and what every hour needs before. */
    private static void fill(Path root, int streams, int days) throws IOException {
        long perHour = HOUR_MICROS / TestArchive.GRID.periodMicros();
        long lastHour = System.currentTimeMillis() * 1_000 / HOUR_MICROS;
        try (TestArchive archive = new TestArchive(root)) {
            for (int stream = 0; stream < streams; stream++) {
                for (long hour = lastHour - days * 24L; hour <= lastHour; hour++) {
                    TakeWriter take = archive.begin(new StreamKey("live", "bench" + stream), hour * perHour);
                    long segments = hour >= lastHour - 1 ? perHour : FEW_SEGMENTS;
                    archive.append(take, hour * perHour, hour * perHour + segments, TestArchive.Content.SMALL);
                    if (hour < lastHour) {
                        take.end(GapReason.NOT_PUBLISHED);
                    }
                }
            }
        }
    }
}
