package org.red5.dvr.testbed;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A disk that can be made to hang: a file with a file system of its own, mounted as long as this is open. While it is frozen whoever
 * writes to it hangs, beyond any signal; what is on it can be read. Needs root, {@code mkfs.ext4} and {@code fsfreeze}. For one thread.
 */
final class FreezableDisk implements Closeable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Path image;
    private final Path folder;
    private boolean frozen;

    private FreezableDisk(Path image, Path folder) {
        this.image = image;
        this.folder = folder;
    }

    /** Mounts it at a folder, which is created; empty where the system does not allow it or lacks the tools. */
    static Optional<FreezableDisk> mount(Path folder, int megabytes) throws IOException, InterruptedException {
        Path place = Files.createDirectories(folder).toAbsolutePath();
        Path image = place.resolveSibling(place.getFileName() + ".img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((long) megabytes << 20);
        }
        if (succeeds("mkfs.ext4", "-q", "-F", image.toString())
                && succeeds("mount", "-o", "loop", image.toString(), place.toString())) {
            return Optional.of(new FreezableDisk(image, place));
        }
        Files.delete(image);
        return Optional.empty();
    }

    Path folder() {
        return folder;
    }

    void freeze() throws IOException, InterruptedException {
        run("fsfreeze", "-f", folder.toString()).requireSuccess();
        frozen = true;
    }

    void thaw() throws IOException, InterruptedException {
        run("fsfreeze", "-u", folder.toString()).requireSuccess();
        frozen = false;
    }

    /** Unmounts it, even where files on it are open still. */
    @Override
    public void close() throws IOException {
        try {
            if (frozen) {
                thaw();
            }
            run("umount", "-l", folder.toString()).requireSuccess();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted while unmounting " + folder, e));
        } finally {
            Files.delete(image);
        }
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return run(command).exitCode() == 0;
        } catch (IOException e) {
            return false; // There is no such command.
        }
    }

    private static RunningProcess.Result run(String... command) throws IOException, InterruptedException {
        try (RunningProcess process = RunningProcess.start(new ProcessBuilder(command))) {
            return process.await(LIMIT);
        }
    }
}
