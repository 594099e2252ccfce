package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.retention.ArchiveLocks;
import org.red5.dvr.archive.retention.Disks;
import org.red5.dvr.archive.retention.Expiry;
import org.red5.dvr.archive.retention.RetentionRule;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.web.DvrHandler;

/**
 * What an archive of many streams for many days costs who asks for its present, and its keeper, side by side with one of the
 * same streams for a day. CPU time of one thread.
 */
final class ArchiveBenchmark implements Benchmark {
    private static final String APP = "live";
    private static final long PER_HOUR = 3_600_000L / TestArchive.GRID.periodMillis();
    private static final int HOURS_A_DAY = 24;
    private static final int REQUESTS = 20;
    private static final int WARM_UP_REQUESTS = 200;
    private static final Duration LIVE_WINDOW = Duration.ofMinutes(5);
    private static final long KEPT_MICROS = Duration.ofDays(10_000).toMillis() * 1_000;

    private static final String FIRST_PASS = "first pass of the limits by age";
    private static final List<String> NAMES = List.of(
            "streams.json, first time",
            "streams.json, again",
            "recording_status.json of an hour",
            "live playlist",
            FIRST_PASS,
            "later pass");

    private interface Job {
        void run() throws IOException;
    }

    /** One of the two archives, with what works on it. */
    private record Served(LocalArchive archive, DvrHandler handler, Expiry expiry) {}

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Figures figures = new Figures("archive");
    private int streams;
    private int days;
    private long now;

    @Override
    public List<String> options() {
        return List.of("--streams", "--days", "--rounds", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException {
        streams = options.number("--streams", 100, 1);
        days = options.number("--days", 80, 2);
        int rounds = options.number("--rounds", 7, 5);
        now = TestArchive.GRID.numberAt(System.currentTimeMillis() * 1_000);
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            Path longer = fill(scratch.resolve("long"), days * HOURS_A_DAY);
            Path shorter = fill(scratch.resolve("day"), HOURS_A_DAY);
            measure(shorter); // For the compiler; its figures are overwritten.
            for (int round = 0; round < rounds; round++) {
                double[] ofDay = measure(shorter);
                double[] ofLong = measure(longer);
                add(ofLong, ofDay);
            }
        }
        for (String name : NAMES) {
            if (!name.equals(FIRST_PASS)) {
                figures.goal(name + ": " + days + " days / 1 day", Goal.atMost(1.25));
            }
        }
        figures.note(streams + " streams, an hour file for each hour; CPU time of one thread.");
        return figures;
    }

    private void add(double[] ofLong, double[] ofDay) {
        for (int i = 0; i < NAMES.size(); i++) {
            figures.add(NAMES.get(i) + ", " + days + " days", "ms", ofLong[i]);
            figures.add(NAMES.get(i) + ": " + days + " days / 1 day", "", ofLong[i] / ofDay[i]);
        }
    }

    /** What is listed in {@link #NAMES}, with an archive that knows nothing yet. */
    private double[] measure(Path root) throws IOException {
        Served served = serve(root);
        LocalArchive archive = served.archive();
        try (archive) {
            Job list = () -> answer(served.handler(), "/streams.json", null);
            long seconds = TestArchive.GRID.startUtcMicros(now) / 1_000_000;
            Job status = () -> answer(
                    served.handler(),
                    "/live/bench0/recording_status.json",
                    "from=" + (seconds - 3_600) + "&to=" + seconds);
            Job live = () -> answer(served.handler(), "/live/bench0/rewind-86400-media.m3u8", null);
            double first = millisEach(list, 1);
            double again = millisEach(list, REQUESTS);
            millisEach(status, WARM_UP_REQUESTS);
            millisEach(live, WARM_UP_REQUESTS);
            return new double[] {
                first,
                again,
                millisEach(status, REQUESTS),
                millisEach(live, REQUESTS),
                millisEach(() -> served.expiry().sweep(), 1),
                millisEach(() -> served.expiry().sweep(), REQUESTS)
            };
        }
    }

    private static Served serve(Path root) {
        LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), TestArchive.GRID);
        Playback playback = new Playback(
                new OwnResolver("bench", archive, TestArchive.GRID),
                TestArchive.GRID,
                stream -> LIVE_WINDOW,
                Clock.systemUTC());
        Expiry expiry = new Expiry(
                archive,
                new ArchiveLocks(archive),
                stream -> Optional.of(new RetentionRule(
                        "*", OptionalLong.of(KEPT_MICROS), OptionalLong.empty(), OptionalInt.empty())),
                Disks::ofSystem,
                () -> System.currentTimeMillis() * 1_000,
                System::nanoTime,
                segments -> {});
        return new Served(archive, new DvrHandler("bench", playback), expiry);
    }

    private static void answer(DvrHandler handler, String path, @Nullable String query) throws IOException {
        HttpReply reply =
                handler.reply(new HttpRequest("GET", path, query, name -> null)).join();
        if (reply.status() != 200) {
            throw new IOException(path + " is answered with " + reply.status());
        }
    }

    private double millisEach(Job job, int times) throws IOException {
        long start = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            job.run();
        }
        return (threads.getCurrentThreadCpuTime() - start) / 1e6 / times;
    }

    /** A take in each hour up to now, of one segment; in the last two hours of as many as there are. */
    private Path fill(Path root, int hours) throws IOException {
        long lastHour = now / PER_HOUR;
        try (TestArchive archive = new TestArchive(root)) {
            for (int i = 0; i < streams; i++) {
                for (long hour = lastHour - hours + 1; hour <= lastHour; hour++) {
                    TakeWriter take = archive.begin(new StreamKey(APP, "bench" + i), hour * PER_HOUR);
                    long end = hour == lastHour
                            ? now + 1
                            : hour == lastHour - 1 ? (hour + 1) * PER_HOUR : hour * PER_HOUR + 1;
                    archive.append(take, hour * PER_HOUR, end, TestArchive.Content.SMALL);
                    take.end(GapReason.NOT_PUBLISHED);
                }
            }
        }
        return root;
    }
}
