package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** What the system knows a file by, whatever its name is by now. */
public final class FileKey {
    private FileKey() {}

    /**
     * The key of the file that has a name now.
     *
     * @throws IOException when there is none
     */
    public static Object of(Path file) throws IOException {
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        return key == null ? file.toRealPath() : key;
    }
}
