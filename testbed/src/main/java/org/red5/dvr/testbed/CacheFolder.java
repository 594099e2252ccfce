package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The folder for what is made once and used by many runs: executables and test clips. Safe for several processes at once. */
public final class CacheFolder {
    private final Path root;

    CacheFolder(Path root) {
        this.root = root;
    }

    /** The folder named by the system property {@code testbed.cache}, else one among the user's temporary files. */
    public static CacheFolder standard() {
        Path fallback = Path.of(
                System.getProperty("java.io.tmpdir"), "red5-cluster-dvr-testbed-" + System.getProperty("user.name"));
        return new CacheFolder(Path.of(System.getProperty("testbed.cache", fallback.toString()))
                .toAbsolutePath());
    }

    /** The entry of this name, made by {@code maker} if it is not there yet: it is complete, or it does not exist. */
    Path get(String name, Maker maker) throws IOException {
        Path entry = root.resolve(name);
        if (Files.exists(entry)) {
            return entry;
        }
        Files.createDirectories(root);
        Path folder = Files.createTempDirectory(root, ".making-");
        try {
            Path made = folder.resolve(name);
            maker.make(made);
            publish(made, entry);
        } finally {
            Red5Layout.deleteTree(folder);
        }
        return entry;
    }

    /** Another process may have been faster; what it made is as good. A folder that is there is no error with a class of its own. */
    private static void publish(Path made, Path entry) throws IOException {
        try {
            Files.move(made, entry, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            if (!Files.exists(entry)) {
                throw e;
            }
        }
    }

    /** Makes the file or folder {@code target}, which does not exist. */
    interface Maker {
        void make(Path target) throws IOException;
    }
}
