package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * What other encoders than ffmpeg send to a real server is recorded whole: without sequence headers, with ADTS, start codes and
 * delimiters in packets of their own, with H.265 by codec id 12, anamorphic. Chromium plays it where it is installed; what is not recorded is
 * said in the log and in the status.
 */
@SideBySide
class OtherEncodersIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int SECONDS = 8;
    private static final int PICTURES = SECONDS * 25;

    @Test
    void recordsWhatTheySend() throws Exception {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "other-encoders");
        EncodedClips clips = new EncodedClips(ffmpeg, folder, SECONDS);
        List<FlvTag> clip = clips.get("clip", "320x180", EncodedClips.X264 + " -c:a aac");
        List<FlvTag> hevc =
                clips.get("hevc", "320x180", "-c:v libx265 -preset ultrafast -x265-params log-level=error -c:a aac");
        Map<String, List<FlvTag>> publishes = new LinkedHashMap<>();
        publishes.put("no-header", OtherEncoders.withoutVideoHeader(clip));
        publishes.put("adts", OtherEncoders.withAdts(clip));
        publishes.put("start-codes", OtherEncoders.withStartCodes(clip));
        publishes.put("id12", OtherEncoders.withCodecId12(hevc));
        publishes.put("anamorphic", clips.get("pal", "720x576", EncodedClips.X264 + " -vf setsar=64/45 -c:a aac"));
        publishes.put("vp6", OtherEncoders.withVp6(clip));
        try (Red5Server server = Red5Server.in(folder.resolve("red5"))
                .conf("node origin;\nstream * { dvr archive 2d; }\n")
                .start()) {
            long beforeSeconds = System.currentTimeMillis() / 1_000;
            publish(server, publishes);
            DvrClient dvr = new DvrClient(server);
            Map<String, String> addresses = new LinkedHashMap<>();
            for (String name : List.of("no-header", "adts", "start-codes", "id12", "anamorphic")) {
                Eventually.holds(name + " recorded", LIMIT, () -> dvr.recordedSeconds("live/" + name) > SECONDS - 0.5);
                String path = dvr.recorded("live/" + name, beforeSeconds - 5);
                addresses.put(name, path);
                Packets video = Packets.of(ffmpeg, dvr.uri(path).toString(), "v");
                assertEquals("", video.complaints(), name);
                assertEquals(PICTURES, video.count(), name);
                assertSound(clip, Packets.of(ffmpeg, dvr.uri(path).toString(), "a"), name);
            }
            assertTrue(dvr.text(addresses.get("anamorphic")).contains("RESOLUTION=1024x576"), "as it is shown");
            assertTrue(dvr.text(addresses.get("id12")).contains("hvc1."), "H.265");
            assertNotRecordedIsSaid(server, dvr);
            assertPlays(server, addresses);
        }
    }

    private static void publish(Red5Server server, Map<String, List<FlvTag>> publishes) throws Exception {
        List<PacedPublish> running = new ArrayList<>();
        for (Map.Entry<String, List<FlvTag>> publish : publishes.entrySet()) {
            running.add(
                    PacedPublish.start(server, "live", publish.getKey(), PacedPublish.inRealTime(publish.getValue())));
        }
        for (PacedPublish publish : running) {
            try (publish) {
                publish.await(LIMIT);
            }
        }
    }

    /** A take starts with the picture: sound that comes before it is left out. */
    private static void assertSound(List<FlvTag> clip, Packets sound, String name) {
        assertEquals("", sound.complaints(), name);
        long sent = clip.stream()
                .filter(tag -> tag.type() == FlvTag.AUDIO && !tag.isConfiguration())
                .count();
        assertTrue(sent - sound.count() <= 3, name + ": " + sound.count() + " of " + sent + " packets of sound");
    }

    private static void assertNotRecordedIsSaid(Red5Server server, DvrClient dvr) throws Exception {
        String status = dvr.text("live/vp6/recording_status.json");
        assertTrue(status.contains("\"not_recorded\":[{\"track\":\"video\",\"reason\":\"video codec VP6\"}]"), status);
        List<String> said = server.log()
                .lines()
                .filter(line -> line.contains("not recorded:"))
                .toList();
        assertEquals(1, said.size(), said.toString());
        assertTrue(said.get(0).contains("live/vp6: not recorded: video codec VP6"), said.toString());
    }

    private static void assertPlays(Red5Server server, Map<String, String> addresses) throws Exception {
        Optional<Path> chromium = PlayerPage.chromium();
        if (chromium.isEmpty()) {
            return;
        }
        Map<String, String> played = new LinkedHashMap<>(addresses);
        played.remove("id12"); // Debian's Chromium has no decoder for H.265.
        try (PlayerPage page = PlayerPage.of(server, chromium.get())) {
            PlayedToTheEnd end = new PlayedToTheEnd(page, played);
            for (String name : played.keySet()) {
                end.assertWell(name);
                // Some are decoded twice where the player jumps to the first picture.
                assertTrue(end.frames(name) >= PICTURES - 2, name + ": " + end.frames(name));
                assertEquals(List.of(name.equals("anamorphic") ? 1_024 : 320), end.widths(name), name);
            }
        }
    }
}
