package org.red5.dvr.archive.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.archive.StreamArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.IndexParser;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.time.SettableClock;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

class LocalTakesTest {
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
    private LocalTakes takes;

    @BeforeEach
    void open() {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
        takes = new LocalTakes(archive, clock, "a1", Runnable::run);
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

    private HourListing list(long from, long to) throws IOException {
        return takes.hours(STREAM, from, to).join().orElseThrow();
    }

    @Test
    void unknownStreamsAreNotHeld() throws IOException {
        assertEquals(Optional.empty(), takes.hours(STREAM, HOUR, HOUR).join());
        assertEquals(Optional.empty(), follow(0, false).join());
    }

    @Test
    void hoursAreListedWithTheDigestsOfTheirFilesOnceTheyAreOver() throws Exception {
        TestTake take = take(FULL_HOUR - 2, 5);
        take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        assertEquals(
                List.of(
                        hour(HOUR - 1, take.id(), 2, Optional.of(digest(onDisk(HOUR - 1, take.id())))),
                        hour(HOUR, take.id(), 3, Optional.empty())),
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
                takes.closedIndex(STREAM, HOUR, take.id(), digest)
                        .join()
                        .orElseThrow()
                        .index()
                        .toMarkedBytes());
        assertEquals(
                Optional.empty(),
                takes.closedIndex(STREAM, HOUR, take.id(), digest.replace(digest.charAt(0), '0') + "x")
                        .join());
        assertEquals(
                Optional.empty(),
                takes.closedIndex(STREAM, HOUR, new TakeId("20261122T131502123Z-b"), digest)
                        .join());
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
        long before = archive.closedChanges();
        take(FULL_HOUR + 2 * PER_HOUR, 3).write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        assertEquals(before, archive.closedChanges(), "an hour that was not told of as closed");

        take(FULL_HOUR + 400, 3).write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        long late = archive.closedChanges();
        assertTrue(late > before, "a take came into a closed hour");

        StreamArchive hours = archive.archive(STREAM).orElseThrow();
        assertTrue(hours.hours().markDeleted(HOUR));
        long deleted = archive.closedChanges();
        assertTrue(deleted > late, "an hour is deleted");
        assertEquals(
                List.of(HOUR + 2),
                list(HOUR, HOUR + 2).hours().stream()
                        .map(HourListing.Hour::hour)
                        .toList());
        hours.hours().unmarkDeleted(HOUR);
        assertTrue(archive.closedChanges() > deleted, "an hour is there again");
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
        assertTrue(archive.archive(STREAM).orElseThrow().hours().markDeleted(HOUR - 3));
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
        HourIndex records = openIndex(take.id(), 0);
        assertEquals(take.segments().subList(0, 2), segments(records));
        records = records.and(openIndex(take.id(), 2)).orElseThrow();
        assertEquals(2, records.count());
        for (SegmentContent content : take.contents().subList(2, 5)) {
            writer.append(content);
        }
        records = records.and(openIndex(take.id(), 2)).orElseThrow();
        assertEquals(take.segments(), segments(records));
        assertEquals(List.of(), records.ends());
        assertEquals(List.of(GapReason.SERVER_DOWN), reasons(parse(take.id(), false, records.toMarkedBytes())));
        writer.end(GapReason.TIMESTAMP_JUMP);
        records = records.and(openIndex(take.id(), 5)).orElseThrow();
        assertEquals(List.of(GapReason.TIMESTAMP_JUMP), reasons(records));
        assertTrue(records.isEnded());
        assertEquals(0, records.header().ordinal());
        byte[] bytes = TestTake.muxedBytes(take.contents().get(4));
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        assertEquals((int) crc.getValue(), records.mediaCrc(4));
        SegmentReply segment =
                takes.segment(STREAM, take.id(), FULL_HOUR + 4).join().orElseThrow();
        assertEquals((int) crc.getValue(), segment.crc());
        assertEquals(bytes.length, ((FileRegion) segment.bytes()).lengthBytes());
        assertEquals(Optional.empty(), records.and(openIndex(take.id(), 3)));
    }

    /** As it comes to another server. */
    private HourIndex openIndex(TakeId take, int from) throws IOException {
        HourIndex index =
                takes.openIndex(STREAM, HOUR, take, from).join().orElseThrow().index();
        return parse(take, true, index.toMarkedBytes());
    }

    private static HourIndex parse(TakeId take, boolean isOpen, byte[] bytes) throws IOException {
        return IndexParser.parse(HOUR, take, isOpen, bytes);
    }

    private static List<?> segments(HourIndex records) {
        return IntStream.range(0, records.count()).mapToObj(records::segment).toList();
    }

    private static List<GapReason> reasons(HourIndex records) {
        return records.ends().stream().map(TakeEnd::reason).toList();
    }

    @Test
    void indexesThatAreNotWholeOrOfAnotherHourAreRefused() throws IOException {
        TestTake take = take(FULL_HOUR, 3);
        take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        byte[] whole = openIndex(take.id(), 0).toMarkedBytes();
        for (byte[] beginning : DamagedBytes.beginnings(whole)) {
            if ((beginning.length - IndexFormat.HEADER_BYTES) % IndexFormat.RECORD_BYTES != 0) {
                assertThrows(CorruptArchiveException.class, () -> parse(take.id(), true, beginning));
            }
        }
        assertThrows(CorruptArchiveException.class, () -> IndexParser.parse(HOUR + 1, take.id(), true, whole));
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
        for (int i = 1; i < 42; i++) {
            long known = take.segments().get(i - 1).number();
            CompletableFuture<Optional<FollowReply>> news = follow(known, true);
            assertFalse(news.isDone());
            writer.append(take.contents().get(i));
            assertEquals(List.of(take.segments().get(i)), segments(news.join()));
        }
        FollowReply tail = follow(FULL_HOUR - 5, true).join().orElseThrow();
        assertEquals(take.segments().subList(36, 42), segments(Optional.of(tail)));
        assertTrue(tail.live());
        assertEquals(List.of(), tail.ends());
        assertEquals(take.segments().subList(10, 42), segments(follow(0, true).join()), "the latest 32");
        CompletableFuture<Optional<FollowReply>> end = follow(FULL_HOUR + 1, true);
        CompletableFuture<Optional<FollowReply>> givenUp = follow(FULL_HOUR + 1, true);
        givenUp.cancel(false);
        assertFalse(end.isDone());
        writer.end(GapReason.OVERLOADED);
        assertEquals(
                Optional.of(new FollowReply(
                        false, List.of(), List.of(new TakeEnd(take.id(), take.endUtcMicros(), GapReason.OVERLOADED)))),
                end.join());
    }

    private CompletableFuture<Optional<FollowReply>> follow(long afterNumber, boolean live) {
        return takes.follow(new FollowRequest(STREAM, afterNumber, live, false), Duration.ofMinutes(1));
    }

    private static List<Segment> segments(Optional<FollowReply> news) {
        return news.orElseThrow().segments().stream()
                .map(FollowReply.New::segment)
                .toList();
    }

    private static HourListing.Hour hour(long hour, TakeId take, int segments, Optional<String> digest) {
        return new HourListing.Hour(hour, take, "a1", segments, digest.isPresent(), digest);
    }
}
