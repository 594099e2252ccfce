package org.red5.dvr.archive.files;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** When what was written is forced to the disk, so that it outlives a loss of power and not only of the process. */
public enum DiskSync {
    /** A segment's media before it is listed, and the list after it; the names of new files and directories with them. */
    SEGMENT,
    /** When the operating system likes. */
    NONE;

    /** On Windows a directory cannot be opened; its file system keeps names in a journal. */
    private static final boolean FORCES_NAMES = File.separatorChar == '/';

    /** Forces a file's content, if that is to be done. */
    public void force(FileChannel file) throws IOException {
        if (this == SEGMENT) {
            file.force(false);
        }
    }

    /** Makes a directory and those above it; the names of the new ones are forced with the directories they lie in. */
    public void createDirectories(Path directory) throws IOException {
        Path known = directory.toAbsolutePath();
        while (known != null && !Files.isDirectory(known)) {
            known = known.getParent();
        }
        Files.createDirectories(directory);
        for (Path made = directory.toAbsolutePath(); made != null && !made.equals(known); made = made.getParent()) {
            forceNames(made.getParent());
        }
    }

    /** Forces the names in a directory, if that is to be done. */
    public void forceNames(@Nullable Path directory) throws IOException {
        if (this == SEGMENT && directory != null && FORCES_NAMES) {
            try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
                names.force(true);
            }
        }
    }
}
