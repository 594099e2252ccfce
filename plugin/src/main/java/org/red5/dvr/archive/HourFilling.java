package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.FreeBoxes;
import org.red5.dvr.archive.files.TakeFiles;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.Presence;
import org.red5.dvr.archive.index.Presence.State;
import org.red5.dvr.archive.index.PresenceFormat;
import org.red5.dvr.util.Crc32c;
import org.red5.dvr.util.FileBytes;

/**
 * Fills the hour of a take with bytes that come from elsewhere, in any order. A segment's bytes stand where the index says, so
 * until all are here the media file is sparse; every hole in it begins with a {@code free} box, and so it can be played by itself at
 * any time. Media is written and forced first, then presence; whoever waits is told by the caller. Used by one thread at a time for each
 * take in an hour.
 */
final class HourFilling {
    private final TakeFiles files;
    private final DiskSync sync;

    /**
     * @param sync when the bytes of segments are forced to the disk
     */
    HourFilling(TakeFiles files, DiskSync sync) {
        this.files = files;
        this.sync = sync;
    }

    /**
     * Makes the files of an hour of which nothing but the index is here. Until this returns there is no index, so that a crash
     * leaves nothing that anybody reads; all of it is forced to the disk.
     *
     * @param index of an hour that is closed or may grow, with nothing here
     * @param init the init segment that it names
     * @throws CorruptArchiveException when the init segment is another one
     */
    void begin(HourIndex index, byte[] init) throws IOException {
        int initCrc = index.header().initCrc();
        if (init.length != index.header().initBytes() || initCrc != 0 && initCrc != Crc32c.of(init)) {
            throw new CorruptArchiveException(files.media() + ": an init segment that is not the one of its index");
        }
        DiskSync.SEGMENT.createDirectories(files.directory());
        files.writePresence(true, index, Presence.ALL, DiskSync.SEGMENT);
        try (FileChannel media = files.createMedia()) {
            FileBytes.write(media, ByteBuffer.wrap(init), 0);
            long end = index.endOffsetBytes();
            extend(media, end);
            FreeBoxes.cover(media, init.length, end);
            media.force(false);
        }
        files.replaceIndex(index.toBytes(), Optional.empty());
    }

    /**
     * Takes what has come to an index since. What was here before is here all the time, but for the moment in which the one file is of the new
     * index and the other is not.
     *
     * @param before of the files
     * @param next which that is the beginning of, with nothing here
     */
    void extend(HourIndex before, HourIndex next) throws IOException {
        HourIndex grown = before.and(next.from(before.count())).orElseThrow();
        long from = endBefore(before, before.count());
        try (FileChannel media = files.openMedia()) {
            extend(media, grown.endOffsetBytes());
            FreeBoxes.cover(media, from, grown.endOffsetBytes());
            sync.force(media);
        }
        files.replaceIndex(grown.toBytes(), Optional.empty());
        files.writePresence(true, grown, Presence.ALL, sync);
    }

    /** Has the disk keep all that is here of an hour. */
    void force(HourIndex index) throws IOException {
        if (index.presence().forced().equals(index.presence())) {
            return;
        }
        files.forceMedia();
        boolean isCopy = files.readPresence().map(PresenceFormat.Image::isCopy).orElse(false);
        files.writePresence(isCopy, index.with(index.presence().forced()), files.marked(), DiskSync.SEGMENT);
    }

    /**
     * Puts the bytes of one segment in their place; who reads the hour from then on finds them.
     *
     * @param position of a segment that is listed and not here
     * @throws CorruptArchiveException when they are not the bytes that the index lists; nothing is changed then
     */
    void put(HourIndex index, int position, byte[] bytes) throws IOException {
        if (bytes.length != index.lengthBytes(position) || Crc32c.of(bytes) != index.mediaCrc(position)) {
            throw new CorruptArchiveException(files.media() + ": " + bytes.length
                    + " bytes that are not those of segment " + index.number(position));
        }
        boolean isCopy = files.readPresence().map(PresenceFormat.Image::isCopy).orElse(false);
        HourIndex next =
                index.with(index.presence().with(position, sync == DiskSync.SEGMENT ? State.HERE : State.UNFORCED));
        try (FileChannel media = files.openMedia()) {
            write(media, index, position, bytes);
            sync.force(media);
            if (next.isAllHere()) {
                // Where nothing says any more what may have to be looked at, it must be on the disk.
                media.force(false);
                next = next.with(Presence.ALL);
            }
        }
        files.writePresence(isCopy, next, files.marked(), sync);
    }

    /** The very last that is written is the head of the box with which the hole began: up to then that box covers all of it. */
    private void write(FileChannel media, HourIndex index, int position, byte[] bytes) throws IOException {
        long offset = index.offsetBytes(position);
        long from = endBefore(index, position);
        long to = startBehind(index, position);
        if (from > offset || offset + bytes.length > to) {
            throw new CorruptArchiveException(
                    files.media() + ": segment " + index.number(position) + " lies within another one");
        }
        extend(media, to);
        FreeBoxes.cover(media, offset + bytes.length, to);
        int head = Math.min(FreeBoxes.HEAD_BYTES, bytes.length);
        FileBytes.write(media, ByteBuffer.wrap(bytes, head, bytes.length - head), offset + head);
        FileBytes.write(media, ByteBuffer.wrap(bytes, 0, head), offset);
        FreeBoxes.cover(media, from, offset);
    }

    /** Where the media ends that is here before a position. */
    private static long endBefore(HourIndex index, int position) {
        for (int before = position - 1; before >= 0; before--) {
            if (index.isHere(before)) {
                return index.offsetBytes(before) + index.lengthBytes(before);
            }
        }
        return index.header().initBytes();
    }

    /** Where the media begins that is here behind a position. */
    private static long startBehind(HourIndex index, int position) {
        for (int behind = position + 1; behind < index.count(); behind++) {
            if (index.isHere(behind)) {
                return index.offsetBytes(behind);
            }
        }
        return index.endOffsetBytes();
    }

    private static void extend(FileChannel media, long length) throws IOException {
        if (media.size() < length) {
            media.write(ByteBuffer.allocate(1), length - 1);
        }
    }
}
