package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * A real disk takes no writes for a while: nothing of the stream on it is lost, as packets wait in memory, and neither its publisher, nor
 * who watches it live, nor a stream on another disk, nor any request that needs no write notices it.
 */
@SideBySide
class HungDiskIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int DISK_MEGABYTES = 64;
    private static final int CLIP_SECONDS = 40;
    private static final int PICTURES_PER_SECOND = 25;
    /** So long it hangs: a segment is written up to a cell later, and a server may be silent about it for 10 s. */
    private static final int HUNG_PICTURES = 15 * PICTURES_PER_SECOND;

    private static final Duration MOST_FOR_AN_ANSWER = Duration.ofSeconds(1);

    @Test
    void nothingIsLostAndNobodyElseNotices() throws Exception {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Path clip = new Clips(ffmpeg, CacheFolder.standard())
                .get(new Clips.Spec(CLIP_SECONDS, 320, 180, PICTURES_PER_SECOND, 50, 2, 400, true, true));
        List<FlvTag> tags = FlvFile.read(clip).tags();
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "hung-disk");
        Optional<FreezableDisk> mounted = FreezableDisk.mount(folder.resolve("disk"), DISK_MEGABYTES);
        assumeTrue(mounted.isPresent(), "no disk can be mounted here that can be made to hang");
        try (FreezableDisk disk = mounted.get();
                Red5Server server = Red5Server.in(folder.resolve("red5"))
                        .conf("node origin;\nstream live/hung { dvr " + disk.folder() + "/archive 2d; }\n"
                                + "stream live/other { dvr archive 2d; }\n")
                        .start();
                PacedPublish other = PacedPublish.start(server, "live", "other", PacedPublish.inRealTime(tags));
                PacedPublish hung = PacedPublish.start(server, "live", "hung", PacedPublish.inRealTime(tags));
                LiveViewer viewer = LiveViewer.of(server, "live", "hung")) {
            DvrClient dvr = new DvrClient(server);
            Eventually.holds(
                    "segments of both",
                    LIMIT,
                    () -> dvr.recordedSeconds("live/hung") > 4 && dvr.recordedSeconds("live/other") > 4);
            disk.freeze();
            assertAnswersMeanwhile(dvr, viewer, hung);
            disk.thaw();
            Eventually.holds("well again", LIMIT, () -> text(dvr, "health").equals("{\"status\":\"ok\"}"));
            hung.await(LIMIT);
            other.await(LIMIT);
            Duration pause = viewer.longestPause();
            assertTrue(pause.toSeconds() < 2, "the viewer got nothing for " + pause);
            assertTrue(viewer.failure().isEmpty(), viewer.failure().toString());
            assertWhole(ffmpeg, dvr, clip, "other");
            assertWhole(ffmpeg, dvr, clip, "hung");
        }
    }

    /** Until so many more pictures have come live: every kind of answer, at once, and a warning. */
    private static void assertAnswersMeanwhile(DvrClient dvr, LiveViewer viewer, PacedPublish hung) throws Exception {
        int seen = viewer.media(FlvTag.VIDEO).size();
        double other = dvr.recordedSeconds("live/other");
        List<String> healths = new ArrayList<>();
        while (viewer.media(FlvTag.VIDEO).size() < seen + HUNG_PICTURES) {
            assertFalse(hung.isDone(), "it was published for too short a time");
            for (String path : List.of(
                    "health",
                    "metrics",
                    "streams.json",
                    "live/hung/index-media.m3u8",
                    "live/hung/recording_status.json",
                    "live/other/index-media.m3u8")) {
                long beganNanos = System.nanoTime();
                HttpResponse<byte[]> answer = dvr.get(path);
                Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);
                assertEquals(200, answer.statusCode(), path);
                assertTrue(took.compareTo(MOST_FOR_AN_ANSWER) < 0, path + " took " + took);
                if (path.equals("health")) {
                    healths.add(new String(answer.body(), StandardCharsets.UTF_8));
                }
            }
        }
        assertTrue(dvr.recordedSeconds("live/other") > other + 8, "the other disk's is written");
        assertTrue(healths.get(healths.size() - 1).contains("does not take writes"), healths.toString());
    }

    private static String text(DvrClient dvr, String path) throws Exception {
        return new String(dvr.get(path).body(), StandardCharsets.UTF_8);
    }

    private static void assertWhole(Ffmpeg ffmpeg, DvrClient dvr, Path clip, String stream) throws Exception {
        Eventually.holds(
                stream + " is written", LIMIT, () -> dvr.recordedSeconds("live/" + stream) > CLIP_SECONDS - 0.5);
        String window = dvr.uri(dvr.recorded("live/" + stream, System.currentTimeMillis() / 1_000 - 300))
                .toString();
        for (String track : List.of("v", "a")) {
            Packets recorded = Packets.of(ffmpeg, window, track);
            assertEquals("", recorded.complaints());
            assertEquals(Packets.of(ffmpeg, clip.toString(), track).hashes(), recorded.hashes());
        }
    }
}
