package org.red5.dvr.testbed.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.Window;
import org.red5.dvr.playback.hls.MediaPlaylist;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.web.DvrHandler;

/**
 * What playlists cost: a window of a day and the live window, from an archive on disk that is being written to. CPU time
 * of the rendering thread, so that other programs do not count.
 */
final class PlaylistBenchmark implements Benchmark {
    private static final StreamKey STREAM = new StreamKey("live", "bench");
    private static final Duration LIVE_WINDOW = Duration.ofMinutes(5);
    private static final int WARM_UP_DAYS = 300;
    private static final int WARM_UP_LIVES = 20_000;
    private static final int DAYS_PER_ROUND = 50;
    private static final int LIVES_PER_ROUND = 5_000;

    private static final String WARM_DAY = "window, warm";
    private static final String LIVE = "live playlist";

    private interface Job {
        void run() throws IOException, PlaybackException;
    }

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Figures figures = new Figures("playlist");
    /** The last instant that is recorded, so that the live window is full however long the measuring takes. */
    private Clock clock = Clock.systemUTC();
    /** Where results go, so that none can be left out. */
    private long bytes;

    @Override
    public List<String> options() {
        return List.of("--rounds", "--hours", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException {
        int rounds = options.number("--rounds", 7, 5);
        int hours = options.number("--hours", 24, 1);
        try (Scratch scratch = new Scratch(options.path("--dir"));
                TestArchive recorded = new TestArchive(scratch.resolve("archive"))) {
            long now = TestArchive.GRID.numberAt(System.currentTimeMillis() * 1_000);
            long first = now - hours * 3_600_000L / TestArchive.GRID.periodMillis();
            clock = Clock.fixed(
                    Instant.EPOCH.plus(TestArchive.GRID.startUtcMicros(now), ChronoUnit.MICROS), ZoneOffset.UTC);
            TakeWriter take = recorded.begin(STREAM, first);
            recorded.append(take, first, now, TestArchive.Content.SMALL);
            Window day = new Window.Past(
                    TestArchive.GRID.startUtcMicros(first), (now - first) * TestArchive.GRID.periodMicros());
            measure(recorded.archive(), scratch.resolve("archive"), day, rounds);
            take.end(GapReason.NOT_PUBLISHED);
            figures.note("window: " + (now - first) + " segments; milliseconds of CPU time of one thread.");
        } catch (PlaybackException e) {
            throw new IOException("the archive just written does not play", e);
        }
        figures.goal(WARM_DAY, Goal.atMost(10));
        figures.goal(LIVE, Goal.atMost(0.2));
        return figures;
    }

    private void measure(LocalArchive archive, Path root, Window day, int rounds)
            throws IOException, PlaybackException {
        Playback playback = playback(archive);
        DvrHandler handler = new DvrHandler("bench", playback);
        Window.Past past = (Window.Past) day;
        String path = "/live/bench/archive-" + past.fromMicros() / 1_000_000 + '-' + past.durationMicros() / 1_000_000
                + "-media.m3u8";
        Job warmDay = () -> render(playback, day);
        Job live = () -> render(playback, new Window.Live());
        Job reply = () -> answer(handler, path, "identity");
        Job gzip = () -> answer(handler, path, "gzip");
        millisEach(warmDay, WARM_UP_DAYS);
        millisEach(live, WARM_UP_LIVES);
        millisEach(reply, WARM_UP_DAYS / 5);
        for (int round = 0; round < rounds; round++) {
            figures.add(WARM_DAY, "ms", millisEach(warmDay, DAYS_PER_ROUND));
            figures.add(LIVE, "ms", millisEach(live, LIVES_PER_ROUND));
            figures.add("window, warm, whole HTTP answer", "ms", millisEach(reply, DAYS_PER_ROUND));
            figures.add("window, warm, answer with gzip", "ms", millisEach(gzip, DAYS_PER_ROUND / 10));
            try (LocalArchive cold = new LocalArchive(stream -> Optional.of(root), List.of(root), TestArchive.GRID)) {
                figures.add("window, indexes not in memory", "ms", millisEach(() -> render(playback(cold), day), 1));
            }
        }
        sizes("window", playback, day);
        sizes("live playlist", playback, new Window.Live());
    }

    private void sizes(String name, Playback playback, Window window) throws IOException, PlaybackException {
        byte[] list = MediaPlaylist.render(playback.view(STREAM, window).join());
        String dates = new String(list, StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> line.startsWith("#EXT-X-PROGRAM-DATE-TIME:"))
                .map(line -> line + '\n')
                .collect(Collectors.joining());
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(list);
        }
        bytes = 0;
        render(playback, window);
        figures.add(name + ", size", "KB", bytes / 1e3);
        figures.add(name + ", dates in it", "KB", dates.length() / 1e3);
        figures.add(name + ", size with gzip", "KB", packed.size() / 1e3);
    }

    private Playback playback(LocalArchive archive) {
        return new Playback(
                new OwnResolver("bench", archive, TestArchive.GRID), TestArchive.GRID, stream -> LIVE_WINDOW, clock);
    }

    private void render(Playback playback, Window window) throws IOException, PlaybackException {
        bytes += MediaPlaylist.render(playback.view(STREAM, window).join()).length;
    }

    private void answer(DvrHandler handler, String path, String encoding) throws IOException {
        HttpReply reply = handler.reply(new HttpRequest(
                        "GET", path, null, name -> name.equalsIgnoreCase("Accept-Encoding") ? encoding : null))
                .join();
        if (reply.status() != 200) {
            throw new IOException(path + " is answered with " + reply.status());
        }
        bytes += reply.contentLengthBytes();
    }

    private double millisEach(Job job, int times) throws IOException, PlaybackException {
        long start = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            job.run();
        }
        return (threads.getCurrentThreadCpuTime() - start) / 1e6 / times;
    }
}
