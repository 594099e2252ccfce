package org.red5.dvr.archive.recovery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.archive.RecordedHour.FULL_HOUR;
import static org.red5.dvr.archive.RecordedHour.SEGMENTS;
import static org.red5.dvr.archive.RecordedHour.STREAM;
import static org.red5.dvr.archive.RecordedHour.damaged;
import static org.red5.dvr.archive.RecordedHour.find;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.RecordedHour;
import org.red5.dvr.archive.Recovery;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/** What is left of an hour after a crash or a bad disk is found again, all of it and nothing that was not recorded. */
class RecoveryTest {
    private static final int HEADER = IndexFormat.HEADER_BYTES;
    private static final int RECORD = IndexFormat.RECORD_BYTES;

    @TempDir
    Path root;

    private RecordedHour hour;

    @BeforeEach
    void record() throws IOException {
        hour = new RecordedHour(root);
    }

    @Test
    void whatIsWholeIsNotTouched() throws IOException {
        Map<Path, byte[]> before = hour.files();
        assertHolds(hour.segments, GapReason.OVERLOADED);
        hour.assertFiles(before);
    }

    @Test
    void anIndexOfTheFirstVersionIsReadAndStaysAsItIs() throws IOException {
        byte[] first = ofFirstVersion(hour.wholeIndex);
        hour.restore(hour.wholeMedia, first);
        assertHolds(hour.segments, GapReason.OVERLOADED);
        assertArrayEquals(first, Files.readAllBytes(hour.index));
        hour.restore(hour.wholeMedia, Arrays.copyOf(first, first.length - 2 * RECORD));
        assertHolds(hour.segments, GapReason.SERVER_DOWN);
    }

    @Test
    void anIndexOfALaterVersionIsLeftAlone() throws IOException {
        byte[] later = Arrays.copyOf(hour.wholeIndex, HEADER + RECORD + 10);
        later[9] = 4;
        sealHeader(later);
        hour.restore(hour.wholeMedia, later);
        Map<Path, byte[]> before = hour.files();
        try (LocalArchive archive = hour.open()) {
            new Recovery(archive).run();
            assertEquals(List.of(), find(archive).segments());
        }
        hour.assertFiles(before);
    }

    @Test
    void aCrashAnywhereInTheMediaCostsTheOpenSegmentAlone() throws IOException {
        Random random = new Random(1);
        for (int round = 0; round < 20; round++) {
            int length = (int) hour.ends[0] + random.nextInt((int) (hour.ends[SEGMENTS] - hour.ends[0]) + 1);
            int whole = wholeSegments(length);
            // The index is as far as the media was forced, or one behind it.
            int listed = Math.max(0, whole - random.nextInt(2));
            hour.restore(
                    Arrays.copyOf(hour.wholeMedia, length), Arrays.copyOf(hour.wholeIndex, HEADER + listed * RECORD));
            assertHolds(hour.segments.subList(0, whole), GapReason.SERVER_DOWN);
            assertEquals(hour.ends[whole], Files.size(hour.media));
            assertEquals(2, hour.files().size(), "nothing is set aside");
            hour.assertSettled();
        }
    }

    @Test
    void aTornIndexIsMadeAnewFromTheMedia() throws IOException {
        for (int length = 0; length < hour.wholeIndex.length; length += 29) {
            hour.restore(hour.wholeMedia, Arrays.copyOf(hour.wholeIndex, length));
            // Without the header, nothing says that it was a crash.
            assertHolds(hour.segments, length < HEADER ? GapReason.DAMAGED : GapReason.SERVER_DOWN);
            hour.assertSettled();
        }
        hour.restore(hour.wholeMedia, hour.wholeIndex);
        Files.delete(hour.index);
        assertHolds(hour.segments, GapReason.DAMAGED);
        assertArrayEquals(hour.wholeMedia, Files.readAllBytes(hour.media));
    }

