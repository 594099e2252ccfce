package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.MediaBytes;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/** What is left after a crash or a bad disk is found again, all of it and nothing that was not recorded. */
class RecoveryTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 4);
    /** Of the cell that begins on 2026-11-22 at 14:00 UTC. */
    private static final long FULL_HOUR = 448_839_000L;

    private static final int SEGMENTS = 12;
    /** In the test's segments a sample may last this much longer than its segment. */
    private static final long LAST_MICROS = 50_000;
    /** And its times are no whole ticks; a recorder's are. */
    private static final long TICK_MICROS = 6;

    @TempDir
    Path root;

    private final TestTake take = TestTake.of(GRID, FULL_HOUR, 0, SEGMENTS, TestTake.Tracks.BOTH);
    private final List<Segment> segments = take.segments();
    private Path media;
    private Path index;
    private byte[] wholeMedia;
    private byte[] wholeIndex;
    private long[] ends;

    @BeforeEach
    void record() throws IOException {
        write(take, Optional.of(GapReason.OVERLOADED));
        Path hour = ArchiveLayout.hourDirectory(
                ArchiveLayout.streamDirectory(root, STREAM), ArchiveLayout.hourAt(take.startUtcMicros()));
        media = ArchiveLayout.mediaFile(hour, take.id());
        index = ArchiveLayout.indexFile(hour, take.id());
        wholeMedia = Files.readAllBytes(media);
        wholeIndex = Files.readAllBytes(index);
        ends = new long[SEGMENTS + 1];
        ends[0] = ByteBuffer.wrap(wholeIndex).getInt(20);
        for (int i = 0; i < SEGMENTS; i++) {
            ends[i + 1] = ends[i] + segments.get(i).bytes();
        }
    }

    @Test
    void whatIsWholeIsNotTouched() throws IOException {
        Map<Path, byte[]> before = files();
        assertHolds(segments, List.of(), GapReason.OVERLOADED);
        assertSame(before, files());
    }

    @Test
    void aCrashAnywhereInTheMediaCostsTheOpenSegmentAlone() throws IOException {
        Random random = new Random(1);
        for (int round = 0; round < 30; round++) {
            int length = (int) ends[0] + random.nextInt((int) (ends[SEGMENTS] - ends[0]) + 1);
            int whole = wholeSegments(length);
            // The index is as far as the media was forced, or one behind it.
            int listed = Math.max(0, whole - random.nextInt(2));
            restore(Arrays.copyOf(wholeMedia, length), Arrays.copyOf(wholeIndex, 64 + listed * 48));
            if (whole == 0) {
                assertEquals(List.of(), opened(archive -> find(archive).segments()));
                continue;
            }
            assertHolds(segments.subList(0, whole), List.of(), GapReason.SERVER_DOWN);
            assertEquals(ends[whole], Files.size(media));
            assertIdempotent();
        }
    }

    @Test
    void aTornIndexIsMadeAnewFromTheMedia() throws IOException {
        for (int length = 0; length < wholeIndex.length; length += 17) {
            restore(wholeMedia, Arrays.copyOf(wholeIndex, length));
            assertHolds(segments, List.of(), GapReason.SERVER_DOWN);
            assertIdempotent();
        }
        restore(wholeMedia, wholeIndex);
        Files.delete(index);
        assertHolds(segments, List.of(), GapReason.SERVER_DOWN);
        assertArrayEquals(wholeMedia, Files.readAllBytes(media));
    }

    @Test
    void damageToTheIndexCostsNothing() throws IOException {
        Random random = new Random(2);
        for (int round = 0; round < 30; round++) {
            byte[] damaged = wholeIndex.clone();
            damage(damaged, random);
            restore(wholeMedia, damaged);
            try (LocalArchive archive = open()) {
                List<Segment> found = find(archive).segments();
                assertEquals(SEGMENTS, found.size(), "round " + round);
                assertSegments(segments, found);
                assertBytes(archive, found);
            }
            assertIdempotent();
        }
    }

    @Test
    void aDamagedSegmentIsAHoleWithItsReasonAndTheRestPlays() throws IOException {
        for (int hit = SEGMENTS - 4; hit < SEGMENTS; hit++) {
            byte[] damaged = wholeMedia.clone();
            damaged[(int) ends[hit] + 500] ^= 4;
            restore(damaged, wholeIndex);
            List<Segment> rest = new ArrayList<>(segments);
            rest.remove(hit);
            try (LocalArchive archive = open()) {
                Holdings holdings = find(archive);
                assertEquals(rest, holdings.segments());
                assertEquals(
                        Optional.empty(),
                        archive.segment(STREAM, take.id(), segments.get(hit).number(), Part.MUXED));
                assertEquals(OptionalLong.of(FULL_HOUR + SEGMENTS - 1), archive.lastNumber(STREAM));
                UtcRange window = new UtcRange(take.startUtcMicros(), take.endUtcMicros());
                Timeline timeline = Timeline.merge(List.of(holdings), window);
                assertEquals(1, timeline.gaps().size());
                assertEquals(GapReason.DAMAGED, timeline.gaps().get(0).reason());
                assertEquals(
                        segments.get(hit).startUtcMicros(),
                        timeline.gaps().get(0).range().fromMicros());
            }
            assertArrayEquals(damaged, Files.readAllBytes(media));
            assertIdempotent();
        }
    }

    @Test
    void damageToTheLastOfTheMediaIsNeverServed() throws IOException {
        Random random = new Random(3);
        for (int round = 0; round < 30; round++) {
            byte[] damaged = wholeMedia.clone();
            int cut = damage(damaged, random);
            restore(Arrays.copyOf(damaged, cut), wholeIndex);
            try (LocalArchive archive = open()) {
                Optional<Holdings> holdings = archive.find(STREAM, EVER);
                List<Segment> found = holdings.map(Holdings::segments).orElse(List.of());
                assertTrue(segments.containsAll(found), "round " + round);
                assertBytes(archive, found);
                boolean initHit = !Arrays.equals(damaged, 0, (int) ends[0], wholeMedia, 0, (int) ends[0]);
                for (int i = 0; i < SEGMENTS && !initHit; i++) {
                    boolean intact = ends[i + 1] <= cut
                            && Arrays.equals(damaged, (int) ends[i], (int) ends[i + 1], wholeMedia, (int) ends[i], (int)
                                    ends[i + 1]);
                    assertEquals(intact, found.contains(segments.get(i)), "round " + round + ", segment " + i);
                }
            }
            assertIdempotent();
        }
    }

    @Test
    void withoutItsIndexTheMediaGivesAllThatIsWholeBeforeAndBehindADamagedSegment() throws IOException {
        byte[] damaged = wholeMedia.clone();
        Arrays.fill(damaged, (int) ends[4], (int) ends[5], (byte) 0);
        restore(damaged, new byte[0]);
        try (LocalArchive archive = open()) {
            List<Segment> found = find(archive).segments();
            List<Segment> rest = new ArrayList<>(segments);
            rest.remove(4);
            assertSegments(rest, found);
            assertTrue(find(archive).ends().stream().anyMatch(end -> end.reason() == GapReason.DAMAGED));
        }
        assertArrayEquals(damaged, Files.readAllBytes(media));
    }

    @Test
    void aTakeThatGoesOnInTheNextHourDidNotEnd() throws IOException {
        TestTake across = TestTake.of(GRID, FULL_HOUR + 898, 0, 5, TestTake.Tracks.BOTH);
        write(across, Optional.empty());
        Path hour = ArchiveLayout.hourDirectory(
                ArchiveLayout.streamDirectory(root, STREAM), ArchiveLayout.hourAt(across.startUtcMicros()));
        Path first = ArchiveLayout.indexFile(hour, across.id());
        Files.write(first, Arrays.copyOf(Files.readAllBytes(first), 64 + 2 * 48));
        try (LocalArchive archive = open()) {
            new Recovery(archive).run();
            assertEquals(
                    List.of(
                            new TakeEnd(take.id(), take.endUtcMicros(), GapReason.OVERLOADED),
                            new TakeEnd(across.id(), across.endUtcMicros(), GapReason.SERVER_DOWN)),
                    find(archive).ends());
            assertEquals(1, archive.take(STREAM, across.id()).orElseThrow().ordinal());
        }
    }

    @Test
    void filesThatAreNoRecordingsAreSetAsideAndNeverDeleted() throws IOException {
        Path notes = Files.writeString(media.resolveSibling("notes.txt"), "mine");
        Path orphan = Files.write(media.resolveSibling("20261122T140300000Z-test.idx"), wholeIndex);
        for (int run = 0; run < 2; run++) {
            try (LocalArchive archive = open()) {
                new Recovery(archive).run();
                assertEquals(segments, find(archive).segments());
                assertEquals(List.of(STREAM), archive.streams());
            }
            assertFalse(Files.exists(notes) || Files.exists(orphan));
            assertEquals("mine", Files.readString(aside(notes)));
            assertArrayEquals(wholeIndex, Files.readAllBytes(aside(orphan)));
        }
    }

    @Test
    void startingReadsNamesOfOldHoursAndNoFiles() throws IOException {
        Path stream = ArchiveLayout.streamDirectory(root, STREAM);
        long last = ArchiveLayout.hourAt(take.startUtcMicros());
        for (long hour = last - 30 * 24; hour < last - 1; hour++) {
            // To read it would fail: a directory is where an index should be.
            Files.createDirectories(ArchiveLayout.indexFile(ArchiveLayout.hourDirectory(stream, hour), take.id()));
        }
        Map<Path, byte[]> before = files();
        try (LocalArchive archive = open()) {
            new Recovery(archive).run();
            assertEquals(OptionalLong.of(FULL_HOUR + SEGMENTS - 1), archive.lastNumber(STREAM));
        }
        assertSame(before, files());
    }

    private interface Question<T> {
        T ask(LocalArchive archive) throws IOException;
    }

    private <T> T opened(Question<T> question) throws IOException {
        try (LocalArchive archive = open()) {
            return question.ask(archive);
        }
    }

    private LocalArchive open() {
        return new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
    }

    private void write(TestTake recorded, Optional<GapReason> end) throws IOException {
        try (LocalArchive archive =
                new LocalArchive(stream -> Optional.of(root), List.of(root), GRID, stream -> DiskSync.SEGMENT)) {
            TakeWriter writer = recorded.write(archive, STREAM);
            if (end.isPresent()) {
                writer.end(end.get());
            }
        }
    }

    /** Cuts, zeroes or flips bits within the last 64 KB; gives the new length. */
    private static int damage(byte[] file, Random random) {
        int first = Math.max(0, file.length - (64 << 10));
        int from = first + random.nextInt(file.length - first);
        switch (random.nextInt(3)) {
            case 0 -> {
                return from;
            }
            case 1 -> Arrays.fill(file, from, Math.min(file.length, from + random.nextInt(5_000)), (byte) 0);
            default -> {
                for (int i = random.nextInt(5); i >= 0; i--) {
                    file[first + random.nextInt(file.length - first)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return file.length;
    }

    private int wholeSegments(int length) {
        int whole = 0;
        while (whole < SEGMENTS && ends[whole + 1] <= length) {
            whole++;
        }
        return whole;
    }

    private void restore(byte[] mediaBytes, byte[] indexBytes) throws IOException {
        Files.write(media, mediaBytes);
        Files.write(index, indexBytes);
    }

    private void assertHolds(List<Segment> expected, List<TakeEnd> holes, GapReason reason) throws IOException {
        try (LocalArchive archive = open()) {
            Holdings holdings = find(archive);
            assertSegments(expected, holdings.segments());
            assertBytes(archive, holdings.segments());
            assertEquals(holes.size() + 1, holdings.ends().size());
            assertEquals(reason, holdings.ends().get(holes.size()).reason());
            assertEquals(0, archive.take(STREAM, take.id()).orElseThrow().ordinal());
        }
    }

    /** All the same, but for how long the last one before lost records lasts: the media alone says that less exactly. */
    private static void assertSegments(List<Segment> expected, List<Segment> found) {
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
            Segment want = expected.get(i);
            Segment got = found.get(i);
            assertEquals(want.durationMicros(), got.durationMicros(), LAST_MICROS);
            assertEquals(want.startUtcMicros(), got.startUtcMicros(), TICK_MICROS);
            Segment same = new Segment(
                    got.take(),
                    got.number(),
                    want.startUtcMicros(),
                    want.durationMicros(),
                    got.videoBytes(),
                    got.audioBytes(),
                    want.independent());
            assertEquals(want, same);
        }
    }

    private void assertBytes(LocalArchive archive, List<Segment> found) throws IOException {
        for (Segment segment : found) {
            int place = (int) (segment.number() - FULL_HOUR);
            assertEquals(
                    Optional.of(new MediaBytes.FileRegion(media, ends[place], segment.bytes())),
                    archive.segment(STREAM, take.id(), segment.number(), Part.MUXED));
            byte[] now = Files.readAllBytes(media);
            assertTrue(Arrays.equals(now, (int) ends[place], (int) ends[place + 1], wholeMedia, (int) ends[place], (int)
                    ends[place + 1]));
        }
    }

    private void assertIdempotent() throws IOException {
        Map<Path, byte[]> before = files();
        opened(archive -> archive.find(STREAM, EVER));
        assertSame(before, files());
    }

    private static void assertSame(Map<Path, byte[]> before, Map<Path, byte[]> after) {
        assertEquals(before.keySet(), after.keySet());
        before.forEach((file, bytes) -> assertArrayEquals(bytes, after.get(file), file.toString()));
    }

    private Map<Path, byte[]> files() throws IOException {
        Map<Path, byte[]> files = new HashMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(path, Files.readAllBytes(path));
            }
        }
        return files;
    }

    private Path aside(Path file) {
        return root.resolve(".damaged").resolve(root.relativize(file));
    }

    private static Holdings find(LocalArchive archive) throws IOException {
        return archive.find(STREAM, EVER).orElseThrow();
    }
}
