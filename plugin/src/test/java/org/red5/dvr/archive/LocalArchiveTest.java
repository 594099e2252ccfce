package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.Disk;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.FaultyDisk;
import org.red5.dvr.store.SegmentSourceContract;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

class LocalArchiveTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final long PER_HOUR = 900;
    /** Of the cell that begins on 2026-11-22 at 14:00 UTC. */
    private static final long FULL_HOUR = 448_839_000L;

    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 4);

    @TempDir
    Path root;

    private final List<LocalArchive> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(LocalArchive::close);
    }

    @ParameterizedTest
    @EnumSource(
            value = GapReason.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NOT_REACHABLE", "CLOCK_BEHIND", "TOO_MANY_TAKES", "NUMBER_TAKEN", "NOT_HELD", "NEWER_ARCHIVE"})
    void everyReasonOutlivesARestart(GapReason reason) throws IOException {
        TestTake take = take(FULL_HOUR, 2);
        LocalArchive archive = open();
        take.write(archive, STREAM).end(reason);
        List<TakeEnd> ends = List.of(new TakeEnd(take.id(), take.endUtcMicros(), reason));
        assertEquals(ends, find(archive).ends());
        assertEquals(ends, find(open()).ends());
    }

    @Test
    void takesAreCountedOnOverRestarts() throws IOException {
        for (int i = 0; i < 4; i++) {
            TestTake take = take(FULL_HOUR + i * 450L, 2);
            LocalArchive archive = open();
            take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
            assertEquals(i, archive.take(STREAM, take.id()).orElseThrow().ordinal());
            assertEquals(i, open().take(STREAM, take.id()).orElseThrow().ordinal());
        }
    }

    @Test
    void takesAreCountedOnPastOneThatWroteNothing() throws IOException {
        LocalArchive archive = open();
        take(FULL_HOUR, 2).write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        openWriter(archive, take(FULL_HOUR + PER_HOUR, 1), 1);
        LocalArchive again = open();
        TestTake next = take(FULL_HOUR + 2 * PER_HOUR, 1);
        next.write(again, STREAM).end(GapReason.NOT_PUBLISHED);
        assertEquals(2, again.take(STREAM, next.id()).orElseThrow().ordinal());
    }

    @Test
    void knowsTheHighestNumber() throws IOException {
        LocalArchive archive = open();
        assertEquals(OptionalLong.empty(), archive.lastNumber(STREAM));
        TakeWriter writer = take(FULL_HOUR - 2, 5).write(archive, STREAM);
        assertEquals(OptionalLong.of(FULL_HOUR + 2), archive.lastNumber(STREAM));
        writer.end(GapReason.NOT_PUBLISHED);
        assertEquals(OptionalLong.of(FULL_HOUR + 2), archive.lastNumber(STREAM));
        assertEquals(OptionalLong.of(FULL_HOUR + 2), open().lastNumber(STREAM));
    }

    @Test
    void knowsTheHighestNumberThoughTheClockWasSetBack() throws IOException {
        LocalArchive archive = open();
        take(FULL_HOUR + 3 * PER_HOUR, 2).write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        take(FULL_HOUR, 2).write(archive, STREAM);
        assertEquals(OptionalLong.of(FULL_HOUR + 3 * PER_HOUR + 1), archive.lastNumber(STREAM));
        assertEquals(1, find(archive).ends().size());
        assertEquals(4, find(archive).segments().size());
    }

    @Test
    void anHourJustBegunHidesNothing() throws IOException {
        LocalArchive archive = open();
        TestTake take = take(FULL_HOUR, 3);
        take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        Holdings before = find(archive);
        TestTake begun = take(FULL_HOUR + PER_HOUR, 1);
        openWriter(archive, begun, 1);
        assertEquals(before.segments(), find(archive).segments());
        assertEquals(before.span(), find(archive).span());
        assertTrue(find(archive).live());
        assertEquals(OptionalLong.of(FULL_HOUR + 2), archive.lastNumber(STREAM));
        LocalArchive crashed = open();
        assertEquals(before.segments(), find(crashed).segments());
        assertEquals(before.span(), find(crashed).span());
        assertEquals(
                List.of(before.ends().get(0), new TakeEnd(begun.id(), begun.startUtcMicros(), GapReason.SERVER_DOWN)),
                find(crashed).ends());
        assertEquals(OptionalLong.of(FULL_HOUR + 2), crashed.lastNumber(STREAM));
    }

    @Test
    void foreignFilesHideNothing() throws IOException {
        TestTake take = take(FULL_HOUR, 3);
        take.write(open(), STREAM).end(GapReason.NOT_PUBLISHED);
        Holdings alone = find(open());
        for (int hour : new int[] {-900, -1, 0, 1, 900}) {
            Path directory = hourDirectory(FULL_HOUR + hour * PER_HOUR);
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("notes.txt"), "mine");
            Files.writeString(directory.resolve("holiday.mp4"), "mine");
            Files.writeString(directory.resolve("holiday.idx"), "mine");
        }
        LocalArchive archive = open();
        assertEquals(alone, find(archive));
        assertEquals(OptionalLong.of(FULL_HOUR + 2), archive.lastNumber(STREAM));
        assertEquals(Optional.of(take.id()), archive.take(STREAM, take.id()).map(found -> found.id()));
        TestTake next = take(FULL_HOUR + 10, 1);
        next.write(archive, STREAM);
        assertEquals(1, archive.take(STREAM, next.id()).orElseThrow().ordinal());
    }

    @Test
    void anUnusableInitSegmentHidesOnlyItsTakeWhichIsSetAside() throws IOException {
        TestTake lost = take(FULL_HOUR, 3);
        TestTake kept = take(FULL_HOUR + 10, 3);
        LocalArchive archive = open();
        lost.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        kept.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        Path media = ArchiveLayout.mediaFile(hourDirectory(FULL_HOUR), lost.id());
        byte[] bytes = Files.readAllBytes(media);
        bytes[28] ^= 0x55;
        Files.write(media, bytes);
        LocalArchive again = open();
        assertEquals(kept.segments(), find(again).segments());
        assertEquals(Optional.empty(), again.take(STREAM, lost.id()));
        assertEquals(Optional.empty(), again.segment(STREAM, lost.id(), FULL_HOUR, Part.MUXED));
        assertArrayEquals(bytes, Files.readAllBytes(ArchiveLayout.asideFile(media, 0)));
        assertEquals(List.of(STREAM), again.streams());
    }

    @Test
    void neverSearchesTheWholeArchiveForATake() throws IOException {
        TestTake take = take(FULL_HOUR, 1);
        take.write(open(), STREAM).end(GapReason.NOT_PUBLISHED);
        take(FULL_HOUR + 50 * PER_HOUR, 1).write(open(), STREAM).end(GapReason.NOT_PUBLISHED);
        // Reading this hour would set aside what is no recording.
        Path between = ArchiveLayout.mediaFile(hourDirectory(FULL_HOUR + 10 * PER_HOUR), take.id());
        Files.createDirectories(between.getParent());
        Files.writeString(between, "not looked at");
        LocalArchive archive = open();
        assertTrue(archive.take(STREAM, take.id()).isPresent());
        assertEquals(Optional.empty(), archive.take(STREAM, TakeId.of(0, "test")));
        long later = GRID.startUtcMicros(FULL_HOUR + 20 * PER_HOUR);
        assertEquals(Optional.empty(), archive.take(STREAM, TakeId.of(later, "test")));
        assertEquals("not looked at", Files.readString(between));
    }

    @Test
    void aTakeWhoseFirstHourExpiredIsStillFound() throws IOException {
        TestTake take = TestTake.of(GRID, FULL_HOUR - 3, 0, 4 + (int) PER_HOUR, Tracks.AUDIO);
        take.write(open(), STREAM).end(GapReason.NOT_PUBLISHED);
        for (long number : new long[] {FULL_HOUR - 3, FULL_HOUR}) {
            Files.delete(ArchiveLayout.indexFile(hourDirectory(number), take.id()));
        }
        assertTrue(open().take(STREAM, take.id()).isPresent());
    }

    @Test
    void aTakeInACellThatLiesAcrossTheHourIsFound() throws IOException {
        SegmentGrid sevens = new SegmentGrid(7_000);
        long number = sevens.numberAt(GRID.startUtcMicros(FULL_HOUR));
        long late = GRID.startUtcMicros(FULL_HOUR) + 1_000_000 - sevens.startUtcMicros(number);
        assertTrue(late > 1_000_000 && late < 7_000_000, "the cell begins in the hour before");
        TestTake take = TestTake.of(sevens, number, late, 1, Tracks.BOTH);
        LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), sevens);
        opened.add(archive);
        take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        assertTrue(archive.take(STREAM, take.id()).isPresent());
        assertTrue(archive.segment(STREAM, take.id(), number, Part.MUXED).isPresent());
    }

    @Test
    void aStreamIsLiveBetweenTwoTakesOfOnePublish() throws IOException {
        LocalArchive archive = open();
        Runnable firstEnds = archive.recordingBegins(root, STREAM);
        take(FULL_HOUR, 2).write(archive, STREAM).end(GapReason.CONFIGURATION_CHANGED);
        assertTrue(find(archive).live());
        Runnable secondEnds = archive.recordingBegins(root, STREAM);
        firstEnds.run();
        assertTrue(find(archive).live());
        secondEnds.run();
        assertFalse(find(archive).live());
    }

    /** What expires is looked for at any time, also between the making of a take's first file and its being known. */
    @Test
    void anHourWhoseFilesAreBeingMadeDoesNotExpire() throws IOException {
        long hour = Hours.at(GRID.startUtcMicros(FULL_HOUR));
        List<Boolean> markedDeleted = new ArrayList<>();
        Disk disk = onCreate(file -> markedDeleted.add(
                opened.get(0).archive(STREAM).orElseThrow().hours().markDeleted(hour)));
        LocalArchive archive = open(disk);
        TestTake take = take(FULL_HOUR, 2);
        TakeWriter writer = take.write(archive, STREAM);
        assertEquals(List.of(false, false), markedDeleted);
        assertEquals(take.segments(), find(archive).segments());
        writer.end(GapReason.NOT_PUBLISHED);
        assertTrue(archive.archive(STREAM).orElseThrow().hours().markDeleted(hour));
    }

    @Test
    void anHourWhoseFilesCannotBeMadeIsNotBeingWritten() throws IOException {
        LocalArchive archive = open(new FaultyDisk().broken(true));
        assertThrows(IOException.class, () -> take(FULL_HOUR, 1).write(archive, STREAM));
        StreamArchive stream = archive.offered(root, STREAM).orElseThrow();
        assertFalse(stream.hours().isOpen(Hours.at(GRID.startUtcMicros(FULL_HOUR))));
    }

    @Test
    void anEndThatCanNeverBeWrittenStopsNoTakeThatFollows() throws IOException {
        List<FileChannel> files = new ArrayList<>();
        LocalArchive archive = open(onCreate(files::add));
        TestTake first = take(FULL_HOUR, 2);
        TestTake second = take(FULL_HOUR + 10, 2);
        TakeWriter writer = first.write(archive, STREAM);
        files.get(1).close(); // The index.
        assertThrows(IOException.class, () -> writer.end(GapReason.NOT_PUBLISHED));
        second.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        assertEquals(4, find(archive).segments().size());
        assertEquals(2, find(archive).ends().size());
    }

    private interface WhenCreated {
        void created(FileChannel file) throws IOException;
    }

    private static Disk onCreate(WhenCreated step) {
        return new Disk() {
            @Override
            public FileChannel create(Path file) throws IOException {
                FileChannel made = Disk.LOCAL.create(file);
                step.created(made);
                return made;
            }

            @Override
            public FileChannel open(Path file) throws IOException {
                return Disk.LOCAL.open(file);
            }

            @Override
            public long usableBytes(Path file) throws IOException {
                return Disk.LOCAL.usableBytes(file);
            }
        };
    }

    @Test
    void recordsNothingWithoutAPlace() {
        LocalArchive archive = new LocalArchive(stream -> Optional.empty(), List.of(root), GRID);
        opened.add(archive);
        IOException refused =
                assertThrows(IOException.class, () -> take(FULL_HOUR, 1).write(archive, STREAM));
        assertEquals("live/camera has no archive", refused.getMessage());
    }

    @Test
    void numbersOfATakeFollowEachOther() throws IOException {
        LocalArchive archive = open();
        TestTake take = take(FULL_HOUR, 4);
        TakeWriter writer = archive.begin(STREAM, take.id(), take.init(), ByteBuffer.allocateDirect(1_000));
        writer.append(take.contents().get(0));
        assertThrows(
                IllegalArgumentException.class,
                () -> writer.append(take.contents().get(2)));
        assertThrows(
                IllegalArgumentException.class,
                () -> writer.append(take.contents().get(0)));
        writer.append(take.contents().get(1));
        assertEquals(2, find(archive).segments().size());
    }

    @Test
    void anHourThatCannotBeBegunEndsTheTakeWithItsReason() throws IOException {
        LocalArchive archive = open();
        TestTake take = take(FULL_HOUR - 2, 4);
        Path next = hourDirectory(FULL_HOUR);
        Files.createDirectories(next.getParent());
        Files.writeString(next, "in the way");
        TakeWriter writer = archive.begin(STREAM, take.id(), take.init(), ByteBuffer.allocateDirect(1_000));
        writer.append(take.contents().get(0));
        writer.append(take.contents().get(1));
        assertThrows(IOException.class, () -> writer.append(take.contents().get(2)));
        writer.end(GapReason.DISK_ERROR);
        long end = take.contents().get(1).endUtcMicros();
        for (boolean isRestarted : new boolean[] {false, true}) {
            LocalArchive reader = isRestarted ? open() : archive;
            assertEquals(
                    List.of(new TakeEnd(take.id(), end, GapReason.DISK_ERROR)),
                    find(reader).ends());
            assertEquals(take.segments().subList(0, 2), find(reader).segments());
        }
    }

    @Test
    void aTakeThatNeverGotASegmentEndsWhereItBegan() throws IOException {
        LocalArchive archive = open();
        TestTake take = take(FULL_HOUR, 1);
        TakeWriter writer = archive.begin(STREAM, take.id(), take.init(), ByteBuffer.allocateDirect(1_000));
        writer.end(GapReason.NOT_PUBLISHED);
        assertEquals(Optional.empty(), archive.take(STREAM, take.id()));
        assertEquals(List.of(), archive.streams());
    }

    @Test
    void readersSeeATakeGrowAcrossHoursAndNeverStop()
            throws IOException, ExecutionException, InterruptedException, TimeoutException {
        SegmentGrid minutes = new SegmentGrid(60_000);
        LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), minutes);
        opened.add(archive);
        TestTake take = TestTake.of(minutes, FULL_HOUR / 15, 0, 60 * 5, Tracks.AUDIO);
        List<Segment> all = take.segments();
        TakeWriter writer = archive.begin(STREAM, take.id(), take.init(), ByteBuffer.allocateDirect(64 << 10));
        writer.append(take.contents().get(0));
        AtomicBoolean written = new AtomicBoolean();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> reader = thread.submit(() -> readWhileItGrows(archive, all, written));
            for (SegmentContent content : take.contents().subList(1, all.size())) {
                writer.append(content);
            }
            written.set(true);
            assertTrue(reader.get(30, TimeUnit.SECONDS) > 0);
        } finally {
            written.set(true);
            thread.shutdown();
        }
        writer.end(GapReason.NOT_PUBLISHED);
        assertEquals(all, find(archive).segments());
    }

    private static int readWhileItGrows(LocalArchive archive, List<Segment> all, AtomicBoolean written)
            throws IOException {
        int seen = 0;
        int rounds = 0;
        for (boolean last = false; !last; rounds++) {
            last = written.get();
            Holdings holdings = find(archive);
            assertTrue(holdings.live(), "live when " + seen + " segments were seen");
            assertTrue(holdings.segments().size() >= seen, "none is lost");
            seen = holdings.segments().size();
            assertEquals(all.subList(0, seen), holdings.segments());
            assertEquals(List.of(), holdings.ends());
            assertEquals(
                    all.get(0).startUtcMicros(), holdings.span().orElseThrow().fromMicros());
        }
        assertEquals(all.size(), seen);
        return rounds;
    }

    @Test
    void readsWhatItListsAtOnce() throws IOException {
        LocalArchive archive = open();
        TestTake take = take(FULL_HOUR - 2, 4);
        TakeWriter writer = archive.begin(STREAM, take.id(), take.init(), ByteBuffer.allocateDirect(500));
        for (SegmentContent content : take.contents()) {
            writer.append(content);
            assertArrayEquals(
                    TestTake.muxedBytes(content),
                    SegmentSourceContract.read(archive.segment(STREAM, take.id(), content.number(), Part.MUXED)
                            .orElseThrow()));
        }
    }

    /** Creates the files of a take in an archive, with nothing in them yet. */
    private void openWriter(LocalArchive archive, TestTake take, int ordinal) throws IOException {
        long hour = Hours.at(take.startUtcMicros());
        StreamArchive stream = archive.archive(STREAM).orElseThrow();
        stream.opened(new HourWriter(
                Disk.LOCAL,
                stream.hours().hourDirectory(hour),
                hour,
                take.id(),
                GRID,
                ordinal,
                false,
                take.init().toBytes(),
                ByteBuffer.allocateDirect(100),
                DiskSync.NONE));
    }

    /** As a server opens it that was just started: the one before is gone. */
    private LocalArchive open() {
        opened.forEach(LocalArchive::close);
        opened.clear();
        LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
        opened.add(archive);
        return archive;
    }

    private LocalArchive open(Disk disk) {
        LocalArchive archive =
                new LocalArchive(stream -> Optional.of(root), List.of(root), GRID, ArchiveOptions.DEFAULT.with(disk));
        opened.add(archive);
        return archive;
    }

    private static Holdings find(LocalArchive archive) throws IOException {
        return archive.find(STREAM, EVER).orElseThrow();
    }

    private Path hourDirectory(long number) throws IOException {
        return ArchiveLayout.hourDirectory(
                ArchiveLayout.streamDirectory(root, STREAM), Hours.at(GRID.startUtcMicros(number)));
    }

    private static TestTake take(long number, int segments) {
        return TestTake.of(GRID, number, 0, segments, Tracks.BOTH);
    }
}
