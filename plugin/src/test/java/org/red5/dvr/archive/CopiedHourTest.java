package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.Troubles;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexParser;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.SegmentSourceContract;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/** An hour that came from another server: what is taken of it, what viewers and other servers see, and what is refused. */
class CopiedHourTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 4);
    private static final long FULL_HOUR = 448_839_000L;
    private static final long HOUR = Hours.at(SegmentGrid.DEFAULT.startUtcMicros(FULL_HOUR));

    @TempDir
    Path folder;

    private final TestTake take = TestTake.of(SegmentGrid.DEFAULT, FULL_HOUR, 0, 5, Tracks.BOTH);
    private final Troubles troubles = new Troubles();
    private LocalArchive origin;
    private LocalArchive copy;
    private LocalTakes takes;
    private byte[] index;

    @BeforeEach
    void record() throws IOException {
        origin = open(folder.resolve("origin"));
        copy = open(folder.resolve("copy"));
        take.write(origin, STREAM).end(GapReason.OVERLOADED);
        index = Files.readAllBytes(file(folder.resolve("origin"), ".idx"));
        Clock later = Clock.fixed(Instant.ofEpochSecond((HOUR + 2) * 3_600), ZoneOffset.UTC);
        takes = new LocalTakes(copy, later, "copy", Runnable::run);
    }

    @AfterEach
    void close() {
        origin.close();
        copy.close();
    }

    private LocalArchive open(Path root) {
        return new LocalArchive(
                stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT, ArchiveOptions.DEFAULT.with(troubles));
    }

    private Path file(Path root, String ending) throws IOException {
        Path hour = ArchiveLayout.hourDirectory(ArchiveLayout.streamDirectory(root, STREAM), HOUR);
        return hour.resolve(take.id().value() + ending);
    }

    private void putIndex(byte[] bytes) throws IOException {
        copy.putIndex(
                STREAM,
                IndexParser.parse(HOUR, take.id(), false, bytes),
                take.init().toBytes());
    }

    private void put(int place) throws IOException {
        copy.put(
                STREAM,
                take.id(),
                FULL_HOUR + place,
                TestTake.muxedBytes(take.contents().get(place)));
    }

    private List<Segment> found() throws IOException {
        return copy.find(STREAM, EVER).orElseThrow().segments();
    }

    @Test
    void whatHasNotComeIsAHoleOfItsOwnReason() throws IOException {
        putIndex(index);
        assertEquals(List.of(), found());
        put(3);
        put(1);
        assertEquals(List.of(take.segments().get(1), take.segments().get(3)), found());
        assertArrayEquals(
                TestTake.muxedBytes(take.contents().get(3)),
                SegmentSourceContract.read(copy.segment(STREAM, take.id(), FULL_HOUR + 3, Part.MUXED)
                        .orElseThrow()));
        assertEquals(Optional.empty(), copy.segment(STREAM, take.id(), FULL_HOUR + 2, Part.MUXED));
        UtcRange window = new UtcRange(
                take.segments().get(1).startUtcMicros(), take.segments().get(3).endUtcMicros());
        assertEquals(
                List.of(GapReason.NOT_HELD),
                Timeline.of("copy", copy.find(STREAM, window).orElseThrow(), window).gaps().stream()
                        .map(Timeline.Gap::reason)
                        .toList());
        assertTrue(copy.take(STREAM, take.id()).isPresent());
    }

    @Test
    void otherServersAreToldOfWhatIsHereAndWhenThatChanges() throws IOException {
        putIndex(index);
        FollowRequest known = new FollowRequest(STREAM, FULL_HOUR - 1, false, false);
        CompletableFuture<Optional<FollowReply>> news = takes.follow(known, Duration.ofMinutes(1));
        assertFalse(news.isDone());
        HourListing.Hour before = listed();
        long changes = copy.closedChanges();
        put(0);
        assertTrue(copy.closedChanges() > changes);
        assertEquals(1, news.join().orElseThrow().segments().size());
        HourListing.Hour after = listed();
        assertNotEquals(before.digest(), after.digest());
        byte[] told = takes.closedIndex(STREAM, HOUR, take.id(), after.digest().orElseThrow())
                .join()
                .orElseThrow()
                .index()
                .toMarkedBytes();
        HourIndex records = IndexParser.parse(HOUR, take.id(), false, told);
        assertEquals(after.digest(), Optional.of(records.markedDigest()));
        assertEquals(take.segments().get(0), records.segment(records.positionOf(FULL_HOUR)));
        assertFalse(records.isHere(1));
        for (int place = 1; place < 5; place++) {
            put(place);
        }
        assertEquals(Optional.of(records.toFill().digest()), listed().digest(), "as where it was recorded");
        changes = copy.closedChanges();
        put(2);
        assertEquals(changes, copy.closedChanges(), "it was here");
    }

    private HourListing.Hour listed() throws IOException {
        return takes.hours(STREAM, HOUR, HOUR).join().orElseThrow().hours().get(0);
    }

    /** Whoever has only a part tells so by marks; a copy of that is the same hour. */
    @Test
    void anIndexWithMarksIsTheSameHour() throws IOException {
        putIndex(index);
        put(0);
        HourIndex told =
                takes.openIndex(STREAM, HOUR, take.id(), 0).join().orElseThrow().index();
        byte[] sent = told.toMarkedBytes();
        assertFalse(Arrays.equals(index, sent));
        told = IndexParser.parse(HOUR, take.id(), true, sent);
        try (LocalArchive third = open(folder.resolve("third"))) {
            third.putIndex(STREAM, told, take.init().toBytes());
            assertEquals(List.of(), third.find(STREAM, EVER).orElseThrow().segments());
        }
        assertArrayEquals(index, Files.readAllBytes(file(folder.resolve("third"), ".idx")));
    }

    /** Of the hour that is being recorded the index comes bit by bit, and so does what follows a crash. */
    @Test
    void anHourThatGrowsIsFilledAsItGrows() throws IOException {
        byte[] init = take.init().toBytes();
        HourIndex whole = IndexParser.parse(HOUR, take.id(), false, index);
        putGrowing(2);
        put(1);
        assertEquals(List.of(take.segments().get(1)), found());
        assertFalse(listed().closed(), "its end may come");
        assertThrows(NotToBeFilledException.class, () -> put(2));
        putGrowing(4);
        put(3);
        putGrowing(2);
        assertEquals(List.of(take.segments().get(1), take.segments().get(3)), found(), "what is older changes nothing");
        put(0);
        put(2);
        assertEquals(take.segments().subList(0, 4), found());
        copy.close();
        copy = open(folder.resolve("copy"));
        assertEquals(take.segments().subList(0, 4), found(), "and all of it is there after a crash");
        byte[] another = Arrays.copyOf(index, 64 + 5 * 48);
        another[64 + 2 * 48 + 36] ^= 1;
        seal(another, 64 + 2 * 48);
        HourIndex other = IndexParser.parse(HOUR, take.id(), true, another);
        assertThrows(NotToBeFilledException.class, () -> copy.putIndex(STREAM, other, init));
        copy.putIndex(STREAM, whole, init);
        put(4);
        assertEquals(take.segments(), found());
        assertArrayEquals(index, Files.readAllBytes(file(folder.resolve("copy"), ".idx")));
        assertArrayEquals(
                Files.readAllBytes(file(folder.resolve("origin"), ".mp4")),
                Files.readAllBytes(file(folder.resolve("copy"), ".mp4")));
    }

    /** A crash may come before the disk has kept anything of what was put last, or of an index. */
    @Test
    void whatTheDiskWasNotToldToKeepIsLookedAt() throws IOException {
        putGrowing(3);
        put(0);
        put(1);
        copy.archive(STREAM).orElseThrow().hours().force(HOUR, take.id());
        put(2);
        copy.close();
        Path media = file(folder.resolve("copy"), ".mp4");
        byte[] bytes = Files.readAllBytes(media);
        bytes[(int) offset(take.segments().get(2)) + 100] ^= 1;
        Files.write(media, bytes);
        copy = open(folder.resolve("copy"));
        assertEquals(take.segments().subList(0, 2), found(), "the disk was not told to keep the third");
        put(2);
        assertEquals(take.segments().subList(0, 3), found());
    }

    private long offset(Segment segment) throws IOException {
        HourIndex whole = IndexParser.parse(HOUR, take.id(), false, index);
        return whole.offsetBytes(whole.listedPositionOf(segment.number()));
    }

    private void putGrowing(int count) throws IOException {
        byte[] beginning = Arrays.copyOf(index, 64 + count * 48);
        copy.putIndex(
                STREAM,
                IndexParser.parse(HOUR, take.id(), true, beginning),
                take.init().toBytes());
    }

    @Test
    void whatDoesNotBelongThereIsRefused() throws IOException {
        assertThrows(NotToBeFilledException.class, () -> put(0), "nothing of the stream is here");
        byte[] open = Arrays.copyOf(index, index.length - 48);
        assertThrows(CorruptArchiveException.class, () -> putIndex(open));
        byte[] overlapping = index.clone();
        ByteBuffer.wrap(overlapping).putLong(64 + 48 + 16, take.init().toBytes().length);
        seal(overlapping, 64 + 48);
        assertThrows(CorruptArchiveException.class, () -> putIndex(overlapping));
        byte[] init = TestTake.init(Tracks.AUDIO).toBytes();
        assertThrows(
                CorruptArchiveException.class,
                () -> copy.putIndex(STREAM, IndexParser.parse(HOUR, take.id(), false, index), init));
        putIndex(index);
        put(1);
        putIndex(index);
        assertEquals(1, found().size(), "an index that is here changes nothing");
        byte[] another = index.clone();
        another[64 + 2 * 48 + 36] ^= 1;
        seal(another, 64 + 2 * 48);
        assertThrows(NotToBeFilledException.class, () -> putIndex(another));
        assertThrows(
                CorruptArchiveException.class,
                () -> copy.put(
                        STREAM,
                        take.id(),
                        FULL_HOUR,
                        TestTake.muxedBytes(take.contents().get(1))));
        assertThrows(NotToBeFilledException.class, () -> copy.put(STREAM, take.id(), FULL_HOUR + 5, new byte[10]));
        assertEquals(List.of(take.segments().get(1)), found());
    }

    @Test
    void whatIsRecordedHereIsNotFilled() throws IOException {
        TakeWriter writer = take.write(copy, STREAM);
        assertThrows(NotToBeFilledException.class, () -> putIndex(index));
        assertThrows(NotToBeFilledException.class, () -> put(0));
        writer.end(GapReason.OVERLOADED);
        putIndex(index);
        put(0);
        assertEquals(take.segments(), found(), "it was here");
        assertFalse(Files.exists(file(folder.resolve("copy"), ".here")));
    }

    @Test
    void anArchiveOfALaterVersionIsAHoleWithAReasonAndAWarning() throws IOException {
        byte[] later = index.clone();
        later[9] = 5;
        CRC32C crc = new CRC32C();
        crc.update(later, 0, 60);
        ByteBuffer.wrap(later).putInt(60, (int) crc.getValue());
        Path root = folder.resolve("origin");
        origin.close();
        Files.write(file(root, ".idx"), later);
        TestTake next = TestTake.of(SegmentGrid.DEFAULT, FULL_HOUR + 20, 0, 2, Tracks.BOTH);
        origin = open(root);
        new Recovery(origin).run();
        next.write(origin, STREAM).end(GapReason.NOT_PUBLISHED);
        UtcRange window = new UtcRange(take.startUtcMicros(), next.endUtcMicros());
        Timeline timeline = Timeline.of("origin", origin.find(STREAM, window).orElseThrow(), window);
        assertEquals(
                List.of(GapReason.NEWER_ARCHIVE),
                timeline.gaps().stream().map(Timeline.Gap::reason).toList());
        assertEquals(1, troubles.now().size(), troubles.now()::toString);
        assertTrue(troubles.now().get(0).contains("newer version"));
        assertArrayEquals(later, Files.readAllBytes(file(root, ".idx")));
        RecordedHours hours = origin.archive(STREAM).orElseThrow().hours();
        assertTrue(hours.markDeleted(HOUR));
        hours.deleteMarked(HOUR);
        assertEquals(List.of(), troubles.now());
    }

    private static void seal(byte[] bytes, int record) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, record, 44);
        ByteBuffer.wrap(bytes).putInt(record + 44, (int) crc.getValue());
    }
}
