package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where files go that an archive cannot use: {@code <root>/.damaged}, by the path that they had below the root. Nothing
 * is ever deleted from there.
 */
final class Aside {
    private static final Logger log = LoggerFactory.getLogger(Aside.class);
    /** Begins with a dot, as no application's directory does. */
    private static final String DIRECTORY = ".damaged";

    private final Path root;

    Aside(Path root) {
        this.root = root;
    }

    /** Moves a file there and reports it. */
    void take(Path file, String reason) throws IOException {
        Path wanted = root.resolve(DIRECTORY).resolve(root.relativize(file));
        Files.createDirectories(wanted.getParent());
        Path target = wanted;
        for (int copy = 1; !moved(file, target); copy++) {
            target = wanted.resolveSibling(wanted.getFileName() + "." + copy);
        }
        log.warn("{}: {}; set aside as {}", file, reason, target);
    }

    private static boolean moved(Path file, Path target) throws IOException {
        try {
            Files.move(file, target);
            return true;
        } catch (FileAlreadyExistsException e) {
            // Set aside before, under this name.
            return false;
        }
    }
}
