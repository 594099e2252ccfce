package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

/** Takes whose numbers are ahead of the cells that their segments start in, at a full hour too. */
class EarlyStartTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    /** The first cell of an hour. */
    private static final long FULL_HOUR = 448_839_000L;

    @TempDir
    Path root;

    private TestTake take;

    @BeforeEach
    void record() throws IOException {
        take = ahead(TestTake.of(GRID, FULL_HOUR - 2, 1_500_000, 4, TestTake.Tracks.BOTH));
        try (LocalArchive archive = open()) {
            take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        }
    }

    @Test
    void theyAreFoundByTimeAndByNumber() throws IOException {
        try (LocalArchive archive = open()) {
            assertEquals(take.segments(), segments(archive, new UtcRange(0, Long.MAX_VALUE / 4)));
            for (Segment segment : take.segments()) {
                long from = segment.startUtcMicros();
                assertEquals(List.of(segment), segments(archive, new UtcRange(from, from + 1_000)));
                assertTrue(archive.segment(STREAM, take.id(), segment.number(), Part.MUXED)
                        .isPresent());
            }
            assertEquals(
                    FULL_HOUR + 1 + SegmentGrid.MOST_AHEAD,
                    archive.lastNumber(STREAM).getAsLong());
            assertEquals(
                    new UtcRange(take.startUtcMicros(), take.endUtcMicros()),
                    archive.span(STREAM).orElseThrow());
            assertTrue(archive.find(STREAM, new UtcRange(0, take.endUtcMicros())).orElseThrow().ends().stream()
                    .noneMatch(end -> end.reason() == GapReason.EXPIRED));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 40, 64, 64 + 48, 64 + 2 * 48 + 7})
    void theirIndexIsMadeAnewAsItWas(int bytesLeft) throws IOException {
        Path index = ArchiveLayout.indexFile(hourDirectory(), take.id());
        byte[] whole = Files.readAllBytes(index);
        assertEquals(3, whole[9], "the version that says so");
        Files.write(index, Arrays.copyOf(whole, bytesLeft));
        try (LocalArchive archive = open()) {
            List<Segment> found = segments(archive, new UtcRange(0, Long.MAX_VALUE / 4));
            assertEquals(numbers(take.segments()), numbers(found));
            for (int i = 0; i < found.size(); i++) {
                // Read back from ticks.
                assertEquals(
                        take.segments().get(i).startUtcMicros(), found.get(i).startUtcMicros(), 20.0);
                assertEquals(take.segments().get(i).bytes(), found.get(i).bytes());
            }
        }
        byte[] made = Files.readAllBytes(index);
        assertEquals(whole.length, made.length);
        assertEquals(3, made[9]);
    }

    private static List<Long> numbers(List<Segment> segments) {
        return segments.stream().map(Segment::number).toList();
    }

    private Path hourDirectory() {
        Path stream = root.resolve("live").resolve("camera");
        return ArchiveLayout.hourDirectory(stream, Hours.at(GRID.startUtcMicros(FULL_HOUR)));
    }

    private LocalArchive open() {
        return new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
    }

    private static List<Segment> segments(LocalArchive archive, UtcRange window) throws IOException {
        return archive.find(STREAM, window).orElseThrow().segments();
    }

    private static TestTake ahead(TestTake take) {
        List<SegmentContent> contents = take.contents().stream()
                .map(one -> new SegmentContent(
                        one.number() + SegmentGrid.MOST_AHEAD,
                        one.startUtcMicros(),
                        one.durationMicros(),
                        one.independent(),
                        one.video(),
                        one.audio()))
                .toList();
        List<Segment> segments = IntStream.range(0, contents.size())
                .mapToObj(i -> {
                    Segment before = take.segments().get(i);
                    return new Segment(
                            before.take(),
                            contents.get(i).number(),
                            before.startUtcMicros(),
                            before.durationMicros(),
                            before.videoBytes(),
                            before.audioBytes(),
                            contents.get(i).independent());
                })
                .toList();
        return new TestTake(take.id(), take.init(), contents, segments);
    }
}
