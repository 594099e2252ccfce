package org.red5.dvr.archive.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.CountedFiles;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** What a pass of the retention reads, counted in files and directories: names once, and then what changed. */
class ExpiryCostTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final int STREAMS = 3;
    private static final int HOURS = 100;
    /** Begins on 2026-11-22 at 14:00 UTC. */
    private static final long NOW = 498_710;

    /** From the stream's directory to that of an hour. */
    private static final int HOUR_DEPTH = 4;

    @TempDir
    Path root;

    private final CountedFiles files = new CountedFiles(FileSystems.getDefault().provider());
    private LocalArchive archive;
    private ArchiveLocks locks;
    private OptionalLong ageMicros = OptionalLong.of(1_000 * Hours.MICROS);
    private OptionalLong bytes = OptionalLong.empty();
    private long nanos;
    private Expiry expiry;

    @BeforeEach
    void open() throws IOException {
        for (int i = 0; i < STREAMS; i++) {
            for (long hour = NOW - HOURS; hour < NOW; hour++) {
                Path directory = Files.createDirectories(hourDirectory(stream(i), hour));
                TakeId take = TakeId.of(hour * 3_600_000, "test");
                Files.writeString(ArchiveLayout.indexFile(directory, take), "names are enough");
            }
        }
        Path watched = files.watched(root);
        archive = new LocalArchive(stream -> Optional.of(watched), List.of(watched), GRID);
        locks = new ArchiveLocks(archive);
        expiry = new Expiry(
                archive,
                locks,
                stream -> Optional.of(new RetentionRule("*", ageMicros, bytes, OptionalInt.empty())),
                path -> new Disks.Space("disk", 0, 1_000),
                () -> NOW * Hours.MICROS,
                () -> nanos,
                segments -> {});
    }

    @AfterEach
    void close() {
        archive.close();
    }

    @Test
    void theFirstPassByAgeReadsNamesAlone() {
        expiry.sweep();
        assertEquals(List.of(), files.opened());
        assertEquals(List.of(), listedHours());
    }

    @Test
    void theFirstPassBySizeLooksAtEachHourOnce() {
        bytes = OptionalLong.of(1 << 30);
        expiry.sweep();
        assertEquals(List.of(), files.opened());
        assertEquals(STREAMS * HOURS, listedHours().size());
    }

    @Test
    void laterPassesLookAtWhatIsBeingWritten() throws IOException {
        bytes = OptionalLong.of(1 << 30);
        TestTake take = TestTake.of(GRID, NOW * 900, 0, 2, Tracks.BOTH);
        TakeWriter writer = take.write(archive, stream(0));
        expiry.sweep();
        files.reset();
        expiry.sweep();
        assertEquals(List.of(), files.opened());
        assertEquals(List.of(hourDirectory(stream(0), NOW)), listedHours());
        assertTrue(files.listed().size() <= 3, () -> files.listed().toString()); // The root, the application, the hour.
        writer.end(GapReason.NOT_PUBLISHED);
    }

    @Test
    void whatIsLockedIsNotReadInEachPass() throws IOException {
        ageMicros = OptionalLong.of(Hours.MICROS);
        for (int i = 0; i < STREAMS; i++) {
            locks.lock(stream(i), new UtcRange(0, NOW * Hours.MICROS));
        }
        expiry.sweep();
        files.reset();
        nanos += Deletions.GRACE_NANOS;
        expiry.sweep();
        assertEquals(List.of(), files.opened());
        assertEquals(List.of(), listedHours());
    }

    @Test
    void aViewerPassesOverWhatIsMarkedDeletedOnce() throws IOException {
        TestTake take = TestTake.of(GRID, NOW * 900, 0, 2, Tracks.BOTH);
        take.write(archive, stream(0)).end(GapReason.NOT_PUBLISHED);
        ageMicros = OptionalLong.of(Hours.MICROS);
        expiry.sweep();
        assertEquals(
                take.startUtcMicros(), archive.span(stream(0)).orElseThrow().fromMicros());
        TestTake next = TestTake.of(GRID, (NOW + 1) * 900, 0, 2, Tracks.BOTH);
        next.write(archive, stream(0)).end(GapReason.NOT_PUBLISHED);
        files.reset();
        assertEquals(
                take.startUtcMicros(), archive.span(stream(0)).orElseThrow().fromMicros());
        assertTrue(files.listed().size() < 20, () -> files.listed().toString());
        nanos += Deletions.GRACE_NANOS;
        expiry.sweep();
        assertEquals(
                take.startUtcMicros(), archive.span(stream(0)).orElseThrow().fromMicros());
    }

    private List<Path> listedHours() {
        List<Path> hours = new ArrayList<>();
        for (Path directory : files.listed()) {
            if (root.relativize(directory).getNameCount() == 2 + HOUR_DEPTH) {
                hours.add(directory);
            }
        }
        return hours;
    }

    private Path hourDirectory(StreamKey stream, long hour) throws IOException {
        return ArchiveLayout.hourDirectory(ArchiveLayout.streamDirectory(root, stream), hour);
    }

    private static StreamKey stream(int index) {
        return new StreamKey("live", "camera" + index);
    }
}
