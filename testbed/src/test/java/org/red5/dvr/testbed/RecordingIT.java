package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is published over RTMP can be watched afterwards: every frame once, in step, at the time at which it was sent. */
@SideBySide
class RecordingIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final long GRID_MILLIS = 4_000;

    private static Ffmpeg ffmpeg;
    private static Clips clips;
    private static Red5Server server;
    private static DvrClient dvr;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        clips = new Clips(ffmpeg, CacheFolder.standard());
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "recording");
        server = Red5Server.in(folder)
                .conf("node origin;\nstream * { dvr archive 2d; }\n")
                .start();
        dvr = new DvrClient(server);
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void keepsEveryFrameOfAClipOnceAndInStep() throws Exception {
        Path clip = clips.standard();
        long beforeSeconds = System.currentTimeMillis() / 1_000;
        Optional<Packets> copied = Optional.empty();
        try (RunningProcess publisher = publish(clip, "live/known")) {
            Eventually.holds("20 s recorded", LIMIT, () -> recordedSeconds("live/known") > 20);
            copied = Optional.of(copyOfHourFiles("known"));
            publisher.await(LIMIT).requireSuccess();
        }
        Packets video = Packets.of(ffmpeg, clip.toString(), "v");
        Packets audio = Packets.of(ffmpeg, clip.toString(), "a");
        Eventually.holds("all recorded", LIMIT, () -> recordedSeconds("live/known") > 59.5);
        String window = dvr.recorded("live/known", beforeSeconds - 5);
        String address = dvr.uri(window).toString();
        Packets recordedVideo = Packets.of(ffmpeg, address, "v");
        Packets recordedAudio = Packets.of(ffmpeg, address, "a");

        assertEquals("", recordedVideo.complaints() + recordedAudio.complaints());
        assertEquals("", ffmpeg.decode(LIMIT, address).requireSuccess().errors());
        assertEquals(video.hashes(), recordedVideo.hashes());
        assertEquals(audio.hashes(), recordedAudio.hashes());
        assertInStep(
                video,
                recordedVideo,
                recordedVideo.ptsSeconds().get(0) - video.ptsSeconds().get(0),
                0.002);
        assertInStep(
                audio,
                recordedAudio,
                recordedVideo.ptsSeconds().get(0) - video.ptsSeconds().get(0),
                0.020);
        assertSteady(recordedAudio, 1_024 / 48_000.0);
        assertOnTheGrid(dvr.entries(window), recordedVideo.ptsSeconds().get(0));
        assertIsTheBeginningOf(copied.get(), video, 400);
        assertIsDownloaded(window.replace(".m3u8", ".mp4"), recordedVideo, recordedAudio);
        assertIsDownloaded(window.replace(".m3u8", ".fmp4"), recordedVideo, recordedAudio);
        assertComesInParts(window.replace(".m3u8", ".mp4"));
    }

    /** The file has the frames and samples of the recording, in step with each other to the millisecond. */
    private static void assertIsDownloaded(String path, Packets video, Packets audio) throws Exception {
        HttpResponse<byte[]> answer = dvr.get(path);
        assertEquals(200, answer.statusCode());
        assertTrue(answer.headers().firstValue("Content-Disposition").orElse("").startsWith("attachment; filename="));
        Path file =
                Files.write(server.dir().resolve("downloaded" + path.substring(path.lastIndexOf('.'))), answer.body());
        Packets downloadedVideo = Packets.of(ffmpeg, file.toString(), "v");
        Packets downloadedAudio = Packets.of(ffmpeg, file.toString(), "a");
        assertEquals("", downloadedVideo.complaints() + downloadedAudio.complaints());
        assertEquals("", ffmpeg.decode(LIMIT, file.toString()).requireSuccess().errors());
        assertEquals(
                "",
                ffmpeg.probe(LIMIT, "-show_streams", file.toString())
                        .requireSuccess()
                        .errors());
        assertEquals(video.hashes(), downloadedVideo.hashes());
        assertEquals(audio.hashes(), downloadedAudio.hashes());
        double offset = downloadedVideo.ptsSeconds().get(0) - video.ptsSeconds().get(0);
        assertInStep(video, downloadedVideo, offset, 0.001);
        assertInStep(audio, downloadedAudio, offset, 0.001);
    }

    /** Any parts put together are the file. */
    private static void assertComesInParts(String path) throws Exception {
        HttpResponse<byte[]> whole = dvr.get(path);
        String etag = whole.headers().firstValue("ETag").orElseThrow();
        Random random = new Random(13);
        for (int i = 0; i < 200; i++) {
            int from = random.nextInt(whole.body().length);
            int to = from + random.nextInt(Math.min(1 << random.nextInt(22), whole.body().length - from));
            HttpResponse<byte[]> part = dvr.get(path, "Range", "bytes=" + from + '-' + to, "If-Range", etag);
            assertEquals(206, part.statusCode());
            assertArrayEquals(Arrays.copyOfRange(whole.body(), from, to + 1), part.body(), from + " to " + to);
        }
    }

    /** The same clip moved by one constant offset. */
    private static void assertInStep(Packets clip, Packets recorded, double offset, double tolerance) {
        for (int i = 0; i < clip.count(); i++) {
            double moved = recorded.ptsSeconds().get(i) - clip.ptsSeconds().get(i) - offset;
            assertTrue(Math.abs(moved) <= tolerance, "packet " + i + " is " + moved + " s out of step");
        }
    }

    private static void assertSteady(Packets packets, double stepSeconds) {
        for (int i = 1; i < packets.count(); i++) {
            double step = packets.ptsSeconds().get(i) - packets.ptsSeconds().get(i - 1);
            assertEquals(stepSeconds, step, 0.001, "after packet " + (i - 1));
        }
    }

    private static void assertOnTheGrid(List<DvrClient.Entry> entries, double firstPtsSeconds) {
        assertTrue(entries.size() >= 15, entries.toString());
        assertEquals(firstPtsSeconds, entries.get(0).startMillis() / 1_000.0, 0.001);
        for (DvrClient.Entry entry : entries) {
            assertEquals(entry.startMillis() / GRID_MILLIS, entry.number(), entry.toString());
            assertTrue(entry.uri().endsWith("/" + entry.number() + ".m4s"), entry.toString());
            assertFalse(entry.discontinuity() || entry.gap(), entry.toString());
        }
    }

    /** Taken away while it grows, an hour file opens up to its last whole segment. */
    private static Packets copyOfHourFiles(String stream) throws IOException, InterruptedException {
        List<Path> copies = new ArrayList<>();
        for (Path file : HourFiles.below(server.dir().resolve("archive/live/" + stream))) {
            Path copy = Files.copy(file, server.dir().resolve("copied" + copies.size() + ".mp4"));
            ffmpeg.probe(LIMIT, "-v", "error", "-show_format", copy.toString()).requireSuccess();
            copies.add(copy);
        }
        return Packets.of(ffmpeg, copies, "v");
    }

    private static void assertIsTheBeginningOf(Packets some, Packets all, int least) {
        assertTrue(some.count() >= least, some.count() + " frames");
        assertTrue(all.hashes().containsAll(some.hashes()));
        assertEquals(
                1, java.util.Collections.frequency(all.hashes(), some.hashes().get(0)));
    }

    @Test
    void tellsTheTimeAtWhichAFrameWasSent() throws Exception {
        long beforeSeconds = System.currentTimeMillis() / 1_000;
        try (LiveClock clock = LiveClock.start(ffmpeg, server.rtmp("live/clock"), 320, 180)) {
            Eventually.holds("16 s recorded", LIMIT, () -> recordedSeconds("live/clock") > 16);
            assertTrue(clock.isAlive(), clock.errors());
        }
        String address = dvr.uri(dvr.recorded("live/clock", beforeSeconds - 5)).toString();
        List<ClockReader.Picture> pictures = new ClockReader(ffmpeg, LIMIT).read(address);
        assertTrue(pictures.size() > 350, pictures.size() + " pictures");
        double[] late = pictures.stream()
                .mapToDouble(picture ->
                        Math.abs(picture.ptsSeconds() - picture.number().orElseThrow() / 1_000.0))
                .sorted()
                .toArray();
        // A busy machine draws single pictures late; that does not move the clock.
        double most = late[late.length * 9 / 10];
        assertTrue(most < 0.3, "nine of ten pictures are timed within " + most + " s of their sending");
    }

    @Test
    void recordsVideoAloneAndAudioAlone() throws Exception {
        long beforeSeconds = System.currentTimeMillis() / 1_000;
        for (String track : new String[] {"v", "a"}) {
            boolean isVideo = track.equals("v");
            Path clip = clips.get(new Clips.Spec(12, 320, 180, 25, 50, 2, 400, isVideo, !isVideo));
            String stream = "live/only-" + track;
            try (RtmpPublisher publisher = server.publish("live", "only-" + track)) {
                publisher.sendPaced(FlvFile.read(clip), 0);
                publisher.unpublish();
            }
            Eventually.holds(stream + " recorded", LIMIT, () -> recordedSeconds(stream) > 11.5);
            String address = dvr.uri(dvr.recorded(stream, beforeSeconds - 5)).toString();
            Packets recorded = Packets.of(ffmpeg, address, track);
            assertEquals("", recorded.complaints());
            assertEquals(Packets.of(ffmpeg, clip.toString(), track).hashes(), recorded.hashes());
        }
    }

    @Test
    void recordsTheTrackItCanAndNamesTheOneItCannot() throws Exception {
        long beforeSeconds = System.currentTimeMillis() / 1_000;
        try (RunningProcess encoder = ffmpeg.start(
                "-re",
                "-i",
                clips.standard().toString(),
                "-t",
                "10",
                "-c:v",
                "flv1",
                "-c:a",
                "copy",
                "-f",
                "flv",
                server.rtmp("live/h263"))) {
            encoder.await(LIMIT).requireSuccess();
        }
        Eventually.holds("audio recorded", LIMIT, () -> recordedSeconds("live/h263") > 9);
        String address = dvr.uri(dvr.recorded("live/h263", beforeSeconds - 5)).toString();
        assertTrue(Packets.of(ffmpeg, address, "a").count() > 400);
        long reports = server.log()
                .lines()
                .filter(line -> line.contains("live/h263: not recorded: video codec Sorenson H.263"))
                .count();
        assertEquals(1, reports);
    }

    private static RunningProcess publish(Path clip, String stream) throws IOException {
        return ffmpeg.start("-re", "-i", clip.toString(), "-c", "copy", "-f", "flv", server.rtmp(stream));
    }

    private static double recordedSeconds(String stream) throws IOException, InterruptedException {
        double seconds = 0;
        for (var element : dvr.streams()) {
            JsonObject known = element.getAsJsonObject();
            if (known.get("path").getAsString().equals(stream) && known.has("from")) {
                seconds = known.get("to").getAsDouble() - known.get("from").getAsDouble();
            }
        }
        return seconds;
    }
}
