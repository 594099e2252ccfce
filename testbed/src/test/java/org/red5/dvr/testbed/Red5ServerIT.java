package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A server from the packaged files really runs, streams and stops. */
@SideBySide
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Red5ServerIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int KEY_FRAME_DISTANCE = 50;
    private static final int B_FRAMES = 2;
    private static final int KILLED_BY_SIGTERM = 143;

    private Path folder;
    private Ffmpeg ffmpeg;
    private Clips clips;
    private Red5Server server;

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException, InterruptedException {
        folder = temporary;
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        clips = new Clips(ffmpeg, CacheFolder.standard());
        server = Red5Server.in(folder.resolve("shared")).app("other").start();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void playsLiveWhatFfmpegPublishes() throws IOException, InterruptedException {
        String address = server.rtmp("live/from-ffmpeg");
        try (RunningProcess publisher =
                ffmpeg.start("-re", "-i", clips.standard().toString(), "-c", "copy", "-f", "flv", address)) {
            Path recorded = play(address);
            assertTrue(publisher.isAlive(), publisher.errors());
            assertSuccessiveFrames(recorded);
        }
    }

    @Test
    void playsLiveWhatOurPublisherSends() throws Exception {
        FlvFile clip = FlvFile.read(clips.standard());
        Thread sender;
        try (RtmpPublisher publisher = server.publish("other", "ours")) {
            sender = new Thread(() -> sendUntilClosed(publisher, clip));
            sender.start();
            assertSuccessiveFrames(play(server.rtmp("other/ours")));
        }
        sender.join(LIMIT.toMillis());
        assertFalse(sender.isAlive());
    }

    @Test
    void playsOneOfManyLoadStreams() throws Exception {
        FlvFile clip = FlvFile.read(clips.standard());
        try (RtmpLoad load = server.load("live", "load", 5, clip, 1)) {
            RtmpLoad.Report[] report = new RtmpLoad.Report[1];
            Thread sender = new Thread(() -> report[0] = run(load));
            sender.start();
            assertSuccessiveFrames(play(server.rtmp("live/load3")));
            sender.join(LIMIT.toMillis());
            assertEquals(5, report[0].streams());
            assertTrue(report[0].maxLagMillis() < 500, report[0].toString());
            assertTrue(report[0].sentBytes() > 5 * 15 * 30_000, report[0].toString());
        }
    }

    private static RtmpLoad.Report run(RtmpLoad load) {
        try {
            return load.run(Duration.ofSeconds(20), Duration.ofSeconds(2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void refusesAnUnknownApplication() {
        assertThrows(RtmpRefusedException.class, () -> server.publish("nowhere", "x"));
    }

    @Test
    void showsTheTimeAtWhichAFrameWasSent() throws IOException, InterruptedException {
        String address = server.rtmp("live/clock");
        try (LiveClock clock = LiveClock.start(ffmpeg, address, 320, 180)) {
            Path recorded = play(address);
            long endMillis = System.currentTimeMillis();
            List<ClockReader.Picture> pictures = new ClockReader(ffmpeg, LIMIT).read(recorded.toString());
            long lastMillis = pictures.get(pictures.size() - 1).number().orElseThrow();
            assertTrue(endMillis - lastMillis < 10_000, "last frame was " + (endMillis - lastMillis) + " ms old");
            clock.stop();
            assertEquals("", clock.errors());
        }
    }

    @Test
    void stopsOnSigtermAndKeepsItsFolder() throws IOException, InterruptedException {
        Path dir = folder.resolve("stopped");
        String conf = "stream * { dvr archive 3d; }\n";
        int rtmpPort;
        int httpPort;
        try (Red5Server first = Red5Server.in(dir).conf(conf).start()) {
            rtmpPort = first.rtmpPort();
            httpPort = first.httpPort();
            Files.createDirectories(dir.resolve("archive/live"));
            assertEquals(KILLED_BY_SIGTERM, first.stop());
        }
        try (Red5Server again = Red5Server.in(dir)
                .ports(rtmpPort, httpPort)
                .httpProtocol(HttpProtocol.NIO2)
                .start()) {
            assertTrue(Files.isDirectory(dir.resolve("archive/live")));
            assertEquals(conf, Files.readString(dir.resolve("conf/cluster-dvr.conf")));
            assertTrue(again.log().contains("http-nio2-127.0.0.1"), again.log());
            again.kill();
            assertFalse(again.isAlive());
        }
    }

    @Test
    void runsInACopyOfARed5ThatIsThere() throws Exception {
        Path home = folder.resolve("home");
        Red5Layout.copyTree(server.dir(), home);
        for (String ours : List.of("webapps/dvr", "webapps/other")) {
            Red5Layout.deleteTree(home.resolve(ours));
        }
        Files.delete(home.resolve("plugins").resolve(Red5Home.PLUGIN));
        Files.delete(home.resolve("conf/cluster-dvr.conf"));
        Map<String, FileTime> before = files(home);
        FlvFile clip = FlvFile.read(clips.get(new Clips.Spec(5, 160, 90, 25, 25, 0, 100, true, false)));
        try (Red5Server copy = Red5Server.in(folder.resolve("copy"))
                        .red5(home)
                        .app("third")
                        .start();
                RtmpPublisher publisher = copy.publish("third", "camera")) {
            publisher.sendPaced(clip, 0);
            assertTrue(copy.log().contains("recording third/camera"), copy.log());
        }
        assertEquals(before, files(home));
    }

    private static Map<String, FileTime> files(Path folder) throws IOException {
        Map<String, FileTime> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) walk::iterator) {
                files.put(folder.relativize(file).toString(), Files.getLastModifiedTime(file));
            }
        }
        return files;
    }

    @Test
    void saysThatAPortIsInUse() throws IOException {
        Red5Server.Settings settings = Red5Server.in(folder.resolve("in-use")).ports(server.rtmpPort(), Ports.free());
        String message = assertThrows(IOException.class, settings::start).getMessage();
        assertTrue(message.contains("port " + server.rtmpPort() + " on 127.0.0.1 is in use"), message);
    }

    /** Records 5 s of live playback, as soon as the stream is there. */
    private Path play(String address) throws IOException, InterruptedException {
        Path file = Files.createTempFile(folder, "played", ".flv");
        long limitNanos = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            RunningProcess.Result result =
                    ffmpeg.run(LIMIT, "-rtmp_live", "live", "-i", address, "-t", "5", "-c", "copy", file.toString());
            if (result.exitCode() == 0 || System.nanoTime() > limitNanos) {
                result.requireSuccess();
                return file;
            }
        }
    }

    /**
     * The frames' own numbers say that nothing is missing or twice between the second key frame and the end. Before it Red5
     * gives a late joiner the last key frame and goes on in the middle of its group; at the end the recording is cut between
     * frames that wait for each other.
     */
    private void assertSuccessiveFrames(Path recorded) throws IOException, InterruptedException {
        List<OptionalLong> numbers = new ClockReader(ffmpeg, LIMIT)
                .read(recorded.toString()).stream()
                        .map(ClockReader.Picture::number)
                        .toList();
        int begin = secondKeyFrame(numbers);
        List<OptionalLong> checked = numbers.subList(begin, Math.max(begin, numbers.size() - B_FRAMES - 1));
        assertTrue(checked.size() >= KEY_FRAME_DISTANCE, numbers.toString());
        long first = checked.get(0).orElseThrow();
        for (int i = 0; i < checked.size(); i++) {
            assertEquals(OptionalLong.of(first + i), checked.get(i), numbers.toString());
        }
    }

    private static int secondKeyFrame(List<OptionalLong> numbers) {
        long first =
                numbers.stream().flatMapToLong(OptionalLong::stream).findFirst().orElseThrow();
        for (int i = 0; i < numbers.size(); i++) {
            long number = numbers.get(i).orElse(first);
            if (number > first && number % KEY_FRAME_DISTANCE == 0) {
                return i;
            }
        }
        return numbers.size();
    }

    private static void sendUntilClosed(RtmpPublisher publisher, FlvFile clip) {
        try {
            publisher.sendPaced(clip, 0);
        } catch (IOException e) {
            return; // The test has closed the publisher.
        }
    }
}
