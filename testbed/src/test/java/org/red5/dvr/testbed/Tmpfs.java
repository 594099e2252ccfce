package org.red5.dvr.testbed;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** A disk of a few megabytes: a file system in memory, mounted as long as this is open. Mounting needs root. */
final class Tmpfs implements Closeable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String BALLAST = "ballast";

    private final Path folder;

    private Tmpfs(Path folder) {
        this.folder = folder;
    }

    /** Mounts it at a folder, which is created; a system that does not allow it fails the test, and says what is missing. */
    static Tmpfs mount(Path folder, int megabytes) throws IOException, InterruptedException {
        Path place = Files.createDirectories(folder).toAbsolutePath();
        RunningProcess.Result result =
                run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "none", place.toString());
        if (result.exitCode() != 0) {
            throw new AssertionError("this test mounts a disk of " + megabytes
                    + " MB and must be allowed to, for instance as root: " + result.errors());
        }
        return new Tmpfs(place);
    }

    Path folder() {
        return folder;
    }

    long usableBytes() throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    long totalBytes() throws IOException {
        return Files.getFileStore(folder).getTotalSpace();
    }

    /** Takes up space with a file that is no recording, until only so much is left. */
    void fill(long leftBytes) throws IOException {
        try (FileChannel file =
                FileChannel.open(folder.resolve(BALLAST), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (long over = usableBytes() - leftBytes; over > 0; over = usableBytes() - leftBytes) {
                file.write(ByteBuffer.allocate((int) Math.min(over, 1 << 20)));
            }
        }
    }

    /** Gives the space back. */
    void empty() throws IOException {
        Files.delete(folder.resolve(BALLAST));
    }

    /** Unmounts it, even where files on it are open still. */
    @Override
    public void close() throws IOException {
        try {
            run("umount", "-l", folder.toString()).requireSuccess();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted while unmounting " + folder, e));
        }
    }

    private static RunningProcess.Result run(String... command) throws IOException, InterruptedException {
        try (RunningProcess process = RunningProcess.start(new ProcessBuilder(command))) {
            return process.await(LIMIT);
        }
    }
}
