package org.red5.dvr.archive.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;

/** What is left of an hour after a crash, a full disk or a bad sector: all that is whole, and nothing else. */
class HourIndexReaderTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final int SEGMENTS = 6;

    @TempDir
    Path root;

    private final TestTake take = TestTake.of(SegmentGrid.DEFAULT, 448_838_375L, 0, SEGMENTS, TestTake.Tracks.BOTH);
    private final long hour = Hours.at(take.startUtcMicros());
    private Path hourDirectory;
    private Path indexFile;
    private Path mediaFile;
    private byte[] index;

    @BeforeEach
    void record() throws IOException {
        try (LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT)) {
            take.write(archive, STREAM).end(GapReason.OVERLOADED);
        }
        hourDirectory = ArchiveLayout.hourDirectory(ArchiveLayout.streamDirectory(root, STREAM), hour);
        indexFile = ArchiveLayout.indexFile(hourDirectory, take.id());
        mediaFile = ArchiveLayout.mediaFile(hourDirectory, take.id());
        index = Files.readAllBytes(indexFile);
        assertEquals(64 + (SEGMENTS + 1) * 48, index.length);
    }

    @Test
    void readsAllOfAWholeFile() throws IOException {
        assertLists(SEGMENTS, Optional.of(GapReason.OVERLOADED));
    }

    @Test
    void anIndexCutAnywhereListsItsWholeRecords() throws IOException {
        for (int length = index.length - 2 * 48 - 1; length < index.length; length++) {
            Files.write(indexFile, Arrays.copyOf(index, length));
            assertLists((length - 64) / 48, Optional.of(GapReason.SERVER_DOWN));
        }
    }

    @Test
    void aHeaderCutAnywhereIsCorrupt() throws IOException {
        for (int length = 0; length < 64; length++) {
            Files.write(indexFile, Arrays.copyOf(index, length));
            assertCorrupt();
        }
    }

    @Test
    void aDamagedByteEndsTheListBeforeItsRecord() throws IOException {
        Random random = new Random(8);
        for (int at = 64; at < index.length; at += 3) {
            byte[] damaged = index.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(indexFile, damaged);
            assertLists((at - 64) / 48, Optional.of(GapReason.SERVER_DOWN));
        }
    }

    @Test
    void aDamagedHeaderIsCorruptAndNamed() throws IOException {
        for (int at = 0; at < 64; at++) {
            byte[] damaged = index.clone();
            damaged[at] ^= 0x10;
            Files.write(indexFile, damaged);
            assertCorrupt();
        }
    }

    @Test
    void zerosOrOldBytesBehindTheLastRecordAreNotListed() throws IOException {
        byte[] torn = Arrays.copyOf(index, 64 + 3 * 48 + 4_096);
        Arrays.fill(torn, 64 + 3 * 48, torn.length, (byte) 0);
        Files.write(indexFile, torn);
        assertLists(3, Optional.of(GapReason.SERVER_DOWN));
        byte[] twice = Arrays.copyOf(index, index.length + SEGMENTS * 48);
        System.arraycopy(index, 64, twice, index.length, SEGMENTS * 48);
        Files.write(indexFile, twice);
        assertLists(SEGMENTS, Optional.of(GapReason.OVERLOADED));
    }

    @Test
    void aNumberThatDoesNotFollowEndsTheList() throws IOException {
        byte[] hole = new byte[index.length - 48];
        System.arraycopy(index, 0, hole, 0, 64 + 2 * 48);
        System.arraycopy(index, 64 + 3 * 48, hole, 64 + 2 * 48, hole.length - 64 - 2 * 48);
        Files.write(indexFile, hole);
        assertLists(2, Optional.of(GapReason.SERVER_DOWN));
    }

    @Test
    void segmentsWhoseMediaDidNotReachTheDiskAreNotListed() throws IOException {
        byte[] media = Files.readAllBytes(mediaFile);
        HourIndex whole = HourIndexReader.read(hourDirectory, hour, take.id());
        for (int i = 0; i < SEGMENTS; i++) {
            int end = Math.toIntExact(whole.offsetBytes(i) + whole.segment(i).bytes());
            Files.write(mediaFile, Arrays.copyOf(media, end));
            assertEquals(
                    i + 1, HourIndexReader.read(hourDirectory, hour, take.id()).count());
            Files.write(mediaFile, Arrays.copyOf(media, end - 1));
            assertEquals(i, HourIndexReader.read(hourDirectory, hour, take.id()).count());
        }
        Files.delete(mediaFile);
        assertEquals(0, HourIndexReader.read(hourDirectory, hour, take.id()).count());
    }

    @Test
    void anIndexWithoutARecordSaysNothingOfAnEnd() throws IOException {
        Files.write(indexFile, Arrays.copyOf(index, 64));
        HourIndex read = HourIndexReader.read(hourDirectory, hour, take.id());
        assertEquals(Optional.empty(), read.takeEnd());
        assertEquals(-1, read.positionOf(take.contents().get(0).number()));
    }

    @Test
    void randomBytesAreReadOrRefused() throws IOException {
        Random random = new Random(4);
        for (int round = 0; round < 200; round++) {
            byte[] damaged = index.clone();
            int from = random.nextInt(damaged.length);
            byte[] noise = new byte[random.nextInt(damaged.length - from + 1)];
            random.nextBytes(noise);
            System.arraycopy(noise, 0, damaged, from, noise.length);
            Files.write(indexFile, damaged);
            try {
                int intact = from < 64 ? 0 : (from - 64) / 48;
                int count = HourIndexReader.read(hourDirectory, hour, take.id()).count();
                assertTrue(count == intact || noise.length == 0, "damaged from " + from + ", lists " + count);
            } catch (CorruptArchiveException e) {
                assertTrue(from < 64, e.getMessage());
            }
        }
    }

    private void assertLists(int count, Optional<GapReason> reason) throws IOException {
        HourIndex read = HourIndexReader.read(hourDirectory, hour, take.id());
        assertEquals(count, read.count());
        for (int i = 0; i < count; i++) {
            assertEquals(take.segments().get(i), read.segment(i));
            assertEquals(i, read.positionOf(read.segment(i).number()));
        }
        Optional<TakeEnd> end = count == 0
                ? Optional.empty()
                : reason.map(known ->
                        new TakeEnd(take.id(), take.contents().get(count - 1).endUtcMicros(), known));
        assertEquals(end, read.takeEnd());
        assertEquals(ByteBuffer.wrap(index).getInt(20), read.header().initBytes());
    }

    private void assertCorrupt() {
        CorruptArchiveException refused =
                assertThrows(CorruptArchiveException.class, () -> HourIndexReader.read(hourDirectory, hour, take.id()));
        assertTrue(refused.getMessage().contains(indexFile.toString()), refused.getMessage());
    }
}
