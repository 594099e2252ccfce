package org.red5.dvr.archive.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.media.fmp4.FragmentReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a media file fit its index: what lies between whole segments becomes {@code free} boxes (ISO/IEC 14496-12, 8.1.2),
 * which players skip, and a torn tail is cut off. Of damaged bytes only the eight are written over that each box begins with.
 */
final class MediaRepair {
    private static final Logger log = LoggerFactory.getLogger(MediaRepair.class);
    private static final int BOX_HEAD_BYTES = FragmentReader.BOX_HEAD_BYTES;
    private static final long LARGEST_BOX_BYTES = 1 << 30;

    private final Path file;
    private final FileChannel media;
    private final boolean isTailTorn;
    private boolean changed;

    private MediaRepair(Path file, FileChannel media, boolean isTailTorn) {
        this.file = file;
        this.media = media;
        this.isTailTorn = isTailTorn;
    }

    /**
     * Does nothing to a file that fits.
     *
     * @param initBytes length of the init segment, which is whole
     * @param count how many records there are
     * @param isTailTorn whether what is behind the last whole segment is what a crash left of the next; otherwise it was
     *     recorded once, and is kept
     */
    static void run(Path file, int initBytes, ByteBuffer records, int count, boolean isTailTorn) throws IOException {
        try (FileChannel media = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            new MediaRepair(file, media, isTailTorn).run(initBytes, records, count);
        }
    }

    /** Writes an init segment over one as long, and forces it to the disk. */
    static void writeInit(Path file, byte[] init) throws IOException {
        try (FileChannel media = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(init);
            while (rest.hasRemaining()) {
                media.write(rest, rest.position());
            }
            media.force(true);
        }
    }

    /** Where the last whole segment ends. */
    static long endBytes(int initBytes, ByteBuffer records, int count) {
        long end = initBytes;
        for (int place = 0; place < count; place++) {
            int at = IndexImage.at(place);
            end = IndexFormat.isDamaged(records, at) ? end : Math.max(end, IndexFormat.endOffsetBytes(records, at));
        }
        return end;
    }

    private void run(int initBytes, ByteBuffer records, int count) throws IOException {
        long at = initBytes;
        for (int place = 0; place < count; place++) {
            int record = IndexImage.at(place);
            if (!IndexFormat.isDamaged(records, record)) {
                cover(at, IndexFormat.offsetBytes(records, record));
                at = Math.max(at, IndexFormat.endOffsetBytes(records, record));
            }
        }
        long size = media.size();
        if (!isTailTorn && size - at >= BOX_HEAD_BYTES) {
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

    /** Lets players skip some bytes; fewer than a box's head are between segments by no crash, and stay as they are. */
    private void cover(long from, long to) throws IOException {
        for (long at = from; to - at >= BOX_HEAD_BYTES; ) {
            long length = to - at <= LARGEST_BOX_BYTES ? to - at : LARGEST_BOX_BYTES - BOX_HEAD_BYTES;
            ByteBuffer head = ByteBuffer.allocate(BOX_HEAD_BYTES)
                    .putInt(0, (int) length)
                    .putInt(Integer.BYTES, MediaScanner.FREE);
            if (!head.equals(bytes(at))) {
                while (head.hasRemaining()) {
                    media.write(head, at + head.position());
                }
                changed = true;
            }
            at += length;
        }
    }

    private ByteBuffer bytes(long offset) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BOX_HEAD_BYTES);
        while (bytes.hasRemaining() && media.read(bytes, offset + bytes.position()) >= 0) {
            // Reads on until the box's head is there or the file ends.
        }
        return bytes.flip();
    }
}
