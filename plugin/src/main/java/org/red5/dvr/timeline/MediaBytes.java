package org.red5.dvr.timeline;

import java.nio.file.Path;

/** Bytes to send to a client: a part of a file, so that it can be sent without being read, or a small array. */
public sealed interface MediaBytes {
    long lengthBytes();

    /**
     * A part of a file that does not change while it is named here.
     *
     * @param file the file
     * @param offsetBytes first byte
     * @param lengthBytes number of bytes
     */
    record FileRegion(Path file, long offsetBytes, long lengthBytes) implements MediaBytes {}

    /** Bytes in memory; the array is not changed by anybody. */
    @SuppressWarnings("ArrayRecordComponent")
    record InMemory(byte[] bytes) implements MediaBytes {
        @Override
        public long lengthBytes() {
            return bytes.length;
        }
    }
}
