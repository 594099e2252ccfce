package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.RootLocks;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

/** A take in one hour on disk, to be damaged, with what its files were when they were whole. */
public final class RecordedHour {
    public static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    public static final StreamKey STREAM = new StreamKey("live", "camera");
    public static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 4);
    /** Of the cell that begins on 2026-11-22 at 14:00 UTC. */
    public static final long FULL_HOUR = 448_839_000L;

    public static final int SEGMENTS = 12;
    /** In a test's segments a sample may last this much longer than its segment. */
    private static final long LAST_MICROS = 50_000;
    /** And its times are no whole ticks of the sound; a recorder's are. */
    private static final long TICK_MICROS = 11;

    private static final int BOX_HEAD_BYTES = 8;

    public final Path root;
    public final TestTake take = TestTake.of(GRID, FULL_HOUR, 0, SEGMENTS, TestTake.Tracks.BOTH);
    public final List<Segment> segments = take.segments();
    public final Path media;
    public final Path index;
    public final byte[] wholeMedia;
    public final byte[] wholeIndex;
    /** Where segments end in the media, behind where the first begins. */
    public final long[] ends = new long[SEGMENTS + 1];

    /** Records into a root; the take ends as {@link GapReason#OVERLOADED}. */
    public RecordedHour(Path root) throws IOException {
        this.root = root;
        write(root, take, Optional.of(GapReason.OVERLOADED));
        Path hour = hourDirectory(root, FULL_HOUR);
        media = ArchiveLayout.mediaFile(hour, take.id());
        index = ArchiveLayout.indexFile(hour, take.id());
        wholeMedia = Files.readAllBytes(media);
        wholeIndex = Files.readAllBytes(index);
        ends[0] = ByteBuffer.wrap(wholeIndex).getInt(20);
        for (int i = 0; i < SEGMENTS; i++) {
            ends[i + 1] = ends[i] + segments.get(i).bytes();
        }
    }

    public static Path hourDirectory(Path root, long number) throws IOException {
        Path stream = ArchiveLayout.streamDirectory(root, STREAM);
        return ArchiveLayout.hourDirectory(stream, Hours.at(GRID.startUtcMicros(number)));
    }

    public static void write(Path root, TestTake recorded, Optional<GapReason> end) throws IOException {
        ArchiveOptions options = ArchiveOptions.DEFAULT.withSyncOf(stream -> DiskSync.SEGMENT);
        try (LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID, options)) {
            TakeWriter writer = recorded.write(archive, STREAM);
            if (end.isPresent()) {
                writer.end(end.get());
            }
        }
    }

    public LocalArchive open() {
        return open(ArchiveOptions.DEFAULT);
    }

    /** As a server opens it that was just started. */
    public LocalArchive open(ArchiveOptions options) {
        return new LocalArchive(stream -> Optional.of(root), List.of(root), GRID, options);
    }

    public void restore(byte[] mediaBytes, byte[] indexBytes) throws IOException {
        for (Path file : files().keySet()) {
            Files.delete(file);
        }
        Files.write(media, mediaBytes);
        Files.write(index, indexBytes);
    }

    /** Cuts, zeroes or flips bits within the last 64 KB. */
    public static byte[] damaged(byte[] whole, Random random) {
        byte[] file = whole.clone();
        int first = Math.max(0, file.length - (64 << 10));
        int from = first + random.nextInt(file.length - first);
        switch (random.nextInt(3)) {
            case 0 -> {
                return Arrays.copyOf(file, from);
            }
            case 1 -> Arrays.fill(file, from, Math.min(file.length, from + 1 + random.nextInt(5_000)), (byte) 0);
            default -> {
                for (int i = random.nextInt(5); i >= 0; i--) {
                    file[first + random.nextInt(file.length - first)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return file;
    }

    /** Whether a segment's bytes are as they were written. */
    public boolean isIntact(byte[] changedMedia, int place) {
        int from = (int) ends[place];
        int to = (int) ends[place + 1];
        return to <= changedMedia.length && Arrays.equals(changedMedia, from, to, wholeMedia, from, to);
    }

    public boolean isInitIntact(byte[] changedMedia) {
        int to = (int) ends[0];
        return to <= changedMedia.length && Arrays.equals(changedMedia, 0, to, wholeMedia, 0, to);
    }

    public static Holdings find(LocalArchive archive) throws IOException {
        return archive.find(STREAM, EVER).orElseThrow();
    }

    /** All the same, but for how long one before lost records lasts: the media alone says that less exactly. */
    public static void assertSegments(List<Segment> expected, List<Segment> found) {
        assertEquals(
                expected.stream().map(Segment::number).toList(),
                found.stream().map(Segment::number).toList());
        for (int i = 0; i < expected.size(); i++) {
            Segment want = expected.get(i);
            Segment got = found.get(i);
            assertEquals(want.durationMicros(), got.durationMicros(), (double) LAST_MICROS);
            assertEquals(want.startUtcMicros(), got.startUtcMicros(), (double) TICK_MICROS);
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

    /** What an archive gives for segments are the bytes that were recorded. */
    public void assertServed(LocalArchive archive, List<Segment> found) throws IOException {
        byte[] now = found.isEmpty() ? new byte[0] : Files.readAllBytes(media);
        for (Segment segment : found) {
            int place = (int) (segment.number() - FULL_HOUR);
            assertEquals(
                    Optional.of(new MediaBytes.FileRegion(media, ends[place], segment.bytes())),
                    archive.segment(STREAM, take.id(), segment.number(), Part.MUXED));
            assertTrue(isIntact(now, place), "segment " + place);
        }
    }

    /** From its beginning to its end the media is boxes: a player finds its way through it. */
    public void assertPlayable() throws IOException {
        if (!Files.exists(media)) {
            return;
        }
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(media));
        int at = 0;
        while (at < file.limit()) {
            assertTrue(file.limit() - at >= BOX_HEAD_BYTES, "torn at " + at);
            int length = file.getInt(at);
            assertTrue(length >= BOX_HEAD_BYTES && length <= file.limit() - at, "box of " + length + " at " + at);
            at += length;
        }
    }

    /** Opened once more, as by another server, nothing changes any more. */
    public void assertSettled() throws IOException {
        Map<Path, byte[]> before = files();
        try (LocalArchive archive = open()) {
            assertTrue(archive.find(STREAM, EVER).isPresent());
        }
        assertFiles(before);
    }

    public void assertFiles(Map<Path, byte[]> expected) throws IOException {
        Map<Path, byte[]> now = files();
        assertEquals(expected.keySet(), now.keySet());
        expected.forEach((file, bytes) -> assertArrayEquals(bytes, now.get(file), file.toString()));
    }

    public Map<Path, byte[]> files() throws IOException {
        Map<Path, byte[]> files = new HashMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(RootLocks.NAME))
                    .toList()) {
                files.put(path, Files.readAllBytes(path));
            }
        }
        return files;
    }
}
