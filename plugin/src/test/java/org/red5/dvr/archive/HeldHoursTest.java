package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.HeldHours.HeldHour;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourRecords;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.time.SettableClock;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.MediaBytes.FileRegion;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

class HeldHoursTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final long PER_HOUR = 900;
    /** Of the cell that begins on 2026-11-22 at 14:00 UTC. */
    private static final long FULL_HOUR = 448_839_000L;

    private static final long HOUR = FULL_HOUR / PER_HOUR;

    @TempDir
    Path root;

    private final SettableClock clock = new SettableClock();
    private LocalArchive archive;
    private HeldHours held;

    @BeforeEach
    void open() {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
        held = new HeldHours(archive, clock);
        setClock(HOUR, 600);
    }

    @AfterEach
    void close() {
        archive.close();
    }

    private void setClock(long hour, long seconds) {
        clock.millis = (hour * 3_600 + seconds) * 1_000;
    }

    private TestTake take(long number, int segments) {
        return TestTake.of(GRID, number, 100_000, segments, Tracks.BOTH);
    }

    private TakeWriter begin(TestTake take) throws IOException {
        return archive.begin(STREAM, take.id(), take.init(), ByteBuffer.allocateDirect(16 << 10));
    }

    private byte[] onDisk(long hour, TakeId take) throws IOException {
        return Files.readAllBytes(ArchiveLayout.indexFile(
                ArchiveLayout.hourDirectory(ArchiveLayout.streamDirectory(root, STREAM), hour), take));
    }

    private HeldHours.Listing list(long from, long to) throws IOException {
        return held.hours(STREAM, from, to).orElseThrow();
    }

    @Test
    void unknownStreamsAreNotHeld() throws IOException {
        assertEquals(Optional.empty(), held.hours(STREAM, HOUR, HOUR));
        assertEquals(Optional.empty(), held.after(STREAM, 0));
        assertEquals(Optional.empty(), held.listen(STREAM, () -> {}));
    }

    @Test
    void hoursAreListedWithTheDigestsOfTheirFilesOnceTheyAreOver() throws Exception {
        TestTake take = take(FULL_HOUR - 2, 5);
        take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        assertEquals(
                List.of(
                        new HeldHour(HOUR - 1, take.id(), 2, Optional.of(digest(onDisk(HOUR - 1, take.id())))),
                        new HeldHour(HOUR, take.id(), 3, Optional.empty())),
                list(HOUR - 1, HOUR + 5).hours());
        assertEquals(List.of(), list(HOUR + 1, HOUR + 5).hours());

        setClock(HOUR + 1, 50);
        assertEquals(
                Optional.empty(),
                list(HOUR, HOUR).hours().get(0).digest(),
                "a take that began at the hour's end may not have been written yet");
        setClock(HOUR + 1, 61);
        String digest = digest(onDisk(HOUR, take.id()));
        assertEquals(Optional.of(digest), list(HOUR, HOUR).hours().get(0).digest());
        assertArrayEquals(
                onDisk(HOUR, take.id()),
                held.closedIndex(STREAM, HOUR, take.id(), digest).orElseThrow());
        assertEquals(
                Optional.empty(),
                held.closedIndex(STREAM, HOUR, take.id(), digest.replace(digest.charAt(0), '0') + "x"));
        assertEquals(Optional.empty(), held.closedIndex(STREAM, HOUR, new TakeId("20261122T131502123Z-b"), digest));
    }

    private static String digest(byte[] bytes) throws Exception {
        return HexFormat.of()
                .formatHex(Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(bytes), 16));
    }

    @Test
    void anHourThatIsWrittenIsNotClosedHoweverLate() throws IOException {
        TestTake take = take(FULL_HOUR, 3);
        TakeWriter writer = take.write(archive, STREAM);
        setClock(HOUR + 5, 0);
        assertEquals(Optional.empty(), list(HOUR, HOUR).hours().get(0).digest());
        writer.end(GapReason.NOT_PUBLISHED);
        assertTrue(list(HOUR, HOUR).hours().get(0).digest().isPresent());
    }

    /** Whoever keeps a list of closed hours has to hear of all that makes it untrue. */
    @Test
    void closedHoursThatChangeAreNoticed() throws IOException {
        take(FULL_HOUR, 3).write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        setClock(HOUR + 2, 0);
        list(HOUR, HOUR + 2);
        long before = held.closedChanges();
        take(FULL_HOUR + 2 * PER_HOUR, 3).write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        assertEquals(before, held.closedChanges(), "an hour that was not told of as closed");

        take(FULL_HOUR + 400, 3).write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        long late = held.closedChanges();
        assertTrue(late > before, "a take came into a closed hour");

        StreamArchive hours = archive.archive(STREAM).orElseThrow();
        assertTrue(hours.hours().condemn(HOUR));
        long deleted = held.closedChanges();
        assertTrue(deleted > late, "an hour is deleted");
        assertEquals(
                List.of(HOUR + 2),
                list(HOUR, HOUR + 2).hours().stream().map(HeldHour::hour).toList());
        hours.hours().pardon(HOUR);
        assertTrue(held.closedChanges() > deleted, "an hour is there again");
    }

    @Test
    void endsThatNoIndexTellsAreListed() throws IOException {
        TestTake first = take(FULL_HOUR - 3 * PER_HOUR, 2);
        first.write(archive, STREAM).end(GapReason.DISK_FULL);
        TestTake second = take(FULL_HOUR, 2);
        second.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        assertEquals(
                List.of(new TakeEnd(first.id(), first.endUtcMicros(), GapReason.DISK_FULL)),
                list(HOUR, HOUR).ends());
        assertEquals(List.of(), list(HOUR - 3, HOUR).ends());
        assertTrue(archive.archive(STREAM).orElseThrow().hours().condemn(HOUR - 3));
        assertEquals(
                List.of(GapReason.EXPIRED),
                list(HOUR - 3, HOUR).ends().stream().map(TakeEnd::reason).toList());
    }

    @Test
    void anOpenIndexComesBitByBit() throws IOException {
        TestTake take = take(FULL_HOUR, 5);
        TakeWriter writer = begin(take);
        writer.append(take.contents().get(0));
        writer.append(take.contents().get(1));
        HourRecords records = parse(take.id(), true, openIndex(take.id(), 0));
        assertEquals(take.segments().subList(0, 2), segments(records));
        records = records.with(openIndex(take.id(), 2), true);
        assertEquals(2, records.count());
        for (SegmentContent content : take.contents().subList(2, 5)) {
            writer.append(content);
        }
        records = records.with(openIndex(take.id(), 2), true);
        assertEquals(take.segments(), segments(records));
        assertEquals(List.of(), records.ends());
        assertEquals(List.of(GapReason.SERVER_DOWN), reasons(records.with(openIndex(take.id(), 5), false)));
        writer.end(GapReason.TIMESTAMP_JUMP);
        records = records.with(openIndex(take.id(), 5), true);
        assertEquals(List.of(GapReason.TIMESTAMP_JUMP), reasons(records));
        assertTrue(records.isEnded());
        assertEquals(0, records.ordinal());
        byte[] bytes = TestTake.muxedBytes(take.contents().get(4));
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        assertEquals((int) crc.getValue(), records.crc(4));
        HeldHours.CheckedBytes segment =
                held.segment(STREAM, take.id(), FULL_HOUR + 4).orElseThrow();
        assertEquals((int) crc.getValue(), segment.crc());
        assertEquals(bytes.length, ((FileRegion) segment.bytes()).lengthBytes());
        HourRecords whole = records;
        assertThrows(CorruptArchiveException.class, () -> whole.with(openIndex(take.id(), 3), true));
    }

    private byte[] openIndex(TakeId take, int from) throws IOException {
        return held.openIndex(STREAM, HOUR, take, from).orElseThrow();
    }

    private static HourRecords parse(TakeId take, boolean isOpen, byte[] bytes) throws IOException {
        return HourRecords.parse(HOUR, take, isOpen, bytes);
    }

    private static List<?> segments(HourRecords records) {
        return IntStream.range(0, records.count()).mapToObj(records::segment).toList();
    }

    private static List<GapReason> reasons(HourRecords records) {
        return records.ends().stream().map(TakeEnd::reason).toList();
    }

    @Test
    void indexesThatAreNotWholeOrOfAnotherHourAreRefused() throws IOException {
        TestTake take = take(FULL_HOUR, 3);
        take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        byte[] whole = openIndex(take.id(), 0);
        for (byte[] beginning : DamagedBytes.beginnings(whole)) {
            if ((beginning.length - IndexFormat.HEADER_BYTES) % IndexFormat.RECORD_BYTES != 0) {
                assertThrows(CorruptArchiveException.class, () -> parse(take.id(), true, beginning));
            }
        }
        assertThrows(CorruptArchiveException.class, () -> HourRecords.parse(HOUR + 1, take.id(), true, whole));
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            try {
                parse(take.id(), true, DamagedBytes.damage(whole, random));
            } catch (CorruptArchiveException | NewerArchiveException e) {
                refused++;
            }
        }
        assertTrue(refused > 15_000, refused + " of 20000 were refused");
    }

    @Test
    void whoFollowsIsToldOfEverySegmentAndEnd() throws IOException {
        TestTake take = take(FULL_HOUR - 40, 42);
        TakeWriter writer = begin(take);
        writer.append(take.contents().get(0));
        AtomicInteger calls = new AtomicInteger();
        Runnable unlisten = held.listen(STREAM, calls::incrementAndGet).orElseThrow();
        for (SegmentContent content : take.contents().subList(1, 42)) {
            int before = calls.get();
            writer.append(content);
            assertNotEquals(before, calls.get());
        }
        HeldHours.Tail tail = held.after(STREAM, FULL_HOUR - 5).orElseThrow();
        assertEquals(
                take.segments().subList(36, 42),
                tail.segments().stream().map(HeldHours.ListedSegment::segment).toList());
        assertTrue(tail.live());
        assertEquals(List.of(), tail.ends());
        assertEquals(
                take.segments().subList(10, 42),
                held.after(STREAM, 0).orElseThrow().segments().stream()
                        .map(HeldHours.ListedSegment::segment)
                        .toList(),
                "the latest 32");
        int before = calls.get();
        writer.end(GapReason.OVERLOADED);
        assertNotEquals(before, calls.get());
        HeldHours.Tail after = held.after(STREAM, FULL_HOUR + 1).orElseThrow();
        assertEquals(
                new HeldHours.Tail(
                        false, List.of(), List.of(new TakeEnd(take.id(), take.endUtcMicros(), GapReason.OVERLOADED))),
                after);
        unlisten.run();
        before = calls.get();
        archive.recordingBegins(root, STREAM);
        assertEquals(before, calls.get());
    }
}