    @Test
    void listedSegmentsWhoseMediaNeverCameAreDamaged() throws IOException {
        hour.restore(
                Arrays.copyOf(hour.wholeMedia, (int) hour.ends[9] + 20),
                Arrays.copyOf(hour.wholeIndex, HEADER + SEGMENTS * RECORD));
        try (LocalArchive archive = hour.open()) {
            assertEquals(hour.segments.subList(0, 9), find(archive).segments());
            assertEquals(OptionalLong.of(FULL_HOUR + SEGMENTS - 1), archive.lastNumber(STREAM));
            assertEquals(
                    List.of(GapReason.DAMAGED, GapReason.SERVER_DOWN),
                    find(archive).ends().stream().map(TakeEnd::reason).toList());
        }
        hour.assertPlayable();
        hour.assertSettled();
    }

    @Test
    void damageToTheIndexCostsNothing() throws IOException {
        Random random = new Random(2);
        for (int round = 0; round < 24; round++) {
            byte[] damaged = damaged(hour.wholeIndex, random);
            hour.restore(hour.wholeMedia, damaged);
            try (LocalArchive archive = hour.open()) {
                List<Segment> found = find(archive).segments();
                RecordedHour.assertSegments(hour.segments, found);
                hour.assertServed(archive, found);
            }
            assertArrayEquals(hour.wholeMedia, Files.readAllBytes(hour.media));
            hour.assertSettled();
        }
    }

