package org.red5.dvr.archive.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.archive.RecordedHour.FULL_HOUR;
import static org.red5.dvr.archive.RecordedHour.GRID;
import static org.red5.dvr.archive.RecordedHour.SEGMENTS;
import static org.red5.dvr.archive.RecordedHour.STREAM;
import static org.red5.dvr.archive.RecordedHour.find;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.RecordedHour;
import org.red5.dvr.archive.Recovery;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.DiskFullException;
import org.red5.dvr.archive.files.FaultyDisk;
import org.red5.dvr.archive.files.NotMountedException;
import org.red5.dvr.archive.files.RootCheck;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.retention.ArchiveLocks;
import org.red5.dvr.archive.retention.DeletionLog;
import org.red5.dvr.archive.retention.Deletions;
import org.red5.dvr.archive.retention.Disks;
import org.red5.dvr.archive.retention.Expiry;
import org.red5.dvr.archive.retention.RetentionRule;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeEnd;
import org.slf4j.LoggerFactory;

/** Where recovery looks, what it leaves alone, and what stops it from nothing. */
class RecoveryBoundsTest {
    private static final int HEADER = IndexFormat.HEADER_BYTES;
    private static final int RECORD = IndexFormat.RECORD_BYTES;

    /** Counts, as the metrics do. */
    private static final class Counts implements ArchiveMeter {
        private final AtomicLong recovered = new AtomicLong();
        private final AtomicLong damaged = new AtomicLong();

        @Override
        public void segmentsRecovered(long segments) {
            recovered.addAndGet(segments);
        }

        @Override
        public void segmentsDamaged(long segments) {
            damaged.addAndGet(segments);
        }

        @Override
        public void rootInUse(Path root) {}

        @Override
        public void rootFree(Path root) {}
    }

    @TempDir
    Path root;

    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("org.red5.dvr.archive");
    private final Counts counts = new Counts();
    private RecordedHour hour;

    @BeforeEach
    void record() throws IOException {
        hour = new RecordedHour(root);
        logged.start();
        logger.addAppender(logged);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(logged);
    }

    @Test
    void startingReadsTheNamesOfOldHoursAndTheFilesOfTheLastTwo() throws IOException {
        tear();
        Path stream = ArchiveLayout.streamDirectory(root, STREAM);
        long last = Hours.at(hour.take.startUtcMicros());
        for (long old = last - 30 * 24; old < last; old++) {
            // Looked at, it would be set aside.
            Path file = ArchiveLayout.mediaFile(ArchiveLayout.hourDirectory(stream, old), hour.take.id());
            Files.createDirectories(file.getParent());
            Files.writeString(file, "no recording");
            Files.writeString(file.resolveSibling("notes.txt"), "nor this");
        }
        try (LocalArchive archive = hour.open()) {
            new Recovery(archive).run();
            List<Path> aside = hour.files().keySet().stream()
                    .filter(ArchiveLayout::isAside)
                    .toList();
            Path before = ArchiveLayout.hourDirectory(stream, last - 1);
            assertEquals(2, aside.size(), aside::toString);
            assertTrue(aside.stream().allMatch(file -> before.equals(file.getParent())), aside::toString);
            assertEquals(hour.wholeIndex.length, Files.size(hour.index), "the torn index is whole again");
            assertEquals(OptionalLong.of(FULL_HOUR + SEGMENTS - 1), archive.lastNumber(STREAM));
        }
    }

    @Test
    void startingDoesNotLookIntoALastHourThatWasClosed() throws IOException {
        byte[] damaged = hour.wholeMedia.clone();
        damaged[(int) hour.ends[SEGMENTS - 1] + 300] ^= 1;
        hour.restore(damaged, hour.wholeIndex);
        Map<Path, byte[]> before = hour.files();
        try (LocalArchive archive = hour.open(ArchiveOptions.DEFAULT.with(counts))) {
            new Recovery(archive).run();
            hour.assertFiles(before);
            assertEquals(hour.segments.subList(0, SEGMENTS - 1), find(archive).segments());
        }
        assertEquals(1, counts.damaged.get());
    }

    @Test
    void unknownFilesAreSetAsideReportedAndNeverDeleted() throws IOException {
        Path notes = hour.media.resolveSibling("notes.txt");
        for (int run = 0; run < 3; run++) {
            Files.writeString(notes, "mine " + run);
            try (LocalArchive archive = hour.open()) {
                new Recovery(archive).run();
                assertEquals(hour.segments, find(archive).segments());
                assertEquals(List.of(STREAM), archive.streams());
            }
            assertFalse(Files.exists(notes));
            for (int count = 0; count <= run; count++) {
                assertEquals("mine " + count, Files.readString(ArchiveLayout.asideFile(notes, count)));
            }
        }
        assertLogged(notes + ": not a file of the archive; set aside as " + notes + ".aside");
    }

    @Test
    void damageIsReportedWithPathAndReasonAndCounted() throws IOException {
        byte[] damaged = hour.wholeMedia.clone();
        damaged[(int) hour.ends[7] + 300] ^= 1;
        hour.restore(damaged, Arrays.copyOf(hour.wholeIndex, hour.wholeIndex.length - 3 * RECORD));
        try (LocalArchive archive = hour.open(ArchiveOptions.DEFAULT.with(counts))) {
            new Recovery(archive).run();
            find(archive);
        }
        assertLogged(hour.media + ": segment " + (FULL_HOUR + 7) + " is damaged");
        assertEquals(2, counts.recovered.get());
        assertEquals(1, counts.damaged.get());
    }

