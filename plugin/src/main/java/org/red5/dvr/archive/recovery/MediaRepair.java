package org.red5.dvr.archive.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.red5.dvr.archive.files.FreeBoxes;
import org.red5.dvr.archive.files.TakeFiles;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.util.FileBytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a media file fit its index and what is here of it: what lies between whole segments becomes {@code free} boxes (ISO/IEC 14496-12, 8.1.2),
 * which players skip, and a torn tail is cut off. Of damaged bytes only the eight are written over that each box begins with.
 */
final class MediaRepair {
    private static final Logger log = LoggerFactory.getLogger(MediaRepair.class);

    private final Path file;
    private final FileChannel media;
    private final HourIndex index;
    private final boolean isTailTorn;
    private boolean changed;

    private MediaRepair(Path file, FileChannel media, HourIndex index, boolean isTailTorn) {
        this.file = file;
        this.media = media;
        this.index = index;
        this.isTailTorn = isTailTorn;
    }

    /**
     * Does nothing to a file that fits.
     *
     * @param index what is here of it, and where
     * @param isTailTorn whether what is behind the last whole segment is what a crash left of the next; otherwise it was
     *     recorded once, and is kept
     */
    static void run(TakeFiles files, HourIndex index, boolean isTailTorn) throws IOException {
        try (FileChannel media = files.openMedia()) {
            new MediaRepair(files.media(), media, index, isTailTorn).run();
        }
    }

    /** Writes an init segment over one as long, and forces it to the disk. */
    static void writeInit(TakeFiles files, byte[] init) throws IOException {
        try (FileChannel media = files.openMedia()) {
            FileBytes.write(media, ByteBuffer.wrap(init), 0);
            media.force(true);
        }
    }

    /** Where the last segment ends that is here. */
    static long endBytes(HourIndex index) {
        long end = index.header().initBytes();
        for (int i = 0; i < index.count(); i++) {
            end = index.isHere(i) ? Math.max(end, index.offsetBytes(i) + index.lengthBytes(i)) : end;
        }
        return end;
    }

    private void run() throws IOException {
        long at = index.header().initBytes();
        for (int i = 0; i < index.count(); i++) {
            if (index.isHere(i)) {
                cover(at, index.offsetBytes(i));
                at = Math.max(at, index.offsetBytes(i) + index.lengthBytes(i));
            }
        }
        long size = media.size();
        if (!isTailTorn && size - at >= FreeBoxes.HEAD_BYTES) {
            cover(at, size);
        } else if (size > at) {
            media.truncate(at);
            changed = true;
            log.info("{}: cut off the last {} bytes, in which no segment is whole", file, size - at);
        }
        if (changed) {
            media.force(true);
        }
    }

    /** Fewer bytes than a box's head are between segments by no crash, and stay as they are. */
    private void cover(long from, long to) throws IOException {
        changed |= FreeBoxes.cover(media, from, to);
    }
}
