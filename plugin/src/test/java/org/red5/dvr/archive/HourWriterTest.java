package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.Disk;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.HourIndexReader;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.media.fmp4.BoxDump;
import org.red5.dvr.media.fmp4.ParsedFragment;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;

class HourWriterTest {
    private static final long NUMBER = 448_838_400L;

    @TempDir
    Path directory;

    private final TestTake take = TestTake.of(SegmentGrid.DEFAULT, NUMBER, 0, 5, TestTake.Tracks.BOTH);
    private final byte[] init = take.init().toBytes();

    @ParameterizedTest
    @ValueSource(ints = {61, 1_000, 1 << 20})
    void theMediaFileIsTheInitSegmentAndThenTheFragments(int bufferBytes) throws IOException {
        try (HourWriter writer = writer(take, bufferBytes)) {
            appendAll(writer);
        }
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.writeBytes(init);
        take.contents().forEach(content -> expected.writeBytes(TestTake.muxedBytes(content)));
        assertArrayEquals(expected.toByteArray(), Files.readAllBytes(mediaFile()));
    }

    @ParameterizedTest
    @ValueSource(ints = {97, 1 << 20})
    void theIndexHoldsWhereEachSegmentLiesAndItsChecksum(int bufferBytes) throws IOException {
        try (HourWriter writer = writer(take, bufferBytes)) {
            appendAll(writer);
        }
        ByteBuffer index = ByteBuffer.wrap(Files.readAllBytes(ArchiveLayout.indexFile(directory, take.id())));
        long offset = init.length;
        for (int i = 0; i < take.contents().size(); i++) {
            byte[] bytes = TestTake.muxedBytes(take.contents().get(i));
            int at = 64 + i * 48;
            CRC32C crc = new CRC32C();
            crc.update(bytes);
            assertEquals(offset, index.getLong(at + 16));
            assertEquals(bytes.length, index.getInt(at + 24) + index.getInt(at + 28));
            assertEquals((int) crc.getValue(), index.getInt(at + 36), "checksum of segment " + i);
            offset += bytes.length;
        }
    }

    @Test
    void theHourFileIsAFragmentedMp4WhoseSequenceNumbersGrow() throws IOException {
        try (HourWriter writer = writer(take, 1 << 16)) {
            appendAll(writer);
        }
        byte[] file = Files.readAllBytes(mediaFile());
        assertTrue(BoxDump.of(file).startsWith("ftyp"));
        List<ParsedFragment> fragments = ParsedFragment.all(Arrays.copyOfRange(file, init.length, file.length));
        assertEquals(10, fragments.size());
        int sequence = 0;
        for (int i = 0; i < fragments.size(); i++) {
            assertEquals(1 + i % 2, fragments.get(i).track());
            assertTrue(fragments.get(i).sequence() > sequence);
            sequence = fragments.get(i).sequence();
        }
    }

    @Test
    void snapshotsGivenOutStayAsTheyWere() throws IOException {
        TestTake many = TestTake.of(SegmentGrid.DEFAULT, NUMBER, 0, 150, TestTake.Tracks.AUDIO);
        List<Segment> segments = many.segments();
        List<HourIndex> snapshots = new ArrayList<>();
        try (HourWriter writer = writer(many, 1 << 16)) {
            for (SegmentContent content : many.contents()) {
                snapshots.add(writer.snapshot());
                writer.append(content);
            }
            writer.end(new IndexFormat.End(many.endUtcMicros(), Optional.of(GapReason.NOT_PUBLISHED)));
            snapshots.add(writer.snapshot());
        }
        for (int i = 0; i < snapshots.size(); i++) {
            HourIndex snapshot = snapshots.get(i);
            assertEquals(i, snapshot.count());
            for (int k = 0; k < i; k++) {
                assertEquals(segments.get(k), snapshot.segment(k));
            }
            assertEquals(i == 150, snapshot.takeEnd().isPresent());
        }
    }

    @Test
    void whatIsListedIsOnDiskAlready() throws IOException {
        try (HourWriter writer = writer(take, 200)) {
            for (SegmentContent content : take.contents()) {
                writer.append(content);
                HourIndex listed = writer.snapshot();
                int last = listed.count() - 1;
                assertEquals(listed.offsetBytes(last) + listed.segment(last).bytes(), Files.size(mediaFile()));
                assertEquals(
                        listed.count(),
                        HourIndexReader.read(directory, Hours.at(take.startUtcMicros()), take.id())
                                .count());
            }
        }
    }

    @Test
    void neverWritesOverAFileThatIsThere() throws IOException {
        Files.writeString(ArchiveLayout.indexFile(directory, take.id()), "mine");
        assertThrows(FileAlreadyExistsException.class, () -> writer(take, 200));
        assertEquals("mine", Files.readString(ArchiveLayout.indexFile(directory, take.id())));
        Files.delete(ArchiveLayout.indexFile(directory, take.id()));
        Files.writeString(mediaFile(), "mine too");
        assertThrows(FileAlreadyExistsException.class, () -> writer(take, 200));
        assertEquals("mine too", Files.readString(mediaFile()));
    }

    private HourWriter writer(TestTake recorded, int bufferBytes) throws IOException {
        long hour = Hours.at(recorded.startUtcMicros());
        return new HourWriter(
                Disk.LOCAL,
                directory,
                hour,
                recorded.id(),
                SegmentGrid.DEFAULT,
                0,
                false,
                recorded.init().toBytes(),
                ByteBuffer.allocateDirect(bufferBytes),
                DiskSync.NONE);
    }

    private void appendAll(HourWriter writer) throws IOException {
        for (SegmentContent content : take.contents()) {
            writer.append(content);
        }
    }

    private Path mediaFile() {
        return ArchiveLayout.mediaFile(directory, take.id());
    }
}
