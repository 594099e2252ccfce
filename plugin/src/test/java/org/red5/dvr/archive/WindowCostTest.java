package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.CountedFiles;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** What is read of an archive, counted in files and directories: what a window holds, whatever else there is. */
class WindowCostTest {
    private static final SegmentGrid GRID = new SegmentGrid(60_000);
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final int PER_HOUR = 60;
    private static final int YEAR_DAYS = 365;
    private static final int NAMED_EVERY = 6;
    /** Begins on 2026-11-22. */
    private static final long LAST_DAY = 498_696L / 24;

    @TempDir
    private static Path folder;

    private static Path day;
    private static Path year;

    private final CountedFiles files = new CountedFiles(FileSystems.getDefault().provider());

    @BeforeAll
    static void fill() throws IOException {
        day = fill("day", 1);
        year = fill("year", YEAR_DAYS);
    }

    @Test
    void anHourCostsTheSameInAYearAsInADay() throws IOException {
        Cost inDay = window(day, LAST_DAY * 24 + 11);
        Cost inYear = window(year, (LAST_DAY - YEAR_DAYS / 2) * 24 + 11);
        assertEquals(inDay, inYear);
        assertTrue(
                inYear.opened() <= 10,
                inYear::toString); // Index and media of the first, the last and the window's hours.
        assertEquals(inDay, window(year, LAST_DAY * 24 + 11), "on the last day");
    }

    @Test
    void aStartReadsTheSameOfAYearAsOfADay() throws IOException {
        Cost ofDay = start(day);
        assertEquals(ofDay, start(year));
        assertEquals(4, ofDay.opened(), "index and media of the first hour and of the last");
    }

    @Test
    void whatIsAskedForAgainIsNotReadAgain() throws IOException {
        try (LocalArchive archive = open(day)) {
            UtcRange window = hour(LAST_DAY * 24 + 23);
            watch(archive, window);
            files.reset();
            watch(archive, window);
            assertEquals(List.of(), files.opened());
            assertEquals(List.of(), files.listed());
        }
    }

    /** As the list of streams is asked for: nothing is recorded of the very present yet. */
    @Test
    void thePresentOfALiveStreamIsNotReadAgain() throws IOException {
        Path live = fill("live", 2);
        try (LocalArchive archive = open(live)) {
            long hour = (LAST_DAY + 1) * 24;
            TestTake take = TestTake.of(GRID, hour * PER_HOUR, 0, 2, Tracks.BOTH);
            TakeWriter writer = take.write(archive, STREAM);
            UtcRange now = new UtcRange(take.endUtcMicros() + 1, take.endUtcMicros() + 1);
            archive.find(STREAM, now);
            files.reset();
            Holdings holdings = archive.find(STREAM, now).orElseThrow();
            assertTrue(holdings.live());
            assertEquals(List.of(), files.opened());
            assertEquals(List.of(), files.listed());
            writer.end(GapReason.NOT_PUBLISHED);
        }
    }

    private record Cost(int opened, int listed) {}

    /** Opens a window of an hour that begins in the middle of one, with all that a player is told of it. */
    private Cost window(Path root, long hour) throws IOException {
        try (LocalArchive archive = open(root)) {
            int segments = watch(archive, hour(hour));
            assertTrue(segments >= PER_HOUR, segments + " segments");
            return new Cost(files.opened().size(), files.listed().size());
        }
    }

    private static UtcRange hour(long hour) {
        long from = hour * Hours.MICROS + Hours.MICROS / 2;
        return new UtcRange(from, from + Hours.MICROS - 1);
    }

    private static int watch(LocalArchive archive, UtcRange window) throws IOException {
        Holdings holdings = archive.find(STREAM, window).orElseThrow();
        Set<TakeId> takes = new TreeSet<>();
        for (Segment segment : holdings.segments()) {
            takes.add(segment.take());
            assertTrue(archive.segment(STREAM, segment.take(), segment.number(), Part.MUXED)
                    .isPresent());
        }
        for (TakeId take : takes) {
            assertTrue(archive.take(STREAM, take).isPresent());
            assertTrue(archive.initSegment(STREAM, take, Part.MUXED).isPresent());
        }
        return holdings.segments().size();
    }

    /** What is asked when a server starts and a stream is published again. */
    private Cost start(Path root) throws IOException {
        try (LocalArchive archive = open(root)) {
            assertEquals(List.of(STREAM), archive.streams());
            assertEquals(
                    (LAST_DAY * 24 + 24) * PER_HOUR - 1,
                    archive.lastNumber(STREAM).orElseThrow());
            assertTrue(archive.span(STREAM).isPresent());
            return new Cost(files.opened().size(), files.listed().size());
        }
    }

    private LocalArchive open(Path root) {
        Path watched = files.watched(root);
        files.reset();
        return new LocalArchive(stream -> Optional.of(watched), List.of(watched), GRID);
    }

    /** Days up to the last one. The first, the middle and the last are whole; of the others there are names: nobody may look inside. */
    private static Path fill(String name, int days) throws IOException {
        Path root = folder.resolve(name);
        Path stream = ArchiveLayout.streamDirectory(root, STREAM);
        long firstDay = LAST_DAY - days + 1;
        Set<Long> realDays = new TreeSet<>(List.of(firstDay, LAST_DAY - days / 2, LAST_DAY));
        try (LocalArchive archive = new LocalArchive(key -> Optional.of(root), List.of(root), GRID)) {
            for (long hour = firstDay * 24; hour < (LAST_DAY + 1) * 24; hour++) {
                if (realDays.contains(hour / 24)) {
                    TestTake.of(GRID, hour * PER_HOUR, 0, PER_HOUR, Tracks.BOTH)
                            .write(archive, STREAM)
                            .end(GapReason.NOT_PUBLISHED);
                }
            }
        }
        for (long hour = firstDay * 24; hour < (LAST_DAY + 1) * 24; hour += NAMED_EVERY) {
            if (!realDays.contains(hour / 24)) {
                Path directory = Files.createDirectories(ArchiveLayout.hourDirectory(stream, hour));
                Files.createFile(ArchiveLayout.indexFile(directory, TakeId.of(hour * 3_600_000, "test")));
            }
        }
        return root;
    }
}
