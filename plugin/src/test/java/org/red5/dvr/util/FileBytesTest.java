package org.red5.dvr.util;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.files.ForwardingChannel;

class FileBytesTest {
    private static final byte[] BYTES = {1, 2, 3, 4, 5, 6, 7, 8};

    @TempDir
    private Path dir;

    /** Takes and gives three bytes at a time. */
    private static final class Grudging extends ForwardingChannel {
        private static final int MOST = 3;

        Grudging(FileChannel channel) {
            super(channel);
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            ByteBuffer some = into.slice(into.position(), Math.min(MOST, into.remaining()));
            int read = super.read(some, position);
            into.position(into.position() + Math.max(0, read));
            return read;
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            ByteBuffer some = from.slice(from.position(), Math.min(MOST, from.remaining()));
            int written = super.write(some, position);
            from.position(from.position() + written);
            return written;
        }
    }

    private Grudging open() throws IOException {
        return new Grudging(FileChannel.open(
                dir.resolve("file"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Test
    void writesWhatIsLeftOfABuffer() throws IOException {
        try (FileChannel file = open()) {
            FileBytes.write(file, ByteBuffer.wrap(BYTES), 0);
            FileBytes.write(file, ByteBuffer.wrap(BYTES, 0, 4), 2);
        }
        assertArrayEquals(new byte[] {1, 2, 1, 2, 3, 4, 7, 8}, Files.readAllBytes(dir.resolve("file")));
    }

    @Test
    void readsUntilABufferIsFull() throws IOException {
        Files.write(dir.resolve("file"), BYTES);
        ByteBuffer bytes = ByteBuffer.allocate(7).position(2);
        try (FileChannel file = open()) {
            assertTrue(FileBytes.read(file, bytes, 3));
        }
        assertArrayEquals(new byte[] {0, 0, 4, 5, 6, 7, 8}, bytes.array());
    }

    @Test
    void tellsThatAFileEndedBefore() throws IOException {
        Files.write(dir.resolve("file"), BYTES);
        ByteBuffer bytes = ByteBuffer.allocate(4);
        try (FileChannel file = open()) {
            assertFalse(FileBytes.read(file, bytes, 5));
        }
        assertEquals(3, bytes.position());
    }
}
