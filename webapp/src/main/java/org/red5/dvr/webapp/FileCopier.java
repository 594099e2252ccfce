package org.red5.dvr.webapp;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.red5.dvr.timeline.MediaBytes.FileRegion;

/** Copies parts of files to clients through large buffers that are used again. Any thread may call it. */
final class FileCopier {
    private static final int BUFFER_BYTES = 256 * 1_024;
    /** What more threads than this need at one time is not kept. */
    private static final int KEPT_BUFFERS = 32;

    private final BlockingQueue<byte[]> buffers = new ArrayBlockingQueue<>(KEPT_BUFFERS);

    /**
     * @throws IOException when the client is gone, or the file ends too early: part of the reply is sent by then, and
     *     the container breaks the connection
     */
    void copy(FileChannel file, FileRegion region, OutputStream out) throws IOException {
        byte[] kept = buffers.poll();
        byte[] buffer = kept == null ? new byte[BUFFER_BYTES] : kept;
        long position = region.offsetBytes();
        long end = position + region.lengthBytes();
        while (position < end) {
            int wanted = (int) Math.min(buffer.length, end - position);
            int read = file.read(ByteBuffer.wrap(buffer, 0, wanted), position);
            if (read < 0) {
                throw new EOFException(region.file() + " ends before byte " + end);
            }
            out.write(buffer, 0, read);
            position += read;
        }
        // The buffer of a failed copy is left to the garbage collector.
        buffers.offer(buffer);
    }
}
