package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
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
    private long ageMicros = 2 * HOUR_MICROS;
    private Expiry expiry;
    private long deletedSegments;

    @BeforeEach
    void open() {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
        expiry = new Expiry(
                archive,
                stream -> stream.equals(KEPT) ? OptionalLong.empty() : OptionalLong.of(ageMicros),
                () -> nowMicros,
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
        expiry.sweep();
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
        expiry.sweep();
        assertEquals(take.segments(), segments(STREAM));
        nowMicros++;
        expiry.sweep();
        assertEquals(List.of(), segments(STREAM));
    }

    @Test
    void emptyDirectoriesGoUpToTheStreams() throws IOException {
        TestTake take = record(STREAM, -24 * 400);
        record(STREAM, 0);
        Path year = hourDirectory(STREAM, take).getParent().getParent().getParent();
        assertTrue(Files.isDirectory(year));
        expiry.sweep();
        assertFalse(Files.exists(year));
        nowMicros += 1_000 * HOUR_MICROS;
        expiry.sweep();
        try (Stream<Path> left = Files.list(ArchiveLayout.streamDirectory(root, STREAM))) {
            assertEquals(List.of(), left.toList());
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
        expiry.sweep();
        expiry.sweep();
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
        expiry.sweep();
        assertFalse(Files.exists(hourDirectory(STREAM, take)));
    }

    @Test
    void anHourBeingWrittenStays() throws IOException {
        TestTake take = take(-5);
        TakeWriter writer = take.write(archive, STREAM);
        expiry.sweep();
        assertEquals(take.segments(), segments(STREAM));
        writer.end(GapReason.NOT_PUBLISHED);
        expiry.sweep();
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
        expiry.sweep();
        assertTrue(Files.isSymbolicLink(year));
        assertEquals(young.segments(), segments(STREAM));
        nowMicros += 10 * HOUR_MICROS;
        expiry.sweep();
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
        expiry.sweep();
        assertTrue(Files.isDirectory(index));
        assertFalse(Files.exists(hourDirectory(STREAM, take)));
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
                ArchiveLayout.streamDirectory(root, stream), ArchiveLayout.hourAt(take.startUtcMicros()));
    }
}
