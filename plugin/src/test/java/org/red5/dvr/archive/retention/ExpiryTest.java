package org.red5.dvr.archive.retention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.HourFiles;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StorageStatus;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

class ExpiryTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final StreamKey KEPT = new StreamKey("live", "kept");
    private static final long HOUR_MICROS = 3_600_000_000L;
    private static final long PER_HOUR = 900;
    /** Of the cell that begins on 2026-11-22 at 14:00 UTC. */
    private static final long FULL_HOUR = 448_839_000L;

    @TempDir
    Path root;

    private LocalArchive archive;
    private long nowMicros = GRID.startUtcMicros(FULL_HOUR);
    private OptionalLong ageMicros = OptionalLong.of(2 * HOUR_MICROS);
    private OptionalLong bytes = OptionalLong.empty();
    private long nanos;
    private ArchiveLocks locks;
    private Expiry expiry;
    private long deletedSegments;

    @BeforeEach
    void open() {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
        locks = new ArchiveLocks(archive);
        expiry = new Expiry(
                archive,
                locks,
                stream -> Optional.of(new RetentionRule(
                        stream.equals(KEPT) ? "kept" : "*",
                        stream.equals(KEPT) ? OptionalLong.empty() : ageMicros,
                        stream.equals(KEPT) ? OptionalLong.empty() : bytes,
                        OptionalInt.empty())),
                path -> new Disks.Space("disk", 0, 1_000),
                () -> nowMicros,
                () -> nanos,
                segments -> deletedSegments += segments);
    }

    @AfterEach
    void close() {
        archive.close();
    }

    @Test
    void deletesWhatIsOlderAndKeepsTheRest() throws IOException {
        TestTake old = record(STREAM, -30);
        TestTake older = record(STREAM, -500);
        TestTake justOld = record(STREAM, -3);
        TestTake young = record(STREAM, -2);
        TestTake now = record(STREAM, 0);
        TestTake unlimited = record(KEPT, -500);
        expire();
        assertEquals(
                Stream.concat(young.segments().stream(), now.segments().stream())
                        .toList(),
                segments(STREAM));
        assertEquals(unlimited.segments(), segments(KEPT));
        assertEquals(
                old.segments().size()
                        + older.segments().size()
                        + justOld.segments().size(),
                deletedSegments);
        for (TestTake gone : List.of(old, older, justOld)) {
            assertEquals(
                    Optional.empty(),
                    archive.segment(STREAM, gone.id(), gone.contents().get(0).number(), Part.MUXED));
            assertEquals(Optional.empty(), archive.take(STREAM, gone.id()));
            assertFalse(Files.exists(hourDirectory(STREAM, gone)));
        }
    }

    @Test
    void theHourThatTheAgeReachesIntoStaysWhole() throws IOException {
        TestTake take = record(STREAM, -3);
        nowMicros = GRID.startUtcMicros(FULL_HOUR) - 1;
        expire();
        assertEquals(take.segments(), segments(STREAM));
        nowMicros++;
        expire();
        assertEquals(List.of(), segments(STREAM));
    }

    @Test
    void emptyDirectoriesGoUpToTheStreams() throws IOException {
        TestTake take = record(STREAM, -24 * 400);
        record(STREAM, 0);
        Path year = hourDirectory(STREAM, take).getParent().getParent().getParent();
        assertTrue(Files.isDirectory(year));
        expire();
        assertFalse(Files.exists(year));
        nowMicros += 1_000 * HOUR_MICROS;
        expire();
        try (Stream<Path> left = Files.list(ArchiveLayout.streamDirectory(root, STREAM))) {
            assertEquals(
                    List.of("deletions.json"),
                    left.map(path -> path.getFileName().toString()).toList());
        }
    }

    @Test
    void foreignFilesStayWithTheirDirectories() throws IOException {
        TestTake take = record(STREAM, -5);
        TestTake next = record(STREAM, -4);
        Path hour = hourDirectory(STREAM, take);
        List<Path> foreign = List.of(hour.resolve("notes.txt"), hour.resolve("holiday.mp4"), hour.resolve("x.idx"));
        for (Path file : foreign) {
            Files.writeString(file, "mine");
        }
        expire();
        expire();
        for (Path file : foreign) {
            assertEquals("mine", Files.readString(file));
        }
        try (Stream<Path> left = Files.list(hour)) {
            assertEquals(3, left.count());
        }
        assertFalse(Files.exists(hourDirectory(STREAM, next)), "what lies behind them expires all the same");
    }

    @Test
    void mediaWithoutAnIndexGoesToo() throws IOException {
        TestTake take = record(STREAM, -5);
        Files.delete(ArchiveLayout.indexFile(hourDirectory(STREAM, take), take.id()));
        expire();
        assertFalse(Files.exists(hourDirectory(STREAM, take)));
    }

    @Test
    void anHourBeingWrittenStays() throws IOException {
        TestTake take = take(-5);
        TakeWriter writer = take.write(archive, STREAM);
        expire();
        assertEquals(take.segments(), segments(STREAM));
        writer.end(GapReason.NOT_PUBLISHED);
        expire();
        assertEquals(List.of(), segments(STREAM));
    }

    @Test
    void whatALinkLeadsToIsNotDeletedAsEmpty() throws IOException {
        Path elsewhere = Files.createDirectories(root.resolve("~disk2"));
        Files.createDirectories(ArchiveLayout.streamDirectory(root, STREAM));
        Path year = ArchiveLayout.streamDirectory(root, STREAM).resolve("2026");
        Files.createSymbolicLink(year, elsewhere);
        record(STREAM, -5);
        TestTake young = record(STREAM, 0);
        expire();
        assertTrue(Files.isSymbolicLink(year));
        assertEquals(young.segments(), segments(STREAM));
        nowMicros += 10 * HOUR_MICROS;
        expire();
        assertTrue(Files.isSymbolicLink(year));
    }

    @Test
    void oneStreamThatCannotBeSweptDoesNotKeepTheOthers() throws IOException {
        record(new StreamKey("live", "a"), -5);
        TestTake take = record(STREAM, -5);
        Path stuck = hourDirectory(new StreamKey("live", "a"), take);
        Path index = ArchiveLayout.indexFile(stuck, take.id());
        Files.delete(index);
        Files.createDirectories(index.resolve("not empty"));
        expire();
        assertTrue(Files.isDirectory(index));
        assertFalse(Files.exists(hourDirectory(STREAM, take)));
    }

    @Test
    void whoReadsTheOldestHourReadsItToTheEnd() throws IOException {
        TestTake old = record(STREAM, -5);
        SegmentContent content = old.contents().get(1);
        FileRegion promised = (FileRegion)
                archive.segment(STREAM, old.id(), content.number(), Part.MUXED).orElseThrow();
        expiry.sweep();
        assertEquals(Optional.empty(), archive.segment(STREAM, old.id(), content.number(), Part.MUXED));
        assertEquals(List.of(), segments(STREAM));
        nanos += Deletions.GRACE_NANOS - 1;
        expiry.sweep();
        // The reply was promised before the hour expired: the file is opened late, and read while it is deleted.
        byte[] expected = TestTake.muxedBytes(content);
        ByteBuffer read = ByteBuffer.allocate(expected.length);
        try (FileChannel file = FileChannel.open(promised.file())) {
            file.read(read.limit(expected.length / 2), promised.offsetBytes());
            nanos++;
            expiry.sweep();
            assertFalse(Files.exists(promised.file()));
            file.read(read.limit(expected.length), promised.offsetBytes() + read.position());
        }
        assertArrayEquals(expected, read.array());
    }

    @Test
    void aLockThatComesInTimeSavesAnHour() throws IOException {
        TestTake take = record(STREAM, -5);
        expiry.sweep();
        assertEquals(List.of(), segments(STREAM));
        locks.lock(STREAM, new UtcRange(take.startUtcMicros(), take.startUtcMicros() + 1));
        expire();
        assertEquals(take.segments(), segments(STREAM));
        locks.unlock(STREAM, new UtcRange(0, take.endUtcMicros()));
        expire();
        assertEquals(List.of(), segments(STREAM));
        assertFalse(Files.exists(hourDirectory(STREAM, take)));
    }

    @Test
    void aSegmentThatReachesIntoALockStays() throws IOException {
        TestTake take = record(STREAM, -5);
        long nextHour = GRID.startUtcMicros(FULL_HOUR - 4 * PER_HOUR);
        locks.lock(STREAM, new UtcRange(nextHour + 2_000_000, nextHour + 3_000_000));
        expire();
        assertEquals(take.segments(), segments(STREAM));
    }

    @Test
    void locksThatCannotBeReadKeepAll() throws IOException {
        TestTake take = record(STREAM, -5);
        Files.writeString(ArchiveLayout.streamDirectory(root, STREAM).resolve("locks.json"), "[[1,");
        expire();
        assertEquals(take.segments(), segments(STREAM));
    }

    @Test
    void whatIsRecordedIntoAnHourMarkedDeletedStays() throws IOException {
        bytes = OptionalLong.of(1);
        TestTake first = TestTake.of(GRID, FULL_HOUR, 0, 2, Tracks.BOTH);
        TestTake second = TestTake.of(GRID, FULL_HOUR + 10, 0, 2, Tracks.BOTH);
        first.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        expiry.sweep();
        TakeWriter writer = second.write(archive, STREAM);
        expire();
        assertEquals(second.segments(), segments(STREAM));
        assertFalse(Files.exists(ArchiveLayout.mediaFile(hourDirectory(STREAM, first), first.id())));
        writer.end(GapReason.NOT_PUBLISHED);
    }

    @Test
    void eachTakeOfAnHourHasItsOwnGrace() throws IOException {
        bytes = OptionalLong.of(1);
        TestTake first = record(STREAM, 0);
        expiry.sweep();
        TestTake second = TestTake.of(GRID, FULL_HOUR + 10, 0, 2, Tracks.BOTH);
        second.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        nanos += Deletions.GRACE_NANOS - 1;
        expiry.sweep();
        nanos++;
        expiry.sweep();
        assertFalse(Files.exists(ArchiveLayout.mediaFile(hourDirectory(STREAM, first), first.id())));
        assertTrue(Files.exists(ArchiveLayout.mediaFile(hourDirectory(STREAM, second), second.id())));
        nanos += Deletions.GRACE_NANOS;
        expiry.sweep();
        assertFalse(Files.exists(hourDirectory(STREAM, second)));
    }

    @Test
    void theStatusSaysWhatWasDeletedAndWhatIsMissing() throws IOException {
        TestTake old = TestTake.of(GRID, FULL_HOUR - 3 * PER_HOUR - 1, 0, 3, Tracks.BOTH);
        old.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        UtcRange before = new UtcRange(GRID.startUtcMicros(FULL_HOUR - 10 * PER_HOUR), old.endUtcMicros());
        assertEquals(GapReason.NOT_PUBLISHED, firstHole(before));
        nowMicros -= HOUR_MICROS;
        long bytesBefore = HourFiles.bytes(hourDirectory(STREAM, old), take -> true);
        expire();
        assertEquals(old.segments().subList(1, 3), segments(STREAM));
        assertEquals(GapReason.EXPIRED, firstHole(before));
        long hour = Hours.at(old.startUtcMicros());
        assertEquals(
                List.of(new StorageStatus.Deletion(
                        new UtcRange(hour * HOUR_MICROS, (hour + 1) * HOUR_MICROS),
                        bytesBefore,
                        StorageStatus.Limit.AGE)),
                expiry.status(STREAM).deleted());
    }

    @Test
    void whatIsMissingBehindALockedHourHasExpired() throws IOException {
        TestTake take = TestTake.of(GRID, FULL_HOUR - 6 * PER_HOUR - 2, 0, 3, Tracks.BOTH);
        take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        long border = GRID.startUtcMicros(FULL_HOUR - 6 * PER_HOUR);
        UtcRange around = new UtcRange(take.startUtcMicros(), border + HOUR_MICROS);
        assertEquals(GapReason.NOT_PUBLISHED, firstHole(around));
        locks.lock(STREAM, new UtcRange(take.startUtcMicros(), take.startUtcMicros() + 1));
        expire();
        assertEquals(take.segments().subList(0, 2), segments(STREAM));
        assertEquals(GapReason.EXPIRED, firstHole(around));
        assertEquals(GapReason.EXPIRED, firstHole(new UtcRange(border + 60_000_000, border + HOUR_MICROS)));
        long hour = Hours.at(take.startUtcMicros());
        List<TakeEnd> told = new LocalTakes(archive, Clock.systemUTC(), "here", Runnable::run)
                .hours(STREAM, hour, hour + 1)
                .join()
                .orElseThrow()
                .ends();
        assertEquals(List.of(new TakeEnd(take.id(), take.segments().get(1).endUtcMicros(), GapReason.EXPIRED)), told);
    }

    @Test
    void whatWasDeletedIsKnownAfterARestart() throws IOException {
        record(STREAM, -5);
        record(STREAM, -4);
        expire();
        List<StorageStatus.Deletion> deleted = expiry.status(STREAM).deleted();
        assertEquals(2, deleted.size());
        archive.close();
        open();
        assertEquals(deleted, expiry.status(STREAM).deleted());
        record(STREAM, -3);
        expire();
        assertEquals(deleted, expiry.status(STREAM).deleted().subList(0, 2));
        assertEquals(3, expiry.status(STREAM).deleted().size());
    }

    @Test
    void aDamagedListOfDeletionsIsSetAside() throws IOException {
        record(STREAM, -5);
        expire();
        Path file = ArchiveLayout.streamDirectory(root, STREAM).resolve("deletions.json");
        for (String damaged : List.of(
                "", "[[1,", "[[1,2,3,\"mood\"]]", "[[2,1,3,\"age\"]]", "[[1,2,\"x\",\"age\"]]", "{}", "\u00ff")) {
            Files.writeString(file, damaged, StandardCharsets.ISO_8859_1);
            archive.close();
            open();
            assertEquals(List.of(), expiry.status(STREAM).deleted(), damaged);
            assertFalse(Files.exists(file), damaged);
        }
        assertTrue(Files.exists(ArchiveLayout.asideFile(file, 6)));
        record(STREAM, -4);
        expire();
        assertEquals(1, expiry.status(STREAM).deleted().size());
    }

    @Test
    void foretellsWhenTheDiskIsFull() throws IOException {
        expiry.sweep();
        assertEquals(Optional.empty(), expiry.status(STREAM).disk());
        record(STREAM, 0);
        expiry.sweep();
        assertEquals(
                OptionalLong.empty(), expiry.status(STREAM).disk().orElseThrow().fullAtMicros());
        TestTake next = record(STREAM, 1);
        nanos += 10_000_000_000L;
        expiry.sweep();
        StorageStatus.Disk disk = expiry.status(STREAM).disk().orElseThrow();
        long written = HourFiles.bytes(hourDirectory(STREAM, next), take -> true);
        assertEquals(written / 10, disk.writtenBytesPerSecond());
        assertEquals(
                nowMicros + 1e9 / disk.writtenBytesPerSecond(),
                disk.fullAtMicros().orElseThrow(),
                1);
    }

    private GapReason firstHole(UtcRange window) throws IOException {
        Timeline timeline = Timeline.of("origin", archive.find(STREAM, window).orElseThrow(), window);
        return timeline.gaps().get(0).reason();
    }

    /** A pass, and another when nobody can be reading any more. */
    private void expire() {
        expiry.sweep();
        nanos += Deletions.GRACE_NANOS;
        expiry.sweep();
    }

    private TestTake record(StreamKey stream, long hoursFromNow) throws IOException {
        TestTake take = take(hoursFromNow);
        take.write(archive, stream).end(GapReason.NOT_PUBLISHED);
        return take;
    }

    private static TestTake take(long hoursFromNow) {
        return TestTake.of(GRID, FULL_HOUR + hoursFromNow * PER_HOUR, 0, 2, Tracks.BOTH);
    }

    private List<?> segments(StreamKey stream) throws IOException {
        return archive.find(stream, new UtcRange(0, nowMicros * 2))
                .orElseThrow()
                .segments();
    }

    private Path hourDirectory(StreamKey stream, TestTake take) throws IOException {
        return ArchiveLayout.hourDirectory(
                ArchiveLayout.streamDirectory(root, stream), Hours.at(take.startUtcMicros()));
    }
}
