package org.red5.dvr.util;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Reads and writes to the last byte: a channel may take or give a part of them at a time. */
public final class FileBytes {
    private FileBytes() {}

    /**
     * Reads until a buffer is full or the file ends; gives whether it is full.
     *
     * @param offsetBytes where in the file the first of them is
     */
    public static boolean read(FileChannel file, ByteBuffer into, long offsetBytes) throws IOException {
        long at = offsetBytes;
        while (into.hasRemaining()) {
            int some = file.read(into, at);
            if (some < 0) {
                return false;
            }
            at += some;
        }
        return true;
    }

    /**
     * Writes what is left in a buffer.
     *
     * @param offsetBytes where in the file the first of it comes to be
     */
    public static void write(FileChannel file, ByteBuffer bytes, long offsetBytes) throws IOException {
        long at = offsetBytes;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
    }
}
