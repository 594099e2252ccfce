package org.red5.dvr.archive.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.RecordedHour;
import org.red5.dvr.archive.Recovery;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.UtcRange;

/** Two servers never write below one root. */
class RootLocksTest {
    static final StreamKey STREAM = new StreamKey("live", "camera");
    static final TestTake RECORDED = TestTake.of(SegmentGrid.DEFAULT, 448_839_000L, 0, 3, TestTake.Tracks.BOTH);

    private static final TestTake NEXT = TestTake.of(SegmentGrid.DEFAULT, 448_839_010L, 0, 2, TestTake.Tracks.BOTH);
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 4);
    private static final int LIMIT_SECONDS = 30;

    @TempDir
    Path folder;

    private final List<String> told = new ArrayList<>();
    private final ArchiveMeter meter = new ArchiveMeter() {
        @Override
        public void segmentsRecovered(long segments) {}

        @Override
        public void segmentsDamaged(long segments) {}

        @Override
        public void rootInUse(Path root) {
            told.add("in use " + root.getFileName());
        }

        @Override
        public void rootFree(Path root) {
            told.add("free " + root.getFileName());
        }
    };

    @Test
    void whatAnotherServerRecordsIsReadAndNotTouchedUntilThatOneIsGone() throws Exception {
        Path root = Files.createDirectory(folder.resolve("root"));
        Process other = start(root);
        try (LocalArchive archive = archive(root)) {
            Map<String, byte[]> before = files(root);
            Files.writeString(notes(root), "mine");
            new Recovery(archive).run();
            assertEquals(RECORDED.segments(), find(archive));
            assertThrows(RootInUseException.class, () -> NEXT.write(archive, STREAM));
            assertThrows(RootInUseException.class, () -> NEXT.write(archive, STREAM));
            assertThrows(
                    RootInUseException.class,
                    () -> archive.archive(STREAM).orElseThrow().checkRoot());
            assertTrue(Files.exists(notes(root)), "nothing is set aside");
            Files.delete(notes(root));
            assertFiles(before, root);
            assertEquals(List.of("in use root"), told);

            other.getOutputStream().close();
            assertTrue(other.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "the other server is gone");
            Files.writeString(notes(root), "mine");
            NEXT.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
            assertEquals(List.of("in use root", "free root"), told);
            assertTrue(Files.exists(ArchiveLayout.asideFile(notes(root), 0)), "the root was looked through before");
            List<Segment> both = new ArrayList<>(RECORDED.segments());
            both.addAll(NEXT.segments());
            assertEquals(both, find(archive));
            assertEquals(
                    List.of(
                            new TakeEnd(RECORDED.id(), RECORDED.endUtcMicros(), GapReason.SERVER_DOWN),
                            new TakeEnd(NEXT.id(), NEXT.startUtcMicros(), GapReason.DISK_ERROR),
                            new TakeEnd(NEXT.id(), NEXT.endUtcMicros(), GapReason.NOT_PUBLISHED)),
                    archive.find(STREAM, EVER).orElseThrow().ends());
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void twoPathsOfOneServerMayLeadToOneRootOrIntoEachOther() throws IOException {
        Path root = Files.createDirectory(folder.resolve("root"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), root);
        Path inside = root.resolve("live");
        Map<StreamKey, Path> roots = Map.of(
                new StreamKey("live", "one"), root,
                new StreamKey("live", "two"), link,
                new StreamKey("live", "three"), inside);
        List<Path> all = List.of(root, link, inside);
        try (LocalArchive archive = new LocalArchive(
                stream -> Optional.ofNullable(roots.get(stream)),
                all,
                SegmentGrid.DEFAULT,
                ArchiveOptions.DEFAULT.with(meter))) {
            for (StreamKey stream : roots.keySet()) {
                RECORDED.write(archive, stream).end(GapReason.NOT_PUBLISHED);
                assertEquals(
                        RECORDED.segments(),
                        archive.find(stream, EVER).orElseThrow().segments());
            }
            new Recovery(archive).run();
        }
        assertEquals(List.of(), told);
    }

    @Test
    void aRootIsFreeWhenItsServerHasStopped() throws IOException {
        for (int i = 0; i < 2; i++) {
            try (LocalArchive archive = archive(folder)) {
                (i == 0 ? RECORDED : NEXT).write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
                try (LocalArchive second = archive(folder)) {
                    assertThrows(RootInUseException.class, () -> NEXT.write(second, STREAM));
                    second.useRoots(List.of());
                }
            }
        }
        Path name = folder.getFileName();
        assertEquals(List.of("in use " + name, "free " + name, "in use " + name, "free " + name), told);
    }

    @Test
    void aRootThatCannotBeLockedIsRecordedTo() throws IOException {
        Files.createDirectory(folder.resolve(RootLocks.NAME));
        try (LocalArchive archive = archive(folder)) {
            RECORDED.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
            assertEquals(RECORDED.segments(), find(archive));
        }
        assertEquals(List.of(), told);
    }

    @Test
    void aLockFileThatIsDeletedIsMadeAgain() throws IOException {
        try (LocalArchive archive = archive(folder)) {
            RECORDED.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
            Files.delete(folder.resolve(RootLocks.NAME));
            NEXT.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
            assertTrue(Files.exists(folder.resolve(RootLocks.NAME)));
            assertEquals(List.of(STREAM), archive.streams());
        }
    }

    private static Process start(Path root) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RootHolder.class.getName(),
                        root.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = lines.readLine();
        while (line != null && !line.equals("recorded")) {
            line = lines.readLine();
        }
        assertEquals("recorded", line);
        return process;
    }

    private LocalArchive archive(Path root) {
        return new LocalArchive(
                stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT, ArchiveOptions.DEFAULT.with(meter));
    }

    private static List<Segment> find(LocalArchive archive) throws IOException {
        return archive.find(STREAM, EVER).orElseThrow().segments();
    }

    private static Path notes(Path root) throws IOException {
        return RecordedHour.hourDirectory(root, RECORDED.segments().get(0).number())
                .resolve("notes.txt");
    }

    /** Without the lock file: whoever opens and closes it gives up his process's locks. */
    private static Map<String, byte[]> files(Path root) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(RootLocks.NAME))
                    .toList()) {
                files.put(path.toString(), Files.readAllBytes(path));
            }
        }
        return files;
    }

    private static void assertFiles(Map<String, byte[]> expected, Path root) throws IOException {
        Map<String, byte[]> now = files(root);
        assertEquals(expected.keySet(), now.keySet());
        expected.forEach((file, bytes) -> assertArrayEquals(bytes, now.get(file), file));
    }
}
