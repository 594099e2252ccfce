package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The built-in test picture, configured by the file alone, is a stream like any other. */
@SideBySide
class PictureInputIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final long FRAME_MILLIS = 40;
    private static final long MOST_OFF_MILLIS = 100;
    /** As the kernel cuts a thread's name. */
    private static final String THREAD = "dvr-test-pictur";

    private static final double TICKS_PER_SECOND = 100;
    private static final String AGAIN = "stream live/again { input fake://fake; }\n";

    private static Ffmpeg ffmpeg;
    private static Red5Server server;
    private static DvrClient dvr;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "picture");
        server = Red5Server.in(folder).conf("""
                        stream live/clock { input fake://fake; dvr archive 2d; }
                        stream live/unrecorded { input fake://fake; }
                        """ + AGAIN).start();
        dvr = new DvrClient(server);
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void playsByHlsWithTheTimeThatItShows() throws Exception {
        Eventually.holds("12 s recorded", LIMIT, () -> recordedSeconds() > 12);
        String window = "live/clock/archive-" + (long) recordedFrom() + "-12.m3u8";
        String address = dvr.uri(window).toString();
        RunningProcess.Result probed =
                ffmpeg.probe(LIMIT, "-show_streams", address).requireSuccess();
        assertEquals("", probed.errors());
        List<Long> shown = new TestPictureReader(ffmpeg, LIMIT).read(address);
        assertTrue(shown.size() >= 250, shown.size() + " pictures");
        long programDate = dvr.entries(window).get(0).startMillis();
        for (int i = 0; i < shown.size(); i++) {
            long off = shown.get(i) - (programDate + i * FRAME_MILLIS);
            assertTrue(Math.abs(off) <= MOST_OFF_MILLIS, "picture " + i + " is " + off + " ms off");
        }
        assertEquals("", Packets.of(ffmpeg, address, "a").complaints());
    }

    @Test
    void playsLiveOverRtmp() throws Exception {
        for (String stream : List.of("live/clock", "live/unrecorded")) {
            Path file = server.dir().resolve(stream.replace('/', '-') + ".flv");
            RunningProcess.Result played = ffmpeg.run(
                            LIMIT, "-i", server.rtmp(stream), "-t", "5", "-c", "copy", file.toString())
                    .requireSuccess();
            assertEquals("", played.errors());
            List<Long> shown = new TestPictureReader(ffmpeg, LIMIT).read(file.toString());
            assertTrue(shown.size() >= 100, shown.size() + " pictures");
            // Red5 gives who joins what it has of the last key frame's group, before it goes on with the next.
            for (int i = shown.size() - 60; i < shown.size(); i++) {
                assertEquals(FRAME_MILLIS, shown.get(i) - shown.get(i - 1), "before picture " + i + ": " + shown);
            }
            long late = System.currentTimeMillis() - shown.get(shown.size() - 1);
            assertTrue(late < 10_000, "the last picture is " + late + " ms old");
        }
    }

    /** Red5 leaves the player with the thread that wrote to it. */
    @Test
    void isThereAgainWhenItWasPlayedAndIsConfiguredAnew() throws Exception {
        Path conf = server.dir().resolve("conf/cluster-dvr.conf");
        String text = Files.readString(conf);
        playAgain();
        Files.writeString(conf, text.replace(AGAIN, ""));
        Eventually.holds("taken away", LIMIT, () -> server.log().contains("stream live/again removed"));
        Files.writeString(conf, text);
        Eventually.holds("there again", LIMIT, () -> server.log().contains("stream live/again added"));
        playAgain();
    }

    private static void playAgain() throws Exception {
        long sinceNanos = System.nanoTime();
        try (RtmpPlayer player = new RtmpPlayer(server.rtmpPort(), "live", "again")) {
            Eventually.holds(
                    "pictures", LIMIT, () -> player.picturesSince(sinceNanos).size() > 10);
        }
    }

    @Test
    void costsAFewPercentOfACore() throws Exception {
        Eventually.holds("12 s recorded", LIMIT, () -> recordedSeconds() > 12);
        double cpuBefore = cpuSeconds();
        double recordedBefore = recordedSeconds();
        Eventually.holds("16 s more recorded", LIMIT, () -> recordedSeconds() > recordedBefore + 16);
        double percent = 100 * (cpuSeconds() - cpuBefore) / (recordedSeconds() - recordedBefore);
        System.out.printf("test picture: %.1f %% of a core%n", percent);
        assertTrue(percent < 8, percent + " % of a core for two streams");
    }

    /** CPU time of the thread that makes the picture and hands it to Red5. */
    private static double cpuSeconds() throws IOException {
        double ticks = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + server.pid() + "/task"))) {
            for (Path thread : threads) {
                String stat = Files.readString(thread.resolve("stat"));
                if (stat.contains('(' + THREAD + ')')) {
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
                }
            }
        }
        assertTrue(ticks > 0, "no thread " + THREAD);
        return ticks / TICKS_PER_SECOND;
    }

    private static double recordedSeconds() throws IOException, InterruptedException {
        JsonObject clock = recorded();
        return clock.has("from")
                ? clock.get("to").getAsDouble() - clock.get("from").getAsDouble()
                : 0;
    }

    private static double recordedFrom() throws IOException, InterruptedException {
        return recorded().get("from").getAsDouble();
    }

    private static JsonObject recorded() throws IOException, InterruptedException {
        for (var element : dvr.streams()) {
            if (element.getAsJsonObject().get("path").getAsString().equals("live/clock")) {
                return element.getAsJsonObject();
            }
        }
        return new JsonObject();
    }
}
