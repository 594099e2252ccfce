package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.archive.index.Presence;
import org.red5.dvr.archive.index.PresenceFormat;
import org.red5.dvr.timeline.TakeId;

/**
 * Reads an index file up to its first record that is not whole or not possible, or whose media did not reach the disk;
 * what a crash left behind that is not listed.
 */
public final class HourIndexReader {
    /** Of a copy that grows, one of two files may be read before a change of both, and the other after it. */
    private static final int MOST_READS = 3;

    private HourIndexReader() {}

    /**
     * The index of a take in an hour.
     *
     * @param hour since the Unix epoch, whose directory it is
     * @throws CorruptArchiveException naming the file, when its header is unusable
     * @throws NewerArchiveException naming the file, when this software does not read its version
     * @throws IOException when it cannot be read
     */
    public static HourIndex read(Path hourDirectory, long hour, TakeId take) throws IOException {
        return read(hourDirectory, hour, take, MOST_READS);
    }

    private static HourIndex read(Path hourDirectory, long hour, TakeId take, int most) throws IOException {
        Path file = ArchiveLayout.indexFile(hourDirectory, take);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        IndexFormat.Header header;
        try {
            header = IndexFormat.header(bytes);
        } catch (CorruptArchiveException e) {
            throw new CorruptArchiveException(file + ": " + e.getMessage());
        } catch (NewerArchiveException e) {
            throw new NewerArchiveException(file + ": " + e.getMessage());
        }
        ByteBuffer records = bytes.slice(IndexFormat.HEADER_BYTES, bytes.limit() - IndexFormat.HEADER_BYTES);
        Optional<PresenceFormat.Image> here = PresenceFile.read(ArchiveLayout.presenceFile(hourDirectory, take));
        long mediaBytes = mediaBytes(ArchiveLayout.mediaFile(hourDirectory, take));
        // Where presence is written down, media that it does not name need not be there.
        long reach = here.isPresent() ? Long.MAX_VALUE / 2 : mediaBytes;
        int count = 0;
        Optional<IndexFormat.End> end = Optional.empty();
        while (end.isEmpty() && IndexFormat.isIntact(records, count * IndexFormat.RECORD_BYTES)) {
            if (IndexFormat.isEnd(records, count * IndexFormat.RECORD_BYTES)) {
                end = Optional.of(IndexFormat.end(records, count * IndexFormat.RECORD_BYTES));
            } else if (follows(records, count) && isThere(records, count, header, reach)) {
                count++;
            } else {
                break;
            }
        }
        boolean mayGrow =
                end.isEmpty() && here.filter(PresenceFormat.Image::isCopy).isPresent();
        HourIndex index = HourIndex.ofMarked(take, hour, header, records, count, end, mayGrow);
        if (here.isEmpty()) {
            return index;
        }
        return here.get().of(index).isEmpty() && most > 1
                ? read(hourDirectory, hour, take, most - 1)
                : index.with(presence(index, here.get())).within(mediaBytes);
    }

    /** What a presence file says of an index; nothing is here as far as it does not say. */
    private static Presence presence(HourIndex index, PresenceFormat.Image here) {
        return here.of(index).orElse(Presence.each(index.count(), Presence.State.NOT_HELD));
    }

    private static long mediaBytes(Path mediaFile) throws IOException {
        try {
            return Files.size(mediaFile);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static boolean isThere(ByteBuffer records, int position, IndexFormat.Header header, long mediaBytes) {
        int at = position * IndexFormat.RECORD_BYTES;
        return IndexFormat.isDamaged(records, at)
                || IndexFormat.isPossible(records, at, Optional.of(header), mediaBytes);
    }

    private static boolean follows(ByteBuffer records, int position) {
        int at = position * IndexFormat.RECORD_BYTES;
        return position == 0
                || IndexFormat.number(records, at) == IndexFormat.number(records, at - IndexFormat.RECORD_BYTES) + 1;
    }
}
