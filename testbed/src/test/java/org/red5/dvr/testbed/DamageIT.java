package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.StreamKey;

/**
 * The last 64 KB of media, of an index and of both are cut, zeroed and flipped, in hours that were open when their server
 * went down, in last hours that were closed, and in the middle of an archive. A real server starts with all of that: what is
 * damaged is named, and the rest plays.
 */
@SideBySide
class DamageIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long START_SECONDS = RecordedTags.START_MICROS / 1_000_000;
    private static final long LATER_MICROS = RecordedTags.START_MICROS + 5 * 3_600_000_000L;
    private static final int TAIL_BYTES = 64 << 10;
    private static final int INDEX_RECORD_BYTES = 48;
    private static final long SEED = Long.getLong("damage.seed", System.nanoTime());

    private enum Hour {
        OPEN,
        CLOSED,
        MIDDLE
    }

    private enum Damaged {
        MEDIA,
        INDEX,
        BOTH
    }

    private enum How {
        CUT,
        ZEROED,
        FLIPPED
    }

    /** One stream, and what becomes of its files. */
    private record Case(Hour hour, Damaged files, How how) {
        static List<Case> all() {
            List<Case> all = new ArrayList<>();
            for (Hour hour : Hour.values()) {
                for (Damaged files : Damaged.values()) {
                    for (How how : How.values()) {
                        all.add(new Case(hour, files, how));
                    }
                }
            }
            return all;
        }

        /** Then the index knows that the rest was there: it may come back. */
        boolean isCutAfterItsEnd() {
            return hour != Hour.OPEN && files == Damaged.MEDIA && how == How.CUT;
        }

        String stream() {
            return (hour + "-" + files + "-" + how).toLowerCase(Locale.ROOT);
        }
    }

    private final Random random = new Random(SEED);
    private Packets sent;
    private Ffmpeg ffmpeg;

    @Test
    void whatIsDamagedIsNamedAndTheRestPlays() throws Exception {
        System.out.println("DamageIT: damage.seed=" + SEED);
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Path clip = new Clips(ffmpeg, CacheFolder.standard()).standard();
        sent = Packets.of(ffmpeg, clip.toString(), "v");
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "damage");
        List<FlvTag> tags = FlvFile.read(clip).tags();
        List<Path> recorded = new ArrayList<>();
        for (Case each : Case.all()) {
            recorded.add(prepare(folder.resolve("archive"), tags, each));
        }
        try (Red5Server server = Red5Server.in(folder)
                .conf("node origin;\nstream * { dvr archive; }\n")
                .start()) {
            DvrClient dvr = new DvrClient(server);
            for (int i = 0; i < recorded.size(); i++) {
                Case each = Case.all().get(i);
                try {
                    check(server, dvr, each, recorded.get(i));
                } catch (AssertionError | IOException e) {
                    throw new AssertionError(each + ": " + e.getMessage(), e);
                }
            }
        }
    }

    /** Records a minute of a stream and damages it; gives the media file. */
    private Path prepare(Path root, List<FlvTag> tags, Case each) throws IOException {
        StreamKey stream = new StreamKey("live", each.stream());
        Path media = RecordedTags.hourFiles(root, stream, tags, RecordedTags.START_MICROS)
                .get(0);
        if (each.hour() == Hour.MIDDLE) {
            RecordedTags.hourFiles(root, stream, tags, LATER_MICROS);
        }
        Path index = index(media);
        if (each.hour() == Hour.OPEN) {
            byte[] closed = Files.readAllBytes(index);
            Files.write(index, Arrays.copyOf(closed, closed.length - INDEX_RECORD_BYTES));
        }
        if (each.files() != Damaged.INDEX) {
            damage(media, each.how());
        }
        if (each.files() != Damaged.MEDIA) {
            damage(index, each.how());
        }
        return media;
    }

    private void damage(Path file, How how) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int first = Math.max(0, bytes.length - TAIL_BYTES);
        switch (how) {
            case CUT -> bytes = Arrays.copyOf(bytes, first);
            case ZEROED -> Arrays.fill(bytes, first, bytes.length, (byte) 0);
            case FLIPPED -> {
                for (int i = 0; i < 5; i++) {
                    bytes[first + random.nextInt(bytes.length - first)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        Files.write(file, bytes);
    }

    private void check(Red5Server server, DvrClient dvr, Case each, Path media)
            throws IOException, InterruptedException {
        String stream = "live/" + each.stream();
        String window = stream + "/archive-" + (START_SECONDS - 10) + "-120.m3u8";
        Packets played = Packets.of(ffmpeg, dvr.uri(window).toString(), "v");
        assertEquals("", played.complaints());
        int missing = sent.count() - played.count();
        assertIsSentButForAHole(played.hashes());
        // Whole segments of 4 s, and no more of them than 64 KB reach into.
        boolean isMediaDamaged = each.files() != Damaged.INDEX;
        assertTrue(isMediaDamaged ? missing > 0 && missing <= 2 * 100 : missing == 0, missing + " pictures missing");
        assertEquals(isMediaDamaged, hasReason(dvr, stream, "damaged"));
        assertTrue(!isMediaDamaged || server.log().contains(media.getFileName() + ": segment "), "not in the log");
        if (each.files() != Damaged.MEDIA && each.how() != How.CUT) {
            assertTrue(Files.exists(Path.of(index(media) + ".aside")), "the damaged index is kept");
        }
        if (each.isCutAfterItsEnd()) {
            assertFalse(Files.exists(Path.of(media + ".aside")), "it waits for its rest as it is");
        } else {
            assertFilePlays(media, played.count());
        }
    }

    private void assertIsSentButForAHole(List<String> played) {
        int before = 0;
        while (before < played.size() && played.get(before).equals(sent.hashes().get(before))) {
            before++;
        }
        int behind = played.size() - before;
        assertEquals(sent.hashes().subList(sent.count() - behind, sent.count()), played.subList(before, played.size()));
    }

    private boolean hasReason(DvrClient dvr, String stream, String reason) throws IOException, InterruptedException {
        String path = stream + "/recording_status.json?from=" + START_SECONDS + "&to=" + (START_SECONDS + 60);
        JsonObject status =
                JsonParser.parseString(dvr.text(path)).getAsJsonArray().get(0).getAsJsonObject();
        for (JsonElement hole : status.getAsJsonArray("holes")) {
            if (hole.getAsJsonObject().get("reason").getAsString().equals(reason)) {
                return true;
            }
        }
        return false;
    }

    /** The hour file by itself, as a player opens it that knows nothing of the index. */
    private void assertFilePlays(Path media, int pictures) throws IOException, InterruptedException {
        RunningProcess.Result probed = ffmpeg.probe(
                        LIMIT,
                        "-select_streams",
                        "v",
                        "-count_packets",
                        "-show_entries",
                        "stream=nb_read_packets",
                        "-of",
                        "csv=p=0",
                        media.toString())
                .requireSuccess();
        assertEquals("", probed.errors());
        assertEquals(pictures, Integer.parseInt(probed.outputText().strip()));
        assertEquals("", ffmpeg.decode(LIMIT, media.toString()).requireSuccess().errors());
    }

    private static Path index(Path media) {
        return Path.of(media.toString().replace(".mp4", ".idx"));
    }
}