    @Test
    void aDamagedSegmentIsAHoleWithItsReasonAndTheRestPlays() throws IOException {
        for (int hit = SEGMENTS - 4; hit < SEGMENTS; hit++) {
            byte[] damaged = hour.wholeMedia.clone();
            damaged[(int) hour.ends[hit] + 500] ^= 4;
            hour.restore(damaged, hour.wholeIndex);
            List<Segment> rest = new ArrayList<>(hour.segments);
            Segment lost = rest.remove(hit);
            try (LocalArchive archive = hour.open()) {
                Holdings holdings = find(archive);
                assertEquals(rest, holdings.segments());
                assertEquals(Optional.empty(), archive.segment(STREAM, hour.take.id(), lost.number(), Part.MUXED));
                assertEquals(OptionalLong.of(FULL_HOUR + SEGMENTS - 1), archive.lastNumber(STREAM));
                UtcRange window = new UtcRange(hour.take.startUtcMicros(), hour.take.endUtcMicros());
                Timeline timeline = Timeline.of("origin", holdings, window);
                assertEquals(
                        List.of(new Timeline.Gap(
                                new UtcRange(lost.startUtcMicros(), lost.endUtcMicros()), GapReason.DAMAGED)),
                        timeline.gaps());
            }
            assertArrayEquals(hour.wholeIndex, Files.readAllBytes(hour.index), "the index is what it was");
            assertEquals(3, hour.files().size(), "and a presence file");
            hour.assertPlayable();
            hour.assertSettled();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void damageToTheLastOfTheMediaIsNeverServed(boolean isClosed) throws IOException {
        Random random = new Random(3);
        for (int round = 0; round < 24; round++) {
            byte[] damaged = damaged(hour.wholeMedia, random);
            hour.restore(damaged, isClosed ? hour.wholeIndex : openIndex());
            try (LocalArchive archive = hour.open()) {
                List<Segment> found = find(archive).segments();
                assertTrue(hour.segments.containsAll(found), "round " + round);
                hour.assertServed(archive, found);
                for (int i = 0; i < SEGMENTS; i++) {
                    boolean isThere = hour.isInitIntact(damaged) && hour.isIntact(damaged, i);
                    assertEquals(isThere, found.contains(hour.segments.get(i)), "round " + round + ", segment " + i);
                }
                assertDamageIsNamed(archive, found.size() < SEGMENTS);
            }
            if (isClosed && damaged.length < hour.wholeMedia.length) {
                assertUnchanged(damaged, hour.wholeIndex);
            } else {
                hour.assertPlayable();
            }
            hour.assertSettled();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void damageToBothFilesLeavesWhatIsWholeInEither(boolean isClosed) throws IOException {
        Random random = new Random(4);
        for (int round = 0; round < 30; round++) {
            byte[] damaged = damaged(hour.wholeMedia, random);
            byte[] damagedIndex = damaged(isClosed ? hour.wholeIndex : openIndex(), random);
            hour.restore(damaged, damagedIndex);
            try (LocalArchive archive = hour.open()) {
                List<Segment> found = find(archive).segments();
                for (Segment segment : found) {
                    assertTrue(hour.segments.stream().anyMatch(known -> known.number() == segment.number()));
                }
                for (int i = 0; i < SEGMENTS; i++) {
                    long number = hour.segments.get(i).number();
                    boolean isFound = found.stream().anyMatch(segment -> segment.number() == number);
                    boolean hasRecord = hasRecord(damagedIndex, i);
                    if (hour.isInitIntact(damaged) && hour.isIntact(damaged, i) && hasRecord) {
                        assertTrue(isFound, "round " + round + ", segment " + i);
                    } else if (!hour.isIntact(damaged, i) && hasRecord) {
                        assertTrue(!isFound, "round " + round + ", segment " + i);
                    }
                }
            }
            hour.assertPlayable();
            hour.assertSettled();
        }
    }

    @Test
    void withoutItsIndexTheMediaGivesAllThatIsWholeBeforeAndBehindADamagedSegment() throws IOException {
        byte[] damaged = hour.wholeMedia.clone();
        Arrays.fill(damaged, (int) hour.ends[4], (int) hour.ends[5], (byte) 0);
        hour.restore(damaged, new byte[0]);
        try (LocalArchive archive = hour.open()) {
            List<Segment> found = find(archive).segments();
            List<Segment> rest = new ArrayList<>(hour.segments);
            rest.remove(4);
            RecordedHour.assertSegments(rest, found);
            assertDamageIsNamed(archive, true);
        }
        hour.assertPlayable();
        byte[] now = Files.readAllBytes(hour.media);
        for (int i = 0; i < 8; i++) {
            now[(int) hour.ends[4] + i] = 0;
        }
        assertArrayEquals(damaged, now, "but for the head of a box over the damage, all is as it was");
    }

    @Test
    void whatWasRecordedOnceIsKeptWhereItCannotBePlayed() throws IOException {
        byte[] damaged = hour.wholeMedia.clone();
        Arrays.fill(damaged, (int) hour.ends[SEGMENTS - 1] + 10, damaged.length, (byte) 0);
        hour.restore(damaged, new byte[0]);
        try (LocalArchive archive = hour.open()) {
            RecordedHour.assertSegments(
                    hour.segments.subList(0, SEGMENTS - 1), find(archive).segments());
            assertDamageIsNamed(archive, true);
        }
        assertEquals(damaged.length, Files.size(hour.media));
        hour.assertPlayable();
        hour.assertSettled();
    }

    @Test
    void noFlippedBitIsFatal() throws IOException {
        Random random = new Random(5);
        for (int round = 0; round < 60; round++) {
            byte[] damaged = hour.wholeMedia.clone();
            // The init segment, or the boxes at the beginning of a segment's fragment.
            int from = round % 2 == 0 ? 0 : (int) hour.ends[random.nextInt(SEGMENTS)];
            int length = round % 2 == 0 ? (int) hour.ends[0] : 150;
            for (int i = random.nextInt(3); i >= 0; i--) {
                damaged[from + random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
            }
            hour.restore(damaged, round % 3 == 0 ? ofFirstVersion(hour.wholeIndex) : new byte[0]);
            try (LocalArchive archive = hour.open()) {
                new Recovery(archive).run();
                List<Segment> found = find(archive).segments();
                assertTrue(found.stream().allMatch(segment -> segment.take().equals(hour.take.id())), "round " + round);
            }
            hour.assertPlayable();
            hour.assertSettled();
        }
    }

    @Test
    void withoutItsMediaATakeIsAHole() throws IOException {
        Files.delete(hour.media);
        try (LocalArchive archive = hour.open()) {
            new Recovery(archive).run();
            assertEquals(List.of(), find(archive).segments());
            assertEquals(Optional.empty(), archive.take(STREAM, hour.take.id()));
            assertEquals(OptionalLong.of(FULL_HOUR + SEGMENTS - 1), archive.lastNumber(STREAM));
            assertDamageIsNamed(archive, true);
            assertArrayEquals(hour.wholeIndex, Files.readAllBytes(hour.index));
        }
        assertEquals(1, hour.files().size(), "nothing is set aside");
        hour.assertSettled();
    }

    /** As a backup comes back that is copied into a running server, the index first. */
    @Test
    void mediaThatIsNotThereYetIsPlayedWhenItIs() throws IOException {
        Files.delete(hour.media);
        int[] lengths = {0, (int) hour.ends[0] - 1, (int) hour.ends[0], (int) hour.ends[5] + 100, hour.wholeMedia.length
        };
        try (LocalArchive archive = hour.open()) {
            new Recovery(archive).run();
            assertEquals(List.of(), find(archive).segments());
            for (int length : lengths) {
                byte[] media = Arrays.copyOf(hour.wholeMedia, length);
                Files.write(hour.media, media);
                List<Segment> found = find(archive).segments();
                assertEquals(hour.segments.subList(0, length < hour.ends[0] ? 0 : wholeSegments(length)), found);
                hour.assertServed(archive, found);
                assertDamageIsNamed(archive, found.size() < SEGMENTS);
                assertUnchanged(media, hour.wholeIndex);
            }
        }
        hour.assertSettled();
    }

    /** What marked it may have come while the disk was away, or from an earlier version of this software. */
    @Test
    void whatIsMarkedAsDamagedAndIsWholeIsPlayedAgain() throws IOException {
        byte[] marked = hour.wholeIndex.clone();
        for (int place = 0; place < SEGMENTS; place++) {
            ByteBuffer records = ByteBuffer.wrap(marked).position(HEADER).slice();
            IndexFormat.markDamaged(records, place * RECORD);
        }
        byte[] damaged = hour.wholeMedia.clone();
        damaged[(int) hour.ends[3] + 300] ^= 1;
        hour.restore(damaged, marked);
        List<Segment> rest = new ArrayList<>(hour.segments);
        rest.remove(3);
        try (LocalArchive archive = hour.open()) {
            assertEquals(rest, find(archive).segments());
            hour.assertServed(archive, rest);
        }
        hour.assertPlayable();
        hour.assertSettled();
    }

    /** A second server took the first for dead and wrote the end; the first went on. */
    @Test
    void whatFollowsInTheMediaBehindAnEndIsListedAndNeverCutOff() throws IOException {
        for (int listed = 0; listed < SEGMENTS; listed++) {
            byte[] index = Arrays.copyOf(hour.wholeIndex, HEADER + (listed + 1) * RECORD);
            ByteBuffer records = ByteBuffer.wrap(index).position(HEADER).slice();
            long end = listed == 0
                    ? hour.take.startUtcMicros()
                    : hour.segments.get(listed - 1).endUtcMicros();
            IndexFormat.putEnd(
                    records,
                    listed * RECORD,
                    listed == 0 ? -1 : FULL_HOUR + listed - 1,
                    new IndexFormat.End(end, Optional.of(GapReason.SERVER_DOWN)));
            hour.restore(hour.wholeMedia, index);
            assertHolds(hour.segments, GapReason.SERVER_DOWN);
            assertArrayEquals(hour.wholeMedia, Files.readAllBytes(hour.media));
            hour.assertSettled();
        }
    }

    @Test
    void aWholeSegmentThatFitsNowhereIsNotCutOff() throws IOException {
        int from = (int) hour.ends[3];
        int length = hour.segments.get(3).bytes();
        byte[] media = Arrays.copyOf(hour.wholeMedia, hour.wholeMedia.length + length);
        System.arraycopy(hour.wholeMedia, from, media, hour.wholeMedia.length, length);
        hour.restore(media, openIndex());
        assertHolds(hour.segments, GapReason.SERVER_DOWN);
        byte[] now = Files.readAllBytes(hour.media);
        int behindBoxHead = hour.wholeMedia.length + 8;
        assertEquals(media.length, now.length);
        assertTrue(Arrays.equals(media, behindBoxHead, media.length, now, behindBoxHead, now.length));
        hour.assertPlayable();
        hour.assertSettled();
    }

    @Test
    void aDamagedInitSegmentIsTakenFromAnotherHourOfTheTake() throws IOException {
        TestTake across = TestTake.of(RecordedHour.GRID, FULL_HOUR + 898, 0, 5, TestTake.Tracks.BOTH);
        RecordedHour.write(root, across, Optional.of(GapReason.NOT_PUBLISHED));
        for (long number : new long[] {FULL_HOUR + 898, FULL_HOUR + 900}) {
            Path media = ArchiveLayout.mediaFile(RecordedHour.hourDirectory(root, number), across.id());
            Map<Path, byte[]> whole = hour.files();
            byte[] damaged = Files.readAllBytes(media);
            damaged[60] ^= 1;
            Files.write(media, damaged);
            try (LocalArchive archive = hour.open()) {
                new Recovery(archive).run();
                List<Segment> found = new ArrayList<>(hour.segments);
                found.addAll(across.segments());
                assertEquals(found, find(archive).segments());
                assertTrue(archive.take(STREAM, across.id()).isPresent());
            }
            hour.assertFiles(whole);
        }
    }

    private void assertUnchanged(byte[] media, byte[] index) throws IOException {
        assertEquals(2, hour.files().size(), "nothing is set aside");
        assertArrayEquals(media, Files.readAllBytes(hour.media));
        assertArrayEquals(index, Files.readAllBytes(hour.index));
    }

    @Test
    void aTakeThatGoesOnInTheNextHourDidNotEnd() throws IOException {
        TestTake across = TestTake.of(RecordedHour.GRID, FULL_HOUR + 898, 0, 5, TestTake.Tracks.BOTH);
        RecordedHour.write(root, across, Optional.empty());
        Path first = ArchiveLayout.indexFile(RecordedHour.hourDirectory(root, FULL_HOUR + 898), across.id());
        Files.write(first, Arrays.copyOf(Files.readAllBytes(first), HEADER + 2 * RECORD));
        try (LocalArchive archive = hour.open()) {
            new Recovery(archive).run();
            assertEquals(
                    List.of(
                            new TakeEnd(hour.take.id(), hour.take.endUtcMicros(), GapReason.OVERLOADED),
                            new TakeEnd(across.id(), across.endUtcMicros(), GapReason.SERVER_DOWN)),
                    find(archive).ends());
            assertEquals(1, archive.take(STREAM, across.id()).orElseThrow().ordinal());
        }
    }

    private void assertHolds(List<Segment> expected, GapReason reason) throws IOException {
        try (LocalArchive archive = hour.open()) {
            Holdings holdings = find(archive);
            RecordedHour.assertSegments(expected, holdings.segments());
            hour.assertServed(archive, holdings.segments());
            if (!expected.isEmpty()) {
                assertEquals(
                        List.of(reason),
                        holdings.ends().stream().map(TakeEnd::reason).toList());
                assertEquals(
                        0, archive.take(STREAM, hour.take.id()).orElseThrow().ordinal());
            }
        }
    }

    private static void assertDamageIsNamed(LocalArchive archive, boolean isDamaged) throws IOException {
        assertEquals(isDamaged, find(archive).ends().stream().anyMatch(end -> end.reason() == GapReason.DAMAGED));
    }

    private int wholeSegments(int length) {
        int whole = 0;
        while (whole < SEGMENTS && hour.ends[whole + 1] <= length) {
            whole++;
        }
        return whole;
    }

    /** The index as it is before the take ends. */
    private byte[] openIndex() {
        return Arrays.copyOf(hour.wholeIndex, hour.wholeIndex.length - RECORD);
    }

    private boolean hasRecord(byte[] changed, int place) {
        int from = HEADER + place * RECORD;
        int to = from + RECORD;
        return to <= changed.length && Arrays.equals(changed, from, to, hour.wholeIndex, from, to);
    }

    /** The same without the init segment's CRC, as it was before there was one. */
    private static byte[] ofFirstVersion(byte[] index) {
        byte[] first = index.clone();
        first[9] = 1;
        Arrays.fill(first, 24, 28, (byte) 0);
        sealHeader(first);
        return first;
    }

    private static void sealHeader(byte[] index) {
        CRC32C crc = new CRC32C();
        crc.update(index, 0, 60);
        ByteBuffer.wrap(index).putInt(60, (int) crc.getValue());
    }
}
