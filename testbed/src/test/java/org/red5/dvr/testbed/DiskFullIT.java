package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A real disk of 50 MB fills up under a recording and gets space back: the hole says why, recording goes on by itself, and
 * neither the publisher, nor who watches live, nor a stream on another disk notices anything.
 */
@SideBySide
class DiskFullIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int DISK_MEGABYTES = 50;
    /** Less than a segment has, so that one is cut off in its middle. */
    private static final long LEFT_BYTES = 100_000;

    /** A viewer's first packets: a key frame that was kept, and then what comes live. */
    private static final int JOINING_PACKETS = 20;

    private static final int CLIP_SECONDS = 44;
    private static final double GROUP_SECONDS = 2;
    private static final double FRAME_SECONDS = 0.04;
    private static final double SOUND_SECONDS = 1_024 / 48_000.0;

    private record Range(double from, double duration, String reason) {
        double to() {
            return from + duration;
        }
    }

    @Test
    void theHoleSaysWhyAndNobodyElseNotices() throws Exception {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Path clip = new Clips(ffmpeg, CacheFolder.standard())
                .get(new Clips.Spec(CLIP_SECONDS, 320, 180, 25, 50, 2, 400, true, true));
        List<FlvTag> tags = FlvFile.read(clip).tags();
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "disk-full");
        try (Tmpfs disk = Tmpfs.mount(folder.resolve("disk"), DISK_MEGABYTES);
                Red5Server server = Red5Server.in(folder.resolve("red5"))
                        .conf("node origin;\nstream live/full { dvr " + disk.folder() + "/archive 80d; }\n"
                                + "stream live/other { dvr archive 2d; }\n")
                        .start();
                PacedPublish other = PacedPublish.start(server, "live", "other", PacedPublish.inRealTime(tags));
                PacedPublish full = PacedPublish.start(server, "live", "full", PacedPublish.inRealTime(tags));
                LiveViewer viewer = LiveViewer.of(server, "live", "full")) {
            DvrClient dvr = new DvrClient(server);
            fillAndEmpty(disk, dvr, viewer);
            full.await(LIMIT);
            other.await(LIMIT);
            assertEquals(1, count(server.log(), "live/full: not recorded: disk full"), "it is reported once");
            Eventually.holds("the viewer's last packet", LIMIT, () -> endsAs(viewer, tags));
            assertTrue(viewer.failure().isEmpty(), viewer.failure().toString());
            assertNoGap("video", LiveViewer.media(tags, FlvTag.VIDEO), viewer.media(FlvTag.VIDEO));
            assertNoGap("audio", LiveViewer.media(tags, FlvTag.AUDIO), viewer.media(FlvTag.AUDIO));
            Duration pause = viewer.longestPause();
            assertTrue(pause.toSeconds() < 3, "the viewer got nothing for " + pause);
            assertWhole(ffmpeg, dvr, clip);
            assertOneHole(ffmpeg, dvr, clip, disk.folder());
        }
    }

    /** In the middle of a recording that is watched. */
    private static void fillAndEmpty(Tmpfs disk, DvrClient dvr, LiveViewer viewer) throws Exception {
        Eventually.holds(
                "a segment on the small disk",
                LIMIT,
                () -> ranges(dvr, "full", "ranges").stream().anyMatch(range -> range.duration() > 3));
        Eventually.holds(
                "the viewer watches", LIMIT, () -> viewer.media(FlvTag.VIDEO).size() > 2 * JOINING_PACKETS);
        disk.fill(LEFT_BYTES);
        Eventually.holds("a full disk", LIMIT, () -> dvr.get("health").statusCode() == 503);
        String health = new String(dvr.get("health").body(), StandardCharsets.UTF_8);
        assertTrue(health.contains("disk full, streams not recorded: 1"), health);
        int seen = viewer.media(FlvTag.VIDEO).size();
        Eventually.holds(
                "six seconds more, unrecorded",
                LIMIT,
                () -> viewer.media(FlvTag.VIDEO).size() > seen + 150);
        disk.empty();
        Eventually.holds("recorded again", LIMIT, () -> dvr.get("health").statusCode() == 200);
    }

    private static boolean endsAs(LiveViewer viewer, List<FlvTag> tags) {
        List<ByteBuffer> sent = LiveViewer.media(tags, FlvTag.VIDEO);
        List<ByteBuffer> received = viewer.media(FlvTag.VIDEO);
        return received.get(received.size() - 1).equals(sent.get(sent.size() - 1));
    }

    /** Up to its last packet a viewer got all that was sent, but for what Red5 leaves out where a viewer joins. */
    private static void assertNoGap(String what, List<ByteBuffer> sent, List<ByteBuffer> received) {
        int common = 0;
        while (common < Math.min(sent.size(), received.size())
                && received.get(received.size() - 1 - common).equals(sent.get(sent.size() - 1 - common))) {
            common++;
        }
        assertTrue(
                common >= received.size() - JOINING_PACKETS,
                what + " has a gap before the last " + common + " of " + received.size() + " packets");
    }

    /** The stream on the other disk has every frame. */
    private static void assertWhole(Ffmpeg ffmpeg, DvrClient dvr, Path clip) throws Exception {
        Eventually.holds(
                "the other stream is written",
                LIMIT,
                () -> ranges(dvr, "other", "ranges").stream().anyMatch(range -> range.duration() > CLIP_SECONDS - 0.5));
        Packets sent = Packets.of(ffmpeg, clip.toString(), "v");
        Packets recorded = Packets.of(ffmpeg, archive(dvr, "other"), "v");
        assertEquals("", recorded.complaints());
        assertEquals(sent.hashes(), recorded.hashes());
        assertEquals(1, ranges(dvr, "other", "ranges").size());
    }

    /** What is missing is what the status says, to the frame, and its files are whole. The sound goes on first, the picture with a key frame. */
    private static void assertOneHole(Ffmpeg ffmpeg, DvrClient dvr, Path clip, Path disk) throws Exception {
        List<Range> ranges = ranges(dvr, "full", "ranges");
        assertEquals(2, ranges.size(), ranges.toString());
        List<Range> holes = ranges(dvr, "full", "holes").stream()
                .filter(hole -> hole.from() < ranges.get(1).to() - 0.5)
                .toList();
        assertEquals(1, holes.size(), holes.toString());
        Range hole = holes.get(0);
        assertEquals("disk full", hole.reason());
        assertEquals(ranges.get(0).to(), hole.from(), 0.0005);
        assertEquals(ranges.get(1).from(), hole.to(), 0.0005);

        List<List<Path>> takes = List.copyOf(HourFiles.takes(disk).values());
        assertEquals(2, takes.size(), takes.toString());
        double soundSeconds = SOUND_SECONDS * missing(ffmpeg, dvr, clip, takes, "a");
        assertEquals(soundSeconds, hole.duration(), SOUND_SECONDS * 3, "missing sound");
        double pictureSeconds = FRAME_SECONDS * missing(ffmpeg, dvr, clip, takes, "v");
        double later = pictureSeconds - hole.duration();
        assertTrue(later > -2 * FRAME_SECONDS && later < GROUP_SECONDS, "missing pictures: " + pictureSeconds + " s");
    }

    /** How many packets of a track are missing in the middle of what was sent; all others are played. */
    private static int missing(Ffmpeg ffmpeg, DvrClient dvr, Path clip, List<List<Path>> takes, String track)
            throws Exception {
        List<String> sent = Packets.of(ffmpeg, clip.toString(), track).hashes();
        Packets before = whole(ffmpeg, takes.get(0), track);
        Packets shown = whole(ffmpeg, takes.get(1), track);
        Packets after = shown.onlyOf(sent);
        assertEquals(sent.subList(0, before.count()), before.hashes());
        assertEquals(sent.subList(sent.size() - after.count(), sent.size()), after.hashes());
        assertEquals(
                before.count() + shown.count(),
                Packets.of(ffmpeg, archive(dvr, "full"), track).count());
        return sent.size() - before.count() - after.count();
    }

    private static Packets whole(Ffmpeg ffmpeg, List<Path> take, String track) throws Exception {
        for (Path file : take) {
            RunningProcess.Result probed = ffmpeg.probe(LIMIT, "-show_streams", file.toString());
            assertEquals("", probed.requireSuccess().errors());
            RunningProcess.Result decoded = ffmpeg.decode(LIMIT, file.toString());
            assertEquals("", decoded.requireSuccess().errors());
        }
        return Packets.of(ffmpeg, take, track);
    }

    private static String archive(DvrClient dvr, String stream) throws Exception {
        long from = (long) ranges(dvr, stream, "ranges").get(0).from() - 1;
        return dvr.uri(dvr.recorded("live/" + stream, from)).toString();
    }

    private static List<Range> ranges(DvrClient dvr, String stream, String list) throws Exception {
        if (dvr.get("live/" + stream + "/recording_status.json").statusCode() != 200) {
            return List.of();
        }
        JsonObject status = dvr.status("live/" + stream).get(0).getAsJsonObject();
        JsonArray ranges = JsonParser.parseString(status.get(list).toString()).getAsJsonArray();
        return ranges.asList().stream().map(DiskFullIT::range).toList();
    }

    private static Range range(JsonElement element) {
        JsonObject range = element.getAsJsonObject();
        String reason = range.has("reason") ? range.get("reason").getAsString() : "";
        return new Range(range.get("from").getAsDouble(), range.get("duration").getAsDouble(), reason);
    }

    private static long count(String log, String text) {
        return log.lines().filter(line -> line.contains(text)).count();
    }
}