    @Test
    void aRootThatIsNotMountedIsNotTouched() throws IOException {
        tear();
        Files.writeString(hour.media.resolveSibling("notes.txt"), "mine");
        Map<Path, byte[]> before = hour.files();
        RootCheck refusal = (stream, path) -> {
            throw new NotMountedException(path, "a test says so");
        };
        try (LocalArchive archive = hour.open(ArchiveOptions.DEFAULT.with(refusal))) {
            new Recovery(archive).run();
            assertEquals(hour.segments.subList(0, SEGMENTS - 3), find(archive).segments());
        }
        hour.assertFiles(before);
    }

    @Test
    void aFullOrBrokenDiskLeavesTheFilesAndHidesNothing() throws IOException {
        tear();
        Map<Path, byte[]> before = hour.files();
        for (FaultyDisk disk : List.of(new FaultyDisk().capacity(100), new FaultyDisk().broken(true))) {
            ArchiveOptions options = ArchiveOptions.DEFAULT.with(disk).with(counts);
            try (LocalArchive archive = hour.open(options)) {
                new Recovery(archive).run();
                RecordedHour.assertSegments(hour.segments, find(archive).segments());
                hour.assertServed(archive, find(archive).segments());
            }
            hour.assertFiles(before);
            assertEquals(0, counts.recovered.get());
        }
        try (LocalArchive archive = hour.open()) {
            RecordedHour.assertSegments(hour.segments, find(archive).segments());
        }
        assertEquals(hour.wholeIndex.length, Files.size(hour.index));
    }

    @Test
    void aFileThatCannotBeReadHidesItsTakeAlone() throws IOException {
        TestTake other = TestTake.of(GRID, FULL_HOUR + 20, 0, 2, TestTake.Tracks.BOTH);
        RecordedHour.write(root, other, Optional.of(GapReason.NOT_PUBLISHED));
        Files.delete(hour.index);
        Files.createDirectories(hour.index);
        try (LocalArchive archive = hour.open()) {
            new Recovery(archive).run();
            assertEquals(other.segments(), find(archive).segments());
            find(archive);
        }
        assertLogged("left out of the archive");
        assertEquals(
                1, messages().stream().filter(line -> line.contains("left out")).count());
    }

    @Test
    void whatThisProcessWritesIsLeftAlone() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        TestTake own = TestTake.of(GRID, FULL_HOUR + 20, 0, 3, TestTake.Tracks.BOTH);
        try (LocalArchive archive = hour.open(ArchiveOptions.DEFAULT.with(disk))) {
            TakeWriter writer = archive.begin(STREAM, own.id(), own.init(), ByteBuffer.allocateDirect(4 << 10));
            for (SegmentContent content : own.contents()) {
                writer.append(content);
                Map<Path, byte[]> before = hour.files();
                new Recovery(archive).run();
                assertTrue(find(archive).live());
                hour.assertFiles(before);
            }
            disk.capacity(disk.usedBytes());
            assertThrows(DiskFullException.class, () -> writer.end(GapReason.DISK_FULL));
            Map<Path, byte[]> before = hour.files();
            new Recovery(archive).run();
            assertEquals(
                    List.of(GapReason.OVERLOADED, GapReason.DISK_FULL),
                    find(archive).ends().stream().map(TakeEnd::reason).toList());
            hour.assertFiles(before);
            disk.capacity(Long.MAX_VALUE);
        }
        hour.assertSettled();
    }

    @Test
    void whatExpiresIsNotPutRightBefore() throws IOException {
        tear();
        long nowMicros = hour.take.startUtcMicros() + 10 * Hours.MICROS;
        AtomicLong nanos = new AtomicLong();
        RetentionRule rule =
                new RetentionRule("*", OptionalLong.of(Hours.MICROS), OptionalLong.empty(), OptionalInt.empty());
        Map<Path, byte[]> before = hour.files();
        AtomicLong deleted = new AtomicLong();
        try (LocalArchive archive = hour.open()) {
            Expiry expiry = new Expiry(
                    archive,
                    new ArchiveLocks(archive),
                    stream -> Optional.of(rule),
                    path -> new Disks.Space("disk", 0, 1_000),
                    () -> nowMicros,
                    nanos::get,
                    deleted::addAndGet);
            expiry.sweep();
            assertEquals(List.of(), find(archive).segments());
            hour.assertFiles(before);
            nanos.addAndGet(Deletions.GRACE_NANOS);
            expiry.sweep();
        }
        assertEquals(
                Set.of(ArchiveLayout.streamDirectory(hour.root, STREAM).resolve(DeletionLog.NAME)),
                hour.files().keySet());
        assertEquals(SEGMENTS - 3, deleted.get());
    }

    @Test
    void manyReadersAtOnceGetOneAnswer() throws Exception {
        tear();
        ExecutorService readers = Executors.newFixedThreadPool(8);
        try (LocalArchive archive = hour.open(ArchiveOptions.DEFAULT.with(counts))) {
            List<Future<Holdings>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(readers.submit(() -> find(archive)));
            }
            List<Segment> first = answers.get(0).get().segments();
            RecordedHour.assertSegments(hour.segments, first);
            for (Future<Holdings> answer : answers) {
                assertEquals(first, answer.get().segments());
            }
        } finally {
            readers.shutdownNow();
        }
        assertEquals(3, counts.recovered.get());
    }

    /** The last three records and the end are not written yet. */
    private void tear() throws IOException {
        hour.restore(hour.wholeMedia, Arrays.copyOf(hour.wholeIndex, HEADER + (SEGMENTS - 3) * RECORD));
    }

    private List<String> messages() {
        return logged.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private void assertLogged(String part) {
        assertTrue(messages().stream().anyMatch(line -> line.contains(part)), () -> part + " is not in " + messages());
    }
}
