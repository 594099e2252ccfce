package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets files aside that an archive cannot use: they stay in their directory under another name, and nothing reads or
 * deletes them any more.
 */
public final class Aside {
    private static final Logger log = LoggerFactory.getLogger(Aside.class);

    /** Does something with a file and a name for it that may be in use. */
    private interface Step {
        void take(Path file, Path aside) throws IOException;
    }

    private Aside() {}

    /** Renames a file and reports it. */
    public static void move(Path file, String reason) throws IOException {
        log.warn("{}: {}; set aside as {}", file, reason, take(file, Files::move));
    }

    /** Keeps a copy of a file that is about to be replaced, and reports it. */
    static void copy(Path file, String reason) throws IOException {
        log.warn("{}: {}; kept as {}", file, reason, take(file, Files::copy));
    }

    private static Path take(Path file, Step step) throws IOException {
        for (int count = 0; ; count++) {
            Path aside = ArchiveLayout.asideFile(file, count);
            try {
                step.take(file, aside);
                return aside;
            } catch (FileAlreadyExistsException e) {
                // Set aside before, under this name: the next one is tried.
                log.debug("{} is there already", aside);
            }
        }
    }
}
