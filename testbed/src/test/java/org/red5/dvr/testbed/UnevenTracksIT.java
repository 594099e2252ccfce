package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Tracks that do not go hand in hand, sent to a real server: stamped far apart, late, pausing, slow, of another configuration. All that
 * was sent is recorded once, and Chromium, where it is installed, plays on where a track is missing.
 */
@SideBySide
class UnevenTracksIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int SECONDS = 24;
    private static final int END_BYTES = 200;
    /** Where the pictures of a key frame's group begin, in every clip but the one with long groups. */
    private static final int GROUP_MILLIS = 2_000;

    private final Map<String, List<PacedPublish.Due>> publishes = new LinkedHashMap<>();

    @Test
    void areRecordedAndPlayed() throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "uneven-tracks");
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        makePublishes(new EncodedClips(ffmpeg, folder, SECONDS));
        try (Red5Server server = Red5Server.in(folder.resolve("red5"))
                .conf("node origin;\nstream * { dvr archive 2d; }\n")
                .start()) {
            long beforeSeconds = System.currentTimeMillis() / 1_000;
            publishAll(server);
            DvrClient dvr = new DvrClient(server);
            Map<String, String> addresses = new LinkedHashMap<>();
            Eventually.holds(
                    "all that was sent is recorded",
                    LIMIT,
                    () -> dvr.streams().asList().stream()
                            .noneMatch(stream ->
                                    stream.getAsJsonObject().get("live").getAsBoolean()));
            for (String name : publishes.keySet()) {
                addresses.put(name, dvr.recorded("live/" + name, beforeSeconds - 5));
                assertKept(dvr, addresses.get(name), name);
            }
            for (String name : List.of("11-s-apart", "an-hour-apart")) {
                assertInStep(ffmpeg, dvr.uri(addresses.get(name)).toString(), name);
            }
            long said =
                    server.log().lines().filter(line -> line.contains("-apart")).count();
            assertTrue(said < 20, said + " lines about two publishes");
            assertPlays(server, addresses);
        }
    }

    private void makePublishes(EncodedClips clips) throws Exception {
        String encoder = EncodedClips.X264 + " -c:a aac";
        List<PacedPublish.Due> clip = PacedPublish.inRealTime(clips.get("clip", "320x180", encoder + " -g 50"));
        List<PacedPublish.Due> longGroups =
                PacedPublish.inRealTime(clips.get("long-groups", "320x180", encoder + " -g 300 -ar 44100"));
        publishes.put("11-s-apart", moved(clip, FlvTag.AUDIO, 11_000));
        publishes.put("an-hour-apart", moved(clip, FlvTag.VIDEO, 3_600_000));
        publishes.put("late-picture", without(clip, due -> isPicture(due) && isIn(due, 0, 14)));
        publishes.put("camera-off", without(clip, due -> isPicture(due) && isIn(due, 4, SECONDS) || isIn(due, 6, 16)));
        publishes.put("picture-pauses", without(clip, due -> isPicture(due) && isIn(due, 4, 16)));
        publishes.put("sound-pauses", without(clip, due -> isSound(due) && isIn(due, 4, 16)));
        publishes.put("sound-first", soundFirst(clip));
        publishes.put("other-microphone", otherMicrophone(longGroups, clip));
        publishes.put("levels", levels(clip));
        publishes.put(
                "slow-pictures",
                without(clip, due -> due.tag().type() == FlvTag.AUDIO || isPicture(due) && due.millis() % 6_000 >= 40));
    }

    private static boolean isPicture(PacedPublish.Due due) {
        return due.tag().type() == FlvTag.VIDEO && !due.tag().isConfiguration();
    }

    private static boolean isSound(PacedPublish.Due due) {
        return due.tag().type() == FlvTag.AUDIO && !due.tag().isConfiguration();
    }

    private static boolean isIn(PacedPublish.Due due, int fromSeconds, int toSeconds) {
        return due.millis() >= fromSeconds * 1_000L && due.millis() < toSeconds * 1_000L;
    }

    private static List<PacedPublish.Due> without(List<PacedPublish.Due> clip, Predicate<PacedPublish.Due> left) {
        return clip.stream().filter(left.negate()).toList();
    }

    /** One track's frames are stamped so much later than the other's. */
    private static List<PacedPublish.Due> moved(List<PacedPublish.Due> clip, int track, long byMillis) {
        return clip.stream()
                .map(due -> due.tag().type() != track || due.tag().isConfiguration()
                        ? due
                        : new PacedPublish.Due(
                                due.millis(),
                                new FlvTag(
                                        track,
                                        due.tag().timestampMillis() + byMillis,
                                        due.tag().payload())))
                .toList();
    }

    /** The video's configuration comes with its first picture, which is that of the second group. */
    private static List<PacedPublish.Due> soundFirst(List<PacedPublish.Due> clip) {
        FlvTag header = header(clip, FlvTag.VIDEO);
        return Stream.concat(
                        clip.stream().filter(due -> due.tag().type() == FlvTag.AUDIO && due.millis() < GROUP_MILLIS),
                        Stream.concat(
                                Stream.of(new PacedPublish.Due(
                                        GROUP_MILLIS, new FlvTag(FlvTag.VIDEO, GROUP_MILLIS, header.payload()))),
                                clip.stream().filter(due -> due.millis() >= GROUP_MILLIS)))
                .toList();
    }

    /** In the middle of a group of pictures the sound has another configuration from then on. */
    private static List<PacedPublish.Due> otherMicrophone(List<PacedPublish.Due> clip, List<PacedPublish.Due> other) {
        int atMillis = 6_000;
        List<PacedPublish.Due> out =
                new ArrayList<>(without(clip, due -> due.tag().type() == FlvTag.AUDIO && due.millis() >= atMillis));
        out.add(new PacedPublish.Due(
                atMillis,
                new FlvTag(FlvTag.AUDIO, atMillis, header(other, FlvTag.AUDIO).payload())));
        other.stream().filter(due -> isSound(due) && due.millis() >= atMillis).forEach(out::add);
        out.sort((one, two) -> Long.compare(one.millis(), two.millis()));
        return out;
    }

    /** Before each key frame a configuration that says another level than the one before. */
    private static List<PacedPublish.Due> levels(List<PacedPublish.Due> clip) {
        byte[] header = header(clip, FlvTag.VIDEO).payload();
        List<PacedPublish.Due> out = new ArrayList<>();
        int keys = 0;
        for (PacedPublish.Due due : clip) {
            if (due.tag().isKeyFrame()) {
                byte[] changed = header.clone();
                // In the record and in its parameter set, which begins after the record's head and its own length.
                changed[8] = changed[16] = (byte) (keys++ % 2 == 0 ? 20 : 21);
                out.add(new PacedPublish.Due(
                        due.millis(), new FlvTag(FlvTag.VIDEO, due.tag().timestampMillis(), changed)));
            }
            out.add(due);
        }
        return out;
    }

    private static FlvTag header(List<PacedPublish.Due> clip, int track) {
        return clip.stream()
                .map(PacedPublish.Due::tag)
                .filter(tag -> tag.type() == track && tag.isConfiguration())
                .findFirst()
                .orElseThrow();
    }

    private void publishAll(Red5Server server) throws Exception {
        List<PacedPublish> running = new ArrayList<>();
        for (Map.Entry<String, List<PacedPublish.Due>> publish : publishes.entrySet()) {
            running.add(PacedPublish.start(server, "live", publish.getKey(), publish.getValue()));
        }
        for (PacedPublish publish : running) {
            try (publish) {
                publish.await(LIMIT);
            }
        }
    }

    private void assertKept(DvrClient dvr, String playlist, String name) throws Exception {
        SegmentSamples recorded = SegmentSamples.empty();
        for (DvrClient.Entry entry : dvr.entries(playlist)) {
            if (!entry.gap()) {
                recorded.add(dvr.bytes("live/" + name + "/" + entry.uri()));
            }
        }
        assertEquals(0, missing(name, UnevenTracksIT::isPicture, 5, recorded.video()), name + ": pictures are missing");
        // A take starts with the picture: sound that comes before it is left out.
        long missing = missing(name, UnevenTracksIT::isSound, 2, recorded.audio());
        assertTrue(missing <= 3, name + ": " + missing + " packets of sound are missing");
    }

    /**
     * How many of the frames sent, each behind a header of so many bytes, are not in what is recorded. They are told by their ends:
     * where parameter sets change, they stand in front of the key frames.
     */
    private long missing(String name, Predicate<PacedPublish.Due> track, int headerBytes, List<ByteBuffer> recorded) {
        Map<ByteBuffer, Integer> found = new HashMap<>();
        recorded.forEach(sample -> found.merge(end(sample), 1, Integer::sum));
        return publishes.get(name).stream()
                .filter(track)
                .map(due -> ByteBuffer.wrap(due.tag().payload())
                        .position(headerBytes)
                        .slice())
                .filter(sample -> found.merge(end(sample), -1, Integer::sum) < 0)
                .count();
    }

    private static ByteBuffer end(ByteBuffer sample) {
        int length = Math.min(END_BYTES, sample.remaining());
        return sample.slice(sample.limit() - length, length);
    }

    private static void assertInStep(Ffmpeg ffmpeg, String playlist, String name) throws Exception {
        Packets pictures = Packets.of(ffmpeg, playlist, "v");
        Packets sound = Packets.of(ffmpeg, playlist, "a");
        assertEquals(pictures.ptsSeconds().get(0), sound.ptsSeconds().get(0), 0.5, name);
        assertEquals(
                pictures.ptsSeconds().get(pictures.count() - 1),
                sound.ptsSeconds().get(sound.count() - 1),
                0.5,
                name);
    }

    private static void assertPlays(Red5Server server, Map<String, String> addresses) throws Exception {
        Optional<Path> chromium = PlayerPage.chromium();
        if (chromium.isEmpty()) {
            return;
        }
        Map<String, String> heard = new LinkedHashMap<>(addresses);
        heard.remove("slow-pictures");
        try (PlayerPage page = PlayerPage.of(server, chromium.get())) {
            PlayedToTheEnd end = new PlayedToTheEnd(page, heard);
            // Nine at once, four times as fast as real time: a busy machine may stumble.
            heard.keySet().forEach(end::assertEnded);
        }
    }
}
