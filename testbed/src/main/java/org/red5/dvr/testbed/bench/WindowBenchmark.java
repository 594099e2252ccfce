package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.web.DvrHandler;

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
            long[] inLongs = windows(now - days * PER_DAY, now, windows);
            long[] inDays = windows(now - PER_DAY, now, windows);
            Path longer = fill(scratch.resolve("long"), now - days * PER_DAY, now, inLongs);
            Path shorter = fill(scratch.resolve("day"), now - PER_DAY, now, inDays);
            for (int i = 0; i < WARM_UP_WINDOWS; i++) {
                open(shorter, inDays[i % windows]);
            }
            for (int i = 0; i < windows; i++) {
                double inDay = open(shorter, inDays[i], dropsCaches);
                double inLong = open(longer, inLongs[i], dropsCaches);
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

    /** The first numbers of so many windows of an hour, anywhere. */
    private long[] windows(long first, long end, int count) {
        return random.longs(count, first, end - PER_HOUR).toArray();
    }

    /**
     * One take up to now. Segments are as small as can be, indexes of their usual size; hours that will be read end with a
     * segment of the usual size too, as it is looked at.
     */
    private static Path fill(Path root, long first, long end, long[] windows) throws IOException {
        Set<Long> readHours = new HashSet<>(List.of(first / PER_HOUR, (end - 1) / PER_HOUR));
        for (long window : windows) {
            readHours.addAll(List.of(window / PER_HOUR, window / PER_HOUR + 1));
        }
        try (TestArchive archive = new TestArchive(root)) {
            TakeWriter take = archive.begin(STREAM, first);
            for (long hour = first / PER_HOUR; hour * PER_HOUR < end; hour++) {
                long from = Math.max(hour * PER_HOUR, first);
                long last = Math.min((hour + 1) * PER_HOUR, end) - 1;
                archive.append(take, from, last, TestArchive.Content.SMALL);
                archive.append(
                        take,
                        last,
                        last + 1,
                        readHours.contains(hour) ? TestArchive.Content.FULL : TestArchive.Content.SMALL);
            }
            take.end(GapReason.NOT_PUBLISHED);
        }
        return root;
    }

    private static double open(Path root, long first, boolean dropsCaches) throws IOException {
        if (dropsCaches) {
            Files.writeString(DROP_CACHES, "3");
        }
        long begun = System.nanoTime();
        open(root, first);
        return (System.nanoTime() - begun) / 1e6;
    }

    private static void open(Path root, long first) throws IOException {
        String window = "/live/bench/archive-" + first * TestArchive.GRID.periodMillis() / 1_000 + "-3600";
        try (LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), TestArchive.GRID)) {
            DvrHandler handler = new DvrHandler(
                    "bench",
                    new Playback(
                            new OwnResolver("bench", archive, TestArchive.GRID),
                            TestArchive.GRID,
                            stream -> Duration.ofMinutes(5),
                            Clock.systemUTC()));
            for (String playlist : List.of(window + ".m3u8", window + "-media.m3u8")) {
                HttpReply reply = handler.reply(new HttpRequest("GET", playlist, null, name -> null))
                        .join();
                if (reply.status() != 200) {
                    throw new IOException(playlist + " is answered with " + reply.status());
                }
            }
        }
    }
}
