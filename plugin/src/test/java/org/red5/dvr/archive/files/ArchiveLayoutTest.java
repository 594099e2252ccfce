package org.red5.dvr.archive.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

class ArchiveLayoutTest {
    private static final String[] PIECES = {
        "/", "..", ".", " ", "%", "~", "~7E", "%2F", "\\", "\u0000", "\n", "\u007f", "é", "e\u0301", "摄像机", "🎥", "a",
        "A", "camera", "0", "-", "_", ":", "*", "?", "\"", "<", "|", "+", "CON", "~2e", "\u202e", "\ufeff", "\u0080",
        "ß"
    };

    @TempDir
    Path root;

    @ParameterizedTest
    @CsvSource({
        "camera, camera",
        "camera 1, camera 1",
        "Camera_1-b.x, Camera_1-b.x",
        "room/camera, room~2Fcamera",
        "'..', '~2E.'",
        "'.', '~2E'",
        "' a', '~20a'",
        "a/../b, a~2F..~2Fb",
        "50%, 50~25",
        "~, ~7E",
        "é, ~C3~A9",
        "🎥, ~F0~9F~8E~A5",
    })
    void namesBecomeOneDirectoryEach(String name, String directory) throws IOException {
        StreamKey stream = new StreamKey("live", name);
        assertEquals(root.resolve("live").resolve(directory), ArchiveLayout.streamDirectory(root, stream));
    }

    @Test
    void anyNamesComeBackFromDiskAndStayApart() throws IOException {
        Random random = new Random(20261122);
        Map<Path, StreamKey> byDirectory = new HashMap<>();
        while (byDirectory.size() < 250) {
            StreamKey stream = new StreamKey(name(random, 4).replace("/", "-"), name(random, 12));
            Path directory = ArchiveLayout.streamDirectory(root, stream);
            assertEquals(root, directory.getParent().getParent(), stream.toString());
            assertEquals(directory, directory.normalize(), stream.toString());
            StreamKey other = byDirectory.put(directory, stream);
            assertTrue(other == null || other.equals(stream), stream + " and " + other);
        }
        for (Path directory : byDirectory.keySet()) {
            Files.createDirectories(directory);
            assertTrue(directory.toRealPath().startsWith(root.toRealPath()), directory.toString());
        }
        List<StreamKey> found = streams(root);
        assertEquals(new HashSet<>(byDirectory.values()), new HashSet<>(found));
        assertEquals(byDirectory.size(), found.size());
    }

    @Test
    void namesThatDifferInCaseOrCompositionStayApart() throws IOException {
        Set<Path> directories = new HashSet<>();
        for (String name : List.of("a", "A", "é", "e\u0301", "ê", "a.", "a ", "a", "~61")) {
            directories.add(ArchiveLayout.streamDirectory(root, new StreamKey("live", name)));
        }
        assertEquals(8, directories.size());
    }

    @Test
    void namesTooLongForADirectoryAreRefused() throws IOException {
        assertTrue(fits("x".repeat(255)));
        assertFalse(fits("x".repeat(256)));
        assertTrue(fits("/".repeat(85)));
        assertFalse(fits("/".repeat(86)));
        assertFalse(fits("🎥".repeat(22)));
        IOException refused = assertThrows(
                IOException.class, () -> ArchiveLayout.streamDirectory(root, new StreamKey("live", "é".repeat(43))));
        assertTrue(refused.getMessage().contains("ééé"), refused.getMessage());
    }

    @Test
    void textThatHasNoFormInUtf8IsRefused() {
        for (String name : List.of("\ud83c", "a\udfa5", "\udfa5\ud83c")) {
            assertThrows(IOException.class, () -> ArchiveLayout.streamDirectory(root, new StreamKey("live", name)));
        }
    }

    @Test
    void directoriesThatAreNotOursNameNoStream() throws IOException {
        Files.createDirectories(root.resolve("live/camera"));
        for (String foreign : List.of("~2e.", "~", "~4", "~zz", "a~41", "~2Fa b~", "lost+found", "é", "~FF", "~C3")) {
            create(root.resolve("live"), foreign);
            create(root, foreign + "/camera");
        }
        create(root, "a~2Fb/camera");
        create(root, "é".repeat(60) + "/camera");
        Files.writeString(root.resolve("readme"), "not a directory");
        Files.writeString(root.resolve("live/notes.txt"), "not a directory");
        assertEquals(List.of(new StreamKey("live", "camera")), streams(root));
    }

