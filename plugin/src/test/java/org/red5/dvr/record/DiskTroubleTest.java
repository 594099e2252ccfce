package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.FaultyDisk;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/** A publish that goes on while its disk fills up, breaks, and works again. */
class DiskTroubleTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long FIRST = 448_838_400L;
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 2);
    /** A segment is a little over 200 KB. */
    private static final int FRAME_BYTES = 10_000;

    @TempDir
    Path root;

    private final FaultyDisk disk = new FaultyDisk();
    private final CountingMeter meter = new CountingMeter();
    private final TestEncoder encoder = new TestEncoder(FIRST * 4_000, FRAME_BYTES);
    private LocalArchive archive;
    private Ingest ingest;

    @BeforeEach
    void open() {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID, ArchiveOptions.DEFAULT.with(disk));
        ingest = new Ingest(STREAM, GRID, new ToArchive(archive, root, STREAM), meter);
    }

    @AfterEach
    void close() {
        archive.close();
    }

    @Test
    void aFullDiskIsAHoleWithItsReasonAndRecordingResumes() throws IOException {
        publishUntil(42);
        int before = segments().size();
        assertTrue(before >= 9, "segments: " + before);
        disk.capacity(disk.usedBytes() + 300_000);
        publishUntil(102);
        assertEquals(List.of(GapReason.DISK_FULL), reasons());
        assertEquals(Map.of(STREAM, GapReason.DISK_FULL), meter.failing);
        assertEquals(before + 1, segments().size());
        disk.capacity(disk.usedBytes() + 100_000_000);
        publishUntil(142);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of(GapReason.DISK_FULL, GapReason.NOT_PUBLISHED), reasons());
        assertEquals(List.of(GapReason.DISK_FULL, GapReason.NOT_PUBLISHED), meter.ends);
        assertEquals(Map.of(), meter.failing);
        assertEquals(0, meter.open);
        assertEquals(segments().size(), meter.segments);
        assertEquals(segments().stream().mapToLong(Segment::bytes).sum(), meter.bytes);
        Segment resumed = segments().get(before + 1);
        long spaceBackSeconds = FIRST * 4 + 102;
        double late = resumed.startUtcMicros() / 1e6 - spaceBackSeconds;
        assertTrue(late < 5, "recorded again " + late + " s after there was space");
    }

    @Test
    void aDiskThatIsFullFromTheBeginningIsTheReasonToo() throws IOException {
        disk.capacity(0);
        publishUntil(42);
        UtcRange hole = new UtcRange(FIRST * 4_000_000, (FIRST + 10) * 4_000_000);
        assertEquals(List.of(new Timeline.Gap(hole, GapReason.DISK_FULL)), gaps(hole));
        disk.capacity(100_000_000);
        publishUntil(82);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of(new Timeline.Gap(hole, GapReason.DISK_FULL)), gaps(hole));
        assertTrue(segments().get(0).number() <= FIRST + 12);
    }

    private List<Timeline.Gap> gaps(UtcRange window) throws IOException {
        return Timeline.of("test", archive.find(STREAM, window).orElseThrow(), window)
                .gaps();
    }

    @Test
    void onlySpaceForWholeSegmentsLetsItResume() throws IOException {
        publishUntil(22);
        disk.capacity(disk.usedBytes());
        publishUntil(42);
        int before = segments().size();
        disk.capacity(disk.usedBytes() + 1_000_000);
        publishUntil(82);
        assertEquals(before, segments().size());
        assertEquals(List.of(GapReason.DISK_FULL), reasons());
    }

    @Test
    void aBrokenDiskIsAnotherReason() throws IOException {
        publishUntil(22);
        disk.broken(true);
        publishUntil(42);
        assertEquals(Map.of(STREAM, GapReason.DISK_ERROR), meter.failing);
        assertEquals(List.of(GapReason.DISK_ERROR), reasons());
        disk.broken(false);
        publishUntil(82);
        assertEquals(Map.of(), meter.failing);
        assertEquals(List.of(GapReason.DISK_ERROR), reasons());
        assertTrue(segments().get(segments().size() - 1).number() >= FIRST + 18);
    }

    /** By hand, or by a cleaner: what is left is as if it had never been, and recording goes on within two segments. */
    @ParameterizedTest
    @ValueSource(strings = {"media", "index", "stream", "everything"})
    void whatIsRemovedWhileItIsWrittenIsADiskErrorAndANewTake(String removed) throws IOException {
        publishUntil(22);
        Segment before = segments().get(0);
        assertTrue(archive.segment(STREAM, before.take(), before.number(), Part.MUXED)
                .isPresent());
        remove(removed);
        assertEquals(
                removed.equals("index"),
                archive.segment(STREAM, before.take(), before.number(), Part.MUXED)
                        .isPresent());
        publishUntil(42);
        assertEquals(List.of(GapReason.DISK_ERROR), meter.ends);
        assertEquals(Map.of(), meter.failing);
        Segment after = segments().get(segments().size() - 1);
        assertNotEquals(before.take(), after.take());
        Segment resumed = segments().stream()
                .filter(segment -> segment.take().equals(after.take()))
                .findFirst()
                .orElseThrow();
        assertTrue(resumed.number() <= FIRST + 8, "resumed with " + resumed.number());
        MediaBytes bytes = archive.segment(STREAM, after.take(), after.number(), Part.MUXED)
                .orElseThrow();
        assertEquals(after.bytes(), bytes.read(0, after.bytes()).length);
        assertTrue(segments().stream().noneMatch(segment -> segment.take().equals(before.take())));
        assertEquals(Optional.empty(), archive.segment(STREAM, before.take(), before.number(), Part.MUXED));
        assertTrue(reasons().contains(GapReason.DISK_ERROR), reasons().toString());
    }

    private void remove(String what) throws IOException {
        boolean isFolder = what.equals("stream") || what.equals("everything");
        Path top = what.equals("everything") ? root : root.resolve("live/camera");
        try (Stream<Path> files = Files.walk(top)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (isFolder || file.toString().endsWith(what.equals("media") ? ".mp4" : ".idx")) {
                    Files.delete(file);
                }
            }
        }
    }

    private void publishUntil(int seconds) {
        encoder.until(seconds).forEach(ingest::packet);
    }

    private Holdings holdings() throws IOException {
        return archive.find(STREAM, EVER).orElseThrow();
    }

    private List<Segment> segments() throws IOException {
        return holdings().segments();
    }

    private List<GapReason> reasons() throws IOException {
        return holdings().ends().stream().map(TakeEnd::reason).toList();
    }
}
