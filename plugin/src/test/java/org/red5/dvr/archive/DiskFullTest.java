package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.DiskFullException;
import org.red5.dvr.archive.files.FaultyDisk;
import org.red5.dvr.archive.files.RootLocks;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.UtcRange;

/** Writing to a disk that is full or broken: the files stay valid, and what happened is known. */
class DiskFullTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final long NUMBER = 448_838_400L;
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 2);

    @TempDir
    Path root;

    @TempDir
    Path folder;

    private final FaultyDisk disk = new FaultyDisk();
    private final TestTake take = TestTake.of(SegmentGrid.DEFAULT, NUMBER, 0, 3, TestTake.Tracks.BOTH);

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 100, 1_000})
    void whatDidNotFitIsCutOffAgain(long roomBytes) throws IOException {
        try (LocalArchive archive = archive()) {
            TakeWriter writer = begin(archive, take, 2);
            disk.capacity(disk.usedBytes() + roomBytes);
            assertThrows(
                    DiskFullException.class, () -> writer.append(take.contents().get(2)));
        }
        assertArrayEquals(
                mediaOf(take, 2), Files.readAllBytes(file(ArchiveLayout.MEDIA).orElseThrow()));
        assertEquals(64 + 2 * 48, Files.size(file(ArchiveLayout.INDEX).orElseThrow()));
    }

    @Test
    void theMediaOfASegmentWhoseIndexRecordDidNotFitIsCutOffToo() throws IOException {
        try (LocalArchive archive = archive()) {
            TakeWriter writer = begin(archive, take, 2);
            disk.capacity(disk.usedBytes() + TestTake.muxedBytes(take.contents().get(2)).length + 20);
            assertThrows(
                    DiskFullException.class, () -> writer.append(take.contents().get(2)));
            writer.end(GapReason.DISK_FULL);
        }
        assertArrayEquals(
                mediaOf(take, 2), Files.readAllBytes(file(ArchiveLayout.MEDIA).orElseThrow()));
        assertEquals(List.of(GapReason.DISK_FULL), reasonsAfterRestart());
    }

    @Test
    void theSpaceOfWhatWasCutOffHoldsTheReason() throws IOException {
        try (LocalArchive archive = archive()) {
            TakeWriter writer = begin(archive, take, 2);
            disk.capacity(disk.usedBytes() + 48);
            assertThrows(
                    DiskFullException.class, () -> writer.append(take.contents().get(2)));
            writer.end(GapReason.DISK_FULL);
            assertEquals(List.of(GapReason.DISK_FULL), reasonsAfterRestart());
        }
    }

    @Test
    void aReasonThatDoesNotFitIsKnownAtOnceAndWrittenBeforeTheNextTake() throws IOException {
        try (LocalArchive archive = archive()) {
            TakeWriter writer = begin(archive, take, 2);
            disk.capacity(disk.usedBytes());
            assertThrows(DiskFullException.class, () -> writer.end(GapReason.DISK_FULL));
            assertEquals(List.of(GapReason.DISK_FULL), reasons(archive));
            assertFalse(archive.find(STREAM, EVER).orElseThrow().live());
            assertEquals(List.of(GapReason.SERVER_DOWN), reasonsAfterRestart());
            TestTake next = TestTake.of(SegmentGrid.DEFAULT, NUMBER + 10, 0, 1, TestTake.Tracks.BOTH);
            assertThrows(DiskFullException.class, () -> next.write(archive, STREAM));
            disk.capacity(Long.MAX_VALUE);
            next.write(archive, STREAM);
            assertEquals(List.of(GapReason.DISK_FULL), reasons(archive));
            assertTrue(archive.find(STREAM, EVER).orElseThrow().live());
            assertEquals(GapReason.DISK_FULL, reasonsAfterRestart().get(0));
        }
    }

    @Test
    void aReasonThatDidNotFitIsWrittenWhenTheArchiveCloses() throws IOException {
        try (LocalArchive archive = archive()) {
            TakeWriter writer = begin(archive, take, 2);
            disk.capacity(disk.usedBytes());
            assertThrows(DiskFullException.class, () -> writer.end(GapReason.DISK_FULL));
            disk.capacity(Long.MAX_VALUE);
        }
        assertEquals(List.of(GapReason.DISK_FULL), reasonsAfterRestart());
    }

    @Test
    void aTakeThatCannotBeginLeavesNoFile() throws IOException {
        try (LocalArchive archive = archive()) {
            for (long room : new long[] {0, 10, take.init().toBytes().length + 10}) {
                disk.capacity(room);
                assertThrows(DiskFullException.class, () -> take.write(archive, STREAM));
                assertTrue(files().isEmpty(), () -> "with " + room + " bytes: " + files());
            }
            disk.capacity(Long.MAX_VALUE);
            take.write(archive, STREAM);
            assertEquals(3, archive.find(STREAM, EVER).orElseThrow().segments().size());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "No space left on device, 1000000, true",
        "Disk quota exceeded, 1000000, true",
        "There is not enough space on the disk, 1000000, true",
        "Auf dem Gerät ist kein Speicherplatz mehr verfügbar, 0, true",
        "Input/output error, 1000000, false",
        "Permission denied, 1000000, false"
    })
    void aFullDiskIsToldFromABrokenOne(String sentence, long usableBytes, boolean isFull) {
        IOException failure = new IOException(sentence);
        IOException classified = DiskFullException.classify(failure, disk.capacity(usableBytes), root);
        assertEquals(isFull, classified instanceof DiskFullException);
        assertTrue(classified.getMessage().contains(sentence));
    }

    @Test
    void whatTheSystemReallySaysIsUnderstood() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "this system has no /dev/full");
        try (FileChannel channel = FileChannel.open(full, StandardOpenOption.WRITE)) {
            IOException failure = assertThrows(IOException.class, () -> channel.write(ByteBuffer.allocate(1)));
            IOException classified = DiskFullException.classify(failure, disk.capacity(Long.MAX_VALUE), full);
            assertTrue(classified instanceof DiskFullException, failure.toString());
        }
    }

    @Test
    void aBrokenDiskIsNotCalledFull() throws IOException {
        try (LocalArchive archive = archive()) {
            TakeWriter writer = begin(archive, take, 2);
            disk.broken(true);
            IOException failure = assertThrows(
                    IOException.class, () -> writer.append(take.contents().get(2)));
            assertFalse(failure instanceof DiskFullException, failure.toString());
        }
    }

    private LocalArchive archive() {
        return new LocalArchive(
                stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT, ArchiveOptions.DEFAULT.with(disk));
    }

    private static TakeWriter begin(LocalArchive archive, TestTake take, int segments) throws IOException {
        TakeWriter writer = archive.begin(STREAM, take.id(), take.init(), ByteBuffer.allocateDirect(500));
        for (SegmentContent content : take.contents().subList(0, segments)) {
            writer.append(content);
        }
        return writer;
    }

    private static byte[] mediaOf(TestTake take, int segments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(take.init().toBytes());
        take.contents().subList(0, segments).forEach(content -> bytes.writeBytes(TestTake.muxedBytes(content)));
        return bytes.toByteArray();
    }

    /** What another server would find if this one was killed now. */
    private List<GapReason> reasonsAfterRestart() throws IOException {
        Path copy = Files.createTempDirectory(folder, "restart");
        for (Path file : files()) {
            Path target = copy.resolve(root.relativize(file));
            Files.createDirectories(target.getParent());
            Files.copy(file, target);
        }
        try (LocalArchive reopened =
                new LocalArchive(stream -> Optional.of(copy), List.of(copy), SegmentGrid.DEFAULT)) {
            return reasons(reopened);
        }
    }

    private static List<GapReason> reasons(LocalArchive archive) throws IOException {
        Holdings holdings = archive.find(STREAM, EVER).orElseThrow();
        return holdings.ends().stream().map(TakeEnd::reason).toList();
    }

    private Optional<Path> file(String ending) {
        return files().stream().filter(file -> file.toString().endsWith(ending)).findFirst();
    }

    private List<Path> files() {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(RootLocks.NAME))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
