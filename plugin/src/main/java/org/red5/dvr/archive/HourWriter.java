package org.red5.dvr.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.Disk;
import org.red5.dvr.archive.files.DiskFullException;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.FileKey;
import org.red5.dvr.archive.files.FileRemovedException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.Presence;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.fmp4.Fragment;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.Crc32c;
import org.red5.dvr.util.FileBytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends segments of one take to one hour file: media first, then the index, then what readers see. Written by one
 * thread; {@link #snapshot} may be called by any.
 */
final class HourWriter implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(HourWriter.class);

    private final long hour;
    private final TakeId take;
    private final SegmentGrid grid;
    private final IndexFormat.Header header;
    private final Disk disk;
    private final Path mediaFile;
    private final Path indexFile;
    private final FileChannel media;
    private final FileChannel index;
    /** Of the files that are written, whatever their names stand for by now. */
    private final Object mediaKey;

    private final Object indexKey;
    private final ByteBuffer buffer;
    private final DiskSync sync;
    private long mediaBytes;
    private ByteBuffer records = ByteBuffer.allocate(64 * IndexFormat.RECORD_BYTES);
    private volatile boolean endIsDue;
    private volatile HourIndex snapshot;

    /**
     * Creates both files; when that fails there is neither.
     *
     * @param disk where they are created
     * @param startsEarly whether its first segment starts before the cell of its number
     * @param buffer direct, borrowed during each call for gathering writes
     * @param sync when what is written is forced to the disk
     * @throws IOException when they cannot be created, or are there already
     */
    HourWriter(
            Disk disk,
            Path hourDirectory,
            long hour,
            TakeId take,
            SegmentGrid grid,
            int ordinal,
            boolean startsEarly,
            byte[] init,
            ByteBuffer buffer,
            DiskSync sync)
            throws IOException {
        this.disk = disk;
        this.hour = hour;
        this.take = take;
        this.grid = grid;
        this.buffer = buffer;
        this.sync = sync;
        this.header = new IndexFormat.Header(grid.periodMillis(), ordinal, init.length, Crc32c.of(init), startsEarly);
        this.mediaFile = ArchiveLayout.mediaFile(hourDirectory, take);
        this.indexFile = ArchiveLayout.indexFile(hourDirectory, take);
        try {
            sync.createDirectories(hourDirectory);
            media = create(mediaFile, init);
        } catch (IOException e) {
            throw DiskFullException.classify(e, disk, mediaFile);
        }
        try {
            index = create(indexFile, IndexFormat.encode(header).array());
        } catch (IOException e) {
            IOException failure = DiskFullException.classify(e, disk, indexFile);
            discard(media, mediaFile, failure);
            throw failure;
        }
        try {
            mediaKey = FileKey.of(mediaFile);
            indexKey = FileKey.of(indexFile);
        } catch (IOException e) {
            discard(index, indexFile, e);
            discard(media, mediaFile, e);
            throw e;
        }
        snapshot = new HourIndex(take, hour, header, records, 0, Optional.empty(), true, Presence.ALL);
        mediaBytes = init.length;
    }

    private FileChannel create(Path file, byte[] head) throws IOException {
        FileChannel channel = disk.create(file);
        try {
            FileBytes.write(channel, ByteBuffer.wrap(head), 0);
            return channel;
        } catch (IOException e) {
            IOException failure = DiskFullException.classify(e, disk, file);
            discard(channel, file, failure);
            throw failure;
        }
    }

    /** Deletes a file that was just created and could not be used. */
    private static void discard(FileChannel channel, Path file, IOException failure) {
        try (channel) {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    long hour() {
        return hour;
    }

    HourIndex snapshot() {
        return snapshot;
    }

    /**
     * Appends a segment and lets readers see it; gives its length in bytes.
     *
     * @throws DiskFullException when it did not fit
     * @throws FileRemovedException when a file does not stand in its place any more
     * @throws IOException when it could not be written; nothing of it is listed then, and the files end as before
     */
    int append(SegmentContent content) throws IOException {
        requireInPlace(mediaFile, mediaKey);
        requireInPlace(indexFile, indexKey);
        try {
            return write(content);
        } catch (IOException e) {
            IOException failure = DiskFullException.classify(e, disk, mediaFile);
            cutOff(failure);
            throw failure;
        }
    }

    /** What somebody removes or replaces while it is written goes on to be written, and nobody could read it. */
    private static void requireInPlace(Path file, Object key) throws IOException {
        try {
            if (FileKey.of(file).equals(key)) {
                return;
            }
        } catch (NoSuchFileException e) {
            log.debug("{} is gone: {}", file, e.toString());
        }
        throw new FileRemovedException(file);
    }

    /** Whatever was written of a segment that is not listed goes, which also makes room for the end's record. */
    private void cutOff(IOException failure) {
        try {
            media.truncate(mediaBytes);
            index.truncate(IndexFormat.HEADER_BYTES + (long) recordAt(snapshot.count()));
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private int write(SegmentContent content) throws IOException {
        CRC32C crc = new CRC32C();
        long offset = mediaBytes;
        long end = offset;
        int videoBytes = 0;
        int audioBytes = 0;
        buffer.clear();
        if (content.video().isPresent()) {
            Fragment video = fragment(
                    InitSegment.VIDEO_TRACK,
                    content.number() * 2,
                    content.video().get());
            videoBytes = video.lengthBytes();
            end = write(video, end, crc);
        }
        if (content.audio().isPresent()) {
            Fragment audio = fragment(
                    InitSegment.AUDIO_TRACK,
                    content.number() * 2 + 1,
                    content.audio().get());
            audioBytes = audio.lengthBytes();
            end = write(audio, end, crc);
        }
        flush(end, crc);
        sync.force(media);
        Segment segment = new Segment(
                take,
                content.number(),
                content.startUtcMicros(),
                content.durationMicros(),
                videoBytes,
                audioBytes,
                content.independent());
        int count = snapshot.count();
        makeRoom(count);
        IndexFormat.putSegment(records, recordAt(count), segment, grid, offset, (int) crc.getValue());
        appendRecord(count);
        if (count == 0) {
            sync.forceNames(mediaFile.getParent());
        }
        mediaBytes = end;
        snapshot = new HourIndex(take, hour, header, records, count + 1, Optional.empty(), true, Presence.ALL);
        return segment.bytes();
    }

    /**
     * Says how the take leaves this hour; readers know it from then on, even when it cannot be written.
     *
     * @throws IOException when it could not be written yet: {@link #writeDueEnd} tries again
     */
    void end(IndexFormat.End end) throws IOException {
        int count = snapshot.count();
        makeRoom(count);
        long lastNumber = count == 0 ? -1 : IndexFormat.number(records, recordAt(count - 1));
        IndexFormat.putEnd(records, recordAt(count), lastNumber, end);
        snapshot = new HourIndex(take, hour, header, records, count, Optional.of(end), true, Presence.ALL);
        endIsDue = true;
        writeDueEnd();
    }

    /** Writes what could not be written when the take ended; nothing happens when nothing is due. */
    void writeDueEnd() throws IOException {
        if (!endIsDue) {
            return;
        }
        try {
            appendRecord(snapshot.count());
            endIsDue = false;
        } catch (IOException e) {
            IOException failure = DiskFullException.classify(e, disk, indexFile);
            cutOff(failure);
            throw failure;
        }
    }

    boolean isEndDue() {
        return endIsDue;
    }

    /** Whether the take goes on in this hour. */
    boolean isRecording() {
        return snapshot.isRecording();
    }

    @Override
    public void close() throws IOException {
        try (media) {
            index.close();
        }
    }

    private static Fragment fragment(int track, long sequence, SegmentContent.Track content) {
        return Fragment.of(track, sequence, content.samples(), content.endTicks());
    }

    private static int recordAt(int position) {
        return position * IndexFormat.RECORD_BYTES;
    }

    /** Grown by copying, so that snapshots given out before keep theirs. */
    private void makeRoom(int count) {
        if (recordAt(count + 1) > records.capacity()) {
            ByteBuffer larger = ByteBuffer.allocate(records.capacity() * 2);
            records = larger.put(0, records, 0, records.capacity());
        }
    }

    private void appendRecord(int position) throws IOException {
        ByteBuffer bytes = records.slice(recordAt(position), IndexFormat.RECORD_BYTES);
        FileBytes.write(index, bytes, IndexFormat.HEADER_BYTES + (long) recordAt(position));
        sync.force(index);
    }

    /** Puts a fragment behind what waits in the buffer; writes whenever that is full. Gives the file's new end. */
    private long write(Fragment fragment, long end, CRC32C crc) throws IOException {
        long at = put(fragment.head(), 0, fragment.head().length, end, crc);
        for (Sample sample : fragment.samples()) {
            at = put(sample.data(), sample.offset(), sample.length(), at, crc);
        }
        return at;
    }

    private long put(byte[] data, int offset, int length, long end, CRC32C crc) throws IOException {
        int done = 0;
        while (done < length) {
            if (!buffer.hasRemaining()) {
                flush(end + done, crc);
            }
            int part = Math.min(length - done, buffer.remaining());
            buffer.put(data, offset + done, part);
            done += part;
        }
        return end + length;
    }

    /** Writes what waits in the buffer so that it ends at a position of the media file. */
    private void flush(long end, CRC32C crc) throws IOException {
        buffer.flip();
        long at = end - buffer.remaining();
        crc.update(buffer.duplicate());
        FileBytes.write(media, buffer, at);
        buffer.clear();
    }
}
