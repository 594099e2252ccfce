package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.http.DvrHandler;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * What it takes to open a window of an hour anywhere in a year, side by side with one in an archive of a day. Each window is
 * opened by an archive that knows nothing yet, as after a restart: both of its playlists, as a player asks for them.
 */
final class WindowBenchmark implements Benchmark {
    private static final StreamKey STREAM = new StreamKey("live", "bench");
    private static final long PER_HOUR = 3_600_000L / TestArchive.GRID.periodMillis();
    private static final long PER_DAY = 24 * PER_HOUR;
    private static final int WARM_UP_WINDOWS = 300;
    /** Root alone may write there; 3 is pages, directory entries and inodes. */
    private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");

    private static final String LONG = "an hour, long archive";
    private static final String SHORT = "an hour, archive of a day";
    private static final String RATIO = "long archive / archive of a day";

    private final Figures figures = new Figures("window");
    private final Random random = new Random(3);

    @Override
    public List<String> options() {
        return List.of("--days", "--windows", "--drop-caches", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException {
        int days = options.number("--days", 365, 2);
        int windows = options.number("--windows", 51, 5);
        boolean dropsCaches = options.number("--drop-caches", 0, 0) > 0;
        long now = TestArchive.GRID.numberAt(System.currentTimeMillis() * 1_000);
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            Path longer = fill(scratch.resolve("long"), now, days);
            Path shorter = fill(scratch.resolve("day"), now, 1);
            for (int i = 0; i < WARM_UP_WINDOWS; i++) {
                open(shorter, now, 1);
            }
            for (int i = 0; i < windows; i++) {
                double inDay = open(shorter, now, 1, dropsCaches);
                double inLong = open(longer, now, days, dropsCaches);
                figures.add(LONG, "ms", inLong);
                figures.add(SHORT, "ms", inDay);
                figures.add(RATIO, "", inLong / inDay);
            }
        }
        figures.goal(LONG, Goal.atMost(20));
        figures.goal(RATIO, Goal.atMost(1.25));
        figures.note(days + " days of one stream, " + days * PER_DAY + " segments; time by the clock"
                + (dropsCaches ? ", the system's caches dropped before each window." : "."));
        return figures;
    }

    /** One take up to now; segments as small as can be, indexes of their usual size. */
    private static Path fill(Path root, long now, int days) throws IOException {
        try (TestArchive archive = new TestArchive(root)) {
            TakeWriter take = archive.begin(STREAM, now - days * PER_DAY);
            archive.append(take, now - days * PER_DAY, now, TestArchive.Content.SMALL);
            take.end(GapReason.NOT_PUBLISHED);
        }
        return root;
    }

    private double open(Path root, long now, int days, boolean dropsCaches) throws IOException {
        if (dropsCaches) {
            Files.writeString(DROP_CACHES, "3");
        }
        long begun = System.nanoTime();
        open(root, now, days);
        return (System.nanoTime() - begun) / 1e6;
    }

    private void open(Path root, long now, int days) throws IOException {
        long first = now - days * PER_DAY + random.nextInt((int) (days * PER_DAY - PER_HOUR));
        String window = "/live/bench/archive-" + first * TestArchive.GRID.periodMillis() / 1_000 + "-3600";
        try (LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), TestArchive.GRID)) {
            DvrHandler handler = new DvrHandler(new Playback(
                    List.of(archive), TestArchive.GRID, stream -> Duration.ofMinutes(5), Clock.systemUTC()));
            for (String playlist : List.of(window + ".m3u8", window + "-media.m3u8")) {
                HttpReply reply = handler.handle(new HttpRequest("GET", playlist, null, name -> null));
                if (reply.status() != 200) {
                    throw new IOException(playlist + " is answered with " + reply.status());
                }
            }
        }
    }
}
