package org.red5.dvr.testbed.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A folder for one run of a benchmark, deleted at its end unless the user named it. */
final class Scratch implements Closeable {
    private final Path folder;
    private final boolean keep;

    Scratch(Optional<Path> given) throws IOException {
        keep = given.isPresent();
        folder = keep ? Files.createDirectories(given.get()) : Files.createTempDirectory("red5-dvr-bench");
        if (keep) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    throw new IOException(folder + " is not empty");
                }
            }
        }
    }

    Path resolve(String name) {
        return folder.resolve(name);
    }

    @Override
    public void close() throws IOException {
        if (!keep) {
            List<Path> files;
            try (Stream<Path> walk = Files.walk(folder)) {
                files = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }
}
