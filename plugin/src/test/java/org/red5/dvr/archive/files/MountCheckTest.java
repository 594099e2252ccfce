package org.red5.dvr.archive.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

class MountCheckTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final long FULL_HOUR = 448_839_000L;

    @TempDir
    Path root;

    private boolean isMounted;

    @Test
    void nothingIsWrittenWhereNothingIsMounted() throws IOException {
        try (LocalArchive archive = archive(root)) {
            TestTake refused = TestTake.of(GRID, FULL_HOUR, 0, 2, Tracks.BOTH);
            TestTake taken = TestTake.of(GRID, FULL_HOUR + 10, 0, 2, Tracks.BOTH);
            assertThrows(NotMountedException.class, () -> refused.write(archive, STREAM));
            assertThrows(NotMountedException.class, () -> refused.write(archive, STREAM));
            assertEquals(List.of(), entries());
            isMounted = true;
            taken.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
            UtcRange window = new UtcRange(refused.startUtcMicros(), taken.endUtcMicros());
            Timeline timeline =
                    Timeline.of("origin", archive.find(STREAM, window).orElseThrow(), window);
            assertEquals(taken.segments(), timeline.segments());
            assertEquals(
                    List.of(new Timeline.Gap(
                            new UtcRange(refused.startUtcMicros(), taken.startUtcMicros()), GapReason.DISK_ERROR)),
                    timeline.gaps());
        }
    }

    @Test
    void aTakeDoesNotGoOnIntoAnHourWithoutTheDisk() throws IOException {
        isMounted = true;
        try (LocalArchive archive = archive(root)) {
            TakeWriter writer =
                    TestTake.of(GRID, FULL_HOUR - 2, 0, 2, Tracks.BOTH).write(archive, STREAM);
            isMounted = false;
            TestTake next = TestTake.of(GRID, FULL_HOUR, 0, 1, Tracks.BOTH);
            assertThrows(
                    NotMountedException.class,
                    () -> writer.append(next.contents().get(0)));
            assertFalse(Files.exists(ArchiveLayout.hourDirectory(
                    ArchiveLayout.streamDirectory(root, STREAM), Hours.at(next.startUtcMicros()))));
            writer.end(GapReason.DISK_ERROR);
        }
    }

    @Test
    void aRootThatIsNotThereIsRefused() throws IOException {
        isMounted = true;
        Path missing = root.resolve("missing");
        try (LocalArchive archive = archive(missing)) {
            assertThrows(
                    NotMountedException.class,
                    () -> TestTake.of(GRID, FULL_HOUR, 0, 1, Tracks.BOTH).write(archive, STREAM));
            assertFalse(Files.exists(missing));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void knowsTheSystemsMounts() throws IOException {
        assertTrue(MountCheck.ofSystem(Path.of("/")));
        assertTrue(MountCheck.ofSystem(Path.of("/proc")));
        assertFalse(MountCheck.ofSystem(root));
    }

    @Test
    void readsTheKernelsList() {
        String list = """
                36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw
                37 35 98:0 /x /mnt/disk\\040two rw - ext4 /dev/sdb rw

                """;
        assertTrue(MountCheck.isListed(Path.of("/mnt2"), list));
        assertTrue(MountCheck.isListed(Path.of("/mnt/disk two"), list));
        assertFalse(MountCheck.isListed(Path.of("/mnt1"), list));
    }

    private LocalArchive archive(Path root) {
        MountCheck check = new MountCheck(path -> isMounted);
        return new LocalArchive(
                stream -> Optional.of(root), List.of(root), GRID, ArchiveOptions.DEFAULT.with((RootCheck)
                        (stream, checked) -> check.check(checked)));
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.toList();
        }
    }
}
