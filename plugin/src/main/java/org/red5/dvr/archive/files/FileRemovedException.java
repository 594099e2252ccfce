package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.file.Path;

/** A file was removed or replaced, by another than this process, while it was written. */
public final class FileRemovedException extends IOException {
    private static final long serialVersionUID = 1;

    public FileRemovedException(Path file) {
        super(file + " was removed or replaced while it was written");
    }
}