    @Test
    void aRootThatIsNotThereHasNoStreams() throws IOException {
        assertEquals(List.of(), streams(root.resolve("nothing")));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T13:59:59.999999Z, 2026/11/22/13",
        "2026-11-22T14:00:00Z, 2026/11/22/14",
        "2024-02-29T00:00:00Z, 2024/02/29/00",
        "1970-01-01T00:00:00Z, 1970/01/01/00",
        "2099-12-31T23:30:00Z, 2099/12/31/23",
    })
    void hoursHaveADirectoryByTheirDateInUtc(String instant, String directory) {
        Instant time = Instant.parse(instant);
        long hour = Hours.at(time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000);
        assertEquals(root.resolve(directory), ArchiveLayout.hourDirectory(root, hour));
    }

    @Test
    void findsHoursAsASortedSetDoes() throws IOException {
        Random random = new Random(99);
        for (int round = 0; round < 8; round++) {
            Path stream = root.resolve("stream" + round);
            TreeSet<Long> model = new TreeSet<>();
            long base = Instant.parse("2024-02-28T20:00:00Z").getEpochSecond() / 3_600;
            int spread = List.of(6, 60, 24 * 40, 24 * 800).get(round % 4);
            for (int i = random.nextInt(20); i >= 0; i--) {
                model.add(base + random.nextInt(spread));
            }
            for (long hour : model) {
                Files.createDirectories(ArchiveLayout.hourDirectory(stream, hour));
            }
            litter(stream);
            for (int i = 0; i < 120; i++) {
                long asked = random.nextInt(4) == 0 ? model.first() + i : base - 30 + random.nextInt(spread + 60);
                assertEquals(of(model.floor(asked)), ArchiveLayout.hourAtOrBefore(stream, asked), "before " + asked);
                assertEquals(of(model.ceiling(asked)), ArchiveLayout.hourAtOrAfter(stream, asked), "after " + asked);
            }
            assertEquals(of(model.first()), ArchiveLayout.hourAtOrAfter(stream, 0));
            assertEquals(of(model.last()), ArchiveLayout.hourAtOrBefore(stream, Long.MAX_VALUE));
        }
    }

    @Test
    void aStreamWithoutHoursHasNone() throws IOException {
        assertEquals(OptionalLong.empty(), ArchiveLayout.hourAtOrAfter(root.resolve("nothing"), 0));
        litter(root);
        assertEquals(OptionalLong.empty(), ArchiveLayout.hourAtOrAfter(root, 0));
        assertEquals(OptionalLong.empty(), ArchiveLayout.hourAtOrBefore(root, Long.MAX_VALUE));
    }

    @Test
    void filesAreNamedAfterTheirTake() {
        TakeId take = new TakeId("20261122T131502123Z-origin");
        Path media = ArchiveLayout.mediaFile(root, take);
        Path index = ArchiveLayout.indexFile(root, take);
        assertEquals("20261122T131502123Z-origin.mp4", media.getFileName().toString());
        assertEquals("20261122T131502123Z-origin.idx", index.getFileName().toString());
        assertEquals(Optional.of(take), ArchiveLayout.takeOf(media, ArchiveLayout.MEDIA));
        assertEquals(Optional.of(take), ArchiveLayout.takeOf(index, ArchiveLayout.INDEX));
        assertEquals(Optional.empty(), ArchiveLayout.takeOf(index, ArchiveLayout.MEDIA));
        for (String foreign : List.of("holiday.mp4", "20261122T131502123Z.mp4", ".mp4", "20261122T131502123Z-.mp4")) {
            assertEquals(Optional.empty(), ArchiveLayout.takeOf(Path.of(foreign), ArchiveLayout.MEDIA), foreign);
        }
    }

    /** Names that look a little like hours and are none. */
    private static void litter(Path stream) throws IOException {
        for (String foreign : List.of(
                "0001/01/01/01",
                "1969/12/31/23",
                "2025/00/01/01",
                "2025/13/01/01",
                "2025/02/30/01",
                "2025/04/31/01",
                "2025/01/00/01",
                "2025/01/01/24",
                "2025/1/1/1",
                "20250/01/01/01",
                "２０２５/01/01/01",
                "thumbnails/01/01/01")) {
            create(stream, foreign);
        }
        create(stream, "2026/01");
        Files.writeString(stream.resolve("2026/01/02"), "a file where a day could be");
    }

    /** Creates a directory, unless the file system's encoding has no such name. */
    private static void create(Path parent, String name) throws IOException {
        if (Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder().canEncode(name)) {
            Files.createDirectories(parent.resolve(name));
        }
    }

    private boolean fits(String name) throws IOException {
        try {
            Files.createDirectories(ArchiveLayout.streamDirectory(root, new StreamKey("live", name)));
            return true;
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            return false;
        }
    }

    private static OptionalLong of(Long value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static String name(Random random, int most) {
        StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(most); i >= 0; i--) {
            name.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return name.toString();
    }

    private static List<StreamKey> streams(Path root) {
        return ArchiveLayout.streams(root, directory -> {
            try {
                return ArchiveLayout.children(directory);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
