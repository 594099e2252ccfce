package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.red5.dvr.util.FileBytes;

/**
 * Boxes of the type {@code free} (ISO/IEC 14496-12, 8.1.2), which players skip: they stand between and behind segments where a file has
 * none. Of what is there already only the eight bytes are written over that each box begins with.
 */
public final class FreeBoxes {
    /** Their type. */
    public static final int TYPE = 0x66726565;

    /** Size and type, with which every box begins. */
    public static final int HEAD_BYTES = 8;
    /** More than that takes several boxes, so that a size always has 32 bits. */
    private static final long LARGEST_BYTES = 1 << 30;

    private FreeBoxes() {}

    /**
     * Covers some bytes with as few boxes as there must be, beginning with the first; gives whether anything was written. Fewer
     * bytes than a box has at least stay as they are.
     *
     * @param media open for reading and writing, at least {@code to} bytes long
     */
    public static boolean cover(FileChannel media, long from, long to) throws IOException {
        boolean changed = false;
        for (long at = from; to - at >= HEAD_BYTES; ) {
            long length = to - at <= LARGEST_BYTES ? to - at : LARGEST_BYTES - HEAD_BYTES;
            ByteBuffer head =
                    ByteBuffer.allocate(HEAD_BYTES).putInt(0, (int) length).putInt(Integer.BYTES, TYPE);
            if (!head.equals(head(media, at))) {
                FileBytes.write(media, head, at);
                changed = true;
            }
            at += length;
        }
        return changed;
    }

    private static ByteBuffer head(FileChannel media, long offset) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(HEAD_BYTES);
        FileBytes.read(media, bytes, offset);
        return bytes.flip();
    }
}
