package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.Fuzz;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.HourIndexReader;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.IndexParser;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.archive.index.Presence;
import org.red5.dvr.archive.index.PresenceFormat;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Answered;
import org.slf4j.LoggerFactory;

/**
 * Whatever an index or an hour file holds, an archive lists and serves what can be read of it, or refuses it with its own
 * exception. Half of the damaged indexes get right checksums again: those are what a defect or an enemy would write.
 */
class HourFileFuzzTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 4);
    private static final int SEGMENTS = 6;
    private static final int MOST_BYTES = 1 << 20;
    /** Opening an archive makes its caches. */
    private static final int MOST_ARCHIVE_BYTES = 24 << 20;

    private static final Logger REPORTS = (Logger) LoggerFactory.getLogger(StreamArchive.class);

    @TempDir
    Path root;

    private final TestTake take = TestTake.of(SegmentGrid.DEFAULT, 448_838_375L, 0, SEGMENTS, TestTake.Tracks.BOTH);
    private Path hourDirectory;
    private Path indexFile;
    private Path mediaFile;
    private byte[] index;
    private byte[] media;

    /** Each damaged file is reported, a thousand times here. */
    @BeforeAll
    static void silence() {
        REPORTS.setLevel(Level.ERROR);
    }

    @AfterAll
    static void speak() {
        REPORTS.setLevel(null);
    }

    @BeforeEach
    void record() throws IOException {
        try (LocalArchive archive = archive()) {
            take.write(archive, STREAM).end(GapReason.OVERLOADED);
        }
        hourDirectory = ArchiveLayout.hourDirectory(
                ArchiveLayout.streamDirectory(root, STREAM), Hours.at(take.startUtcMicros()));
        indexFile = ArchiveLayout.indexFile(hourDirectory, take.id());
        mediaFile = ArchiveLayout.mediaFile(hourDirectory, take.id());
        index = Files.readAllBytes(indexFile);
        media = Files.readAllBytes(mediaFile);
    }

    @Test
    void indexRecords() throws InterruptedException {
        Fuzz.run("index records", 23.85, MOST_BYTES, random -> {
            ByteBuffer damaged = ByteBuffer.wrap(damagedIndex(random));
            try {
                IndexFormat.header(damaged);
            } catch (CorruptArchiveException | NewerArchiveException e) {
                assertTrue(!e.getMessage().isEmpty());
            }
            for (int at = IndexFormat.HEADER_BYTES; at < damaged.limit(); at += IndexFormat.RECORD_BYTES) {
                if (IndexFormat.isIntact(damaged, at) && IndexFormat.isEnd(damaged, at)) {
                    IndexFormat.end(damaged, at);
                }
            }
        });
    }

    @Test
    void indexFiles() throws InterruptedException {
        Fuzz.run("index files", 1, MOST_BYTES, random -> {
            Files.write(indexFile, damagedIndex(random));
            try {
                HourIndex read = HourIndexReader.read(hourDirectory, Hours.at(take.startUtcMicros()), take.id());
                assertUsable(read, media.length);
                read.takeEnd();
            } catch (CorruptArchiveException | NewerArchiveException e) {
                assertTrue(e.getMessage().startsWith(indexFile.toString()), e.getMessage());
            }
        });
    }

    /** As a viewer meets them. */
    @Test
    void archivesWithDamagedFiles() throws InterruptedException {
        Fuzz.run("archives", 0.05, MOST_ARCHIVE_BYTES, random -> {
            boolean both = random.nextInt(4) == 0;
            boolean inIndex = both || random.nextBoolean();
            byte[] damagedMedia = both || !inIndex ? DamagedBytes.damage(media, random) : media;
            Files.write(indexFile, inIndex ? damagedIndex(random) : index);
            Files.write(mediaFile, damagedMedia);
            writePresence(random);
            try (LocalArchive archive = archive()) {
                Optional<Holdings> found = archive.find(STREAM, EVER);
                Answered.by(new OwnResolver("test", archive, SegmentGrid.DEFAULT).timeline(STREAM, EVER));
                archive.lastNumber(STREAM);
                readAll(archive, found.map(Holdings::segments).orElse(List.of()));
            }
        });
    }

    /** There is a presence file in half of the cases: of this index or another, of a copy or not, whole or damaged. */
    private void writePresence(Random random) throws IOException {
        Path presence = ArchiveLayout.presenceFile(hourDirectory, take.id());
        Files.deleteIfExists(presence);
        if (random.nextBoolean()) {
            HourIndex known = IndexParser.parse(Hours.at(take.startUtcMicros()), take.id(), false, index)
                    .toFill();
            Presence some = known.presence()
                    .with(random.nextInt(SEGMENTS), Presence.State.HERE)
                    .with(random.nextInt(SEGMENTS), Presence.State.UNFORCED);
            byte[] whole = PresenceFormat.encode(random.nextBoolean(), known.with(some));
            Files.write(presence, random.nextBoolean() ? whole : DamagedBytes.damage(whole, random));
        }
    }

    private void readAll(LocalArchive archive, List<Segment> segments) throws IOException {
        try {
            archive.take(STREAM, take.id());
            for (Part part : Part.values()) {
                archive.initSegment(STREAM, take.id(), part);
            }
        } catch (CorruptArchiveException e) {
            assertTrue(e.getMessage().startsWith(mediaFile.toString()), e.getMessage());
        }
        for (Segment segment : segments) {
            for (Part part : Part.values()) {
                Optional<MediaBytes> bytes = archive.segment(STREAM, take.id(), segment.number(), part);
                if (bytes.isPresent() && bytes.get() instanceof MediaBytes.FileRegion region) {
                    assertInside(region.offsetBytes(), region.lengthBytes(), Files.size(mediaFile), segment);
                }
            }
        }
    }

    /** What is listed can be served: it has a length and lies inside the file, and its times are times. */
    private static void assertUsable(HourIndex read, long mediaBytes) {
        assertTrue(
                read.count() == 0 || read.header().initBytes() <= mediaBytes, "an init segment longer than its file");
        for (int i = 0; i < read.count(); i++) {
            Segment segment = read.segment(i);
            assertInside(read.offsetBytes(i), segment.bytes(), mediaBytes, segment);
        }
    }

    private static void assertInside(long offset, long length, long fileBytes, Segment segment) {
        assertTrue(
                offset >= 0 && length >= 0 && offset + length <= fileBytes,
                segment + " at " + offset + " in a file of " + fileBytes);
        assertTrue(
                segment.startUtcMicros() >= 0 && segment.endUtcMicros() >= segment.startUtcMicros(),
                "times of " + segment);
    }

    private byte[] damagedIndex(Random random) {
        if (random.nextInt(8) == 0) {
            byte[] noise = new byte[random.nextInt(300)];
            random.nextBytes(noise);
            return noise;
        }
        byte[] damaged = DamagedBytes.damage(index, random);
        if (random.nextBoolean() && damaged.length >= IndexFormat.HEADER_BYTES) {
            sign(damaged, 0, IndexFormat.HEADER_BYTES);
            for (int at : recordsOf(damaged)) {
                sign(damaged, at, IndexFormat.RECORD_BYTES);
            }
        }
        return damaged;
    }

    private static List<Integer> recordsOf(byte[] file) {
        List<Integer> records = new ArrayList<>();
        for (int at = IndexFormat.HEADER_BYTES;
                at + IndexFormat.RECORD_BYTES <= file.length;
                at += IndexFormat.RECORD_BYTES) {
            records.add(at);
        }
        return records;
    }

    /** The last four bytes of a header and of a record are the checksum of those before. */
    private static void sign(byte[] file, int at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(file, at, length - 4);
        ByteBuffer.wrap(file).putInt(at + length - 4, (int) crc.getValue());
    }

    private LocalArchive archive() {
        return new LocalArchive(stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT);
    }
}
