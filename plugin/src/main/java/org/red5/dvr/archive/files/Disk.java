package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What recording needs of a file system. Any thread may call. */
public interface Disk {
    /** The file systems of this machine. */
    Disk LOCAL = new Disk() {
        @Override
        public FileChannel create(Path file) throws IOException {
            return FileChannel.open(
                    file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }

        @Override
        public FileChannel open(Path file) throws IOException {
            return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }

        @Override
        public long usableBytes(Path file) throws IOException {
            Path there = file.toAbsolutePath();
            for (Path parent = there.getParent(); !Files.exists(there) && parent != null; parent = there.getParent()) {
                there = parent;
            }
            return Files.getFileStore(there).getUsableSpace();
        }
    };

    /**
     * Creates a file for reading and writing.
     *
     * @throws IOException when it cannot be created, or is there already
     */
    FileChannel create(Path file) throws IOException;

    /**
     * Opens a file for reading and writing.
     *
     * @throws IOException when it cannot be written, or is not there
     */
    FileChannel open(Path file) throws IOException;

    /** What can still be written to the file system that a path belongs to, whether the path is there yet or not. */
    long usableBytes(Path file) throws IOException;
}
