package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens one take in one hour that another process wrote: looks whether its two files are as a writer closes them, and
 * puts right what is not. The media is the truth and the index is made from it, but for what the index alone knows:
 * checksums, and how the take ended. What is whole is not changed, and a second time changes nothing. The passes are
 * those of {@code docs/format-hour-file.md}.
 */
final class HourRecovery {
    private static final Logger log = LoggerFactory.getLogger(HourRecovery.class);
    /** In this much of a media file's end, segments are compared with their checksums. */
    private static final int CHECKED_TAIL_BYTES = 64 << 10;
    /** The same where nobody closed the file: the disk may not have been told to keep it. */
    private static final int CHECKED_OPEN_TAIL_BYTES = 1 << 20;

    /** Says what the stream's other hours know of a take. */
    interface Neighbours {
        /** Whether a take has a segment in the next hour. */
        boolean goesOn(TakeId take) throws IOException;

        /** The ordinal of a take that its own header does not say any more. */
        int ordinalOf(TakeId take) throws IOException;
    }

    private final Path hourDirectory;
    private final TakeId take;
    private final SegmentGrid grid;
    private final Aside aside;
    private final Neighbours neighbours;
    private final Path mediaFile;
    private final Path indexFile;

    /**
     * @param grid of an index whose header does not say it any more
     */
    HourRecovery(Path hourDirectory, TakeId take, SegmentGrid grid, Aside aside, Neighbours neighbours) {
        this.hourDirectory = hourDirectory;
        this.take = take;
        this.grid = grid;
        this.aside = aside;
        this.neighbours = neighbours;
        this.mediaFile = ArchiveLayout.mediaFile(hourDirectory, take);
        this.indexFile = ArchiveLayout.indexFile(hourDirectory, take);
    }

    /**
     * The index as it stands afterwards; empty when the take has nothing in this hour that can be used.
     *
     * @throws IOException when a file cannot be read or written
     */
    Optional<HourIndex> open() throws IOException {
        if (!Files.exists(mediaFile)) {
            aside.take(indexFile, "an index without its media");
            return Optional.empty();
        }
        byte[] old = Files.exists(indexFile) ? Files.readAllBytes(indexFile) : new byte[0];
        IndexImage image = IndexImage.of(old);
        try (MediaScanner media = new MediaScanner(mediaFile)) {
            MediaScanner.Init init = init(media, image);
            IndexRebuild rebuild = rebuild(media, init, image);
            cutTail(media.size(), rebuild.mediaEndBytes());
            byte[] bytes = bytes(image, init, rebuild);
            if (!Arrays.equals(bytes, old)) {
                rebuild.findings().forEach(finding -> log.warn("{}: {}", mediaFile, finding));
                replaceIndex(image, old.length, bytes);
            }
        } catch (CorruptArchiveException e) {
            aside.take(mediaFile, String.valueOf(e.getMessage()));
            if (Files.exists(indexFile)) {
                aside.take(indexFile, "the index of media that cannot be used");
            }
            return Optional.empty();
        }
        return Optional.of(HourIndexReader.read(hourDirectory, take));
    }

    private static MediaScanner.Init init(MediaScanner media, IndexImage image) throws IOException {
        MediaScanner.Init init = media.init();
        Optional<IndexFormat.Header> header = image.header();
        if (header.isPresent()
                && (header.get().initBytes() != init.bytes() || header.get().initCrc() != init.crc())) {
            throw new CorruptArchiveException("ftyp and moov are not those that were written");
        }
        return init;
    }

    private IndexRebuild rebuild(MediaScanner media, MediaScanner.Init init, IndexImage image) throws IOException {
        int checked = image.isClosed() ? CHECKED_TAIL_BYTES : CHECKED_OPEN_TAIL_BYTES;
        IndexRebuild rebuild = new IndexRebuild(image, media, init, take, image.grid(grid), checked);
        rebuild.run();
        return rebuild;
    }

    private void cutTail(long size, long end) throws IOException {
        if (size > end) {
            try (FileChannel media = FileChannel.open(mediaFile, StandardOpenOption.WRITE)) {
                media.truncate(end);
                media.force(true);
            }
            log.info("{}: cut off the last {} bytes, in which no segment is whole", mediaFile, size - end);
        }
    }

    private byte[] bytes(IndexImage image, MediaScanner.Init init, IndexRebuild rebuild) throws IOException {
        int count = rebuild.count();
        ByteBuffer records = rebuild.records();
        Optional<IndexFormat.End> end = end(image, rebuild);
        if (end.isPresent()) {
            long lastNumber = count == 0 ? -1 : IndexFormat.number(records, IndexImage.at(count - 1));
            IndexFormat.putEnd(records, IndexImage.at(count), lastNumber, end.get());
        }
        int length = IndexImage.at(count + (end.isPresent() ? 1 : 0));
        byte[] bytes = new byte[IndexFormat.HEADER_BYTES + length];
        IndexFormat.encode(header(image, init)).get(0, bytes, 0, IndexFormat.HEADER_BYTES);
        records.get(0, bytes, IndexFormat.HEADER_BYTES, length);
        return bytes;
    }

    private IndexFormat.Header header(IndexImage image, MediaScanner.Init init) throws IOException {
        return image.header().isPresent()
                ? image.header().get()
                : new IndexFormat.Header(grid.periodMillis(), neighbours.ordinalOf(take), init.bytes(), init.crc());
    }

    /** How the take left this hour; one in which nothing was recorded says nothing. */
    private Optional<IndexFormat.End> end(IndexImage image, IndexRebuild rebuild) throws IOException {
        if (image.end().isPresent() || rebuild.count() == 0) {
            return image.end();
        }
        Optional<GapReason> reason = neighbours.goesOn(take) ? Optional.empty() : Optional.of(GapReason.SERVER_DOWN);
        return Optional.of(new IndexFormat.End(rebuild.endUtcMicros(), reason));
    }

    /** Puts a new index in the old one's place at once. One that a crash alone does not explain is kept aside. */
    private void replaceIndex(IndexImage image, int oldBytes, byte[] bytes) throws IOException {
        Path made = ArchiveLayout.rebuiltIndexFile(hourDirectory, take);
        try (FileChannel file = FileChannel.open(
                made, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                file.write(rest);
            }
            file.force(true);
        }
        if (oldBytes > 0 && (image.header().isEmpty() || image.isDamaged())) {
            aside.take(indexFile, "a damaged index, made anew from the media");
        }
        Files.move(made, indexFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DiskSync.SEGMENT.forceNames(hourDirectory);
        log.info("{}: index made anew, {} records", mediaFile, bytes.length / IndexFormat.RECORD_BYTES - 1);
    }
}
