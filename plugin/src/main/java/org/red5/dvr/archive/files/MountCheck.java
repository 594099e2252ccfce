package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses roots that are no mounted file systems, so that recordings do not fill the disk below the place where another one
 * should be. Any thread may call. A root that is refused is reported once, and once again when it is there.
 */
public final class MountCheck {
    /** Answers whether a directory is the root of a mounted file system. */
    public interface Mounts {
        boolean isMountPoint(Path directory) throws IOException;
    }

    private static final Logger log = LoggerFactory.getLogger(MountCheck.class);
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final int MOUNT_POINT_FIELD = 4;

    private final Mounts mounts;
    private final Set<Path> refused = ConcurrentHashMap.newKeySet();

    public MountCheck(Mounts mounts) {
        this.mounts = mounts;
    }

    /**
     * @throws NotMountedException when the root is not mounted, or is not there
     */
    public void check(Path root) throws NotMountedException {
        NotMountedException refusal = refusal(root);
        if (refusal == null) {
            if (refused.remove(root)) {
                log.info("{} is mounted again: its streams are recorded", root);
            }
            return;
        }
        if (refused.add(root)) {
            log.error("{}; its streams are not recorded until it is one", refusal.getMessage());
        }
        throw refusal;
    }

    private @Nullable NotMountedException refusal(Path root) {
        try {
            if (!Files.isDirectory(root)) {
                return new NotMountedException(root, "there is no such directory");
            }
            return mounts.isMountPoint(root)
                    ? null
                    : new NotMountedException(root, "the directory belongs to the file system above it");
        } catch (IOException e) {
            return new NotMountedException(root, e.toString());
        }
    }

    /** Asks the system: another file system than the directory above, or, for bind mounts, listed by the kernel. */
    public static boolean ofSystem(Path directory) throws IOException {
        Path real = directory.toRealPath();
        Path above = real.getParent();
        return above == null
                || !Files.getFileStore(real).equals(Files.getFileStore(above))
                || Files.isReadable(MOUNTS) && isListed(real, Files.readString(MOUNTS, StandardCharsets.UTF_8));
    }

    /** Whether a path is a mount point in the text of proc_pid_mountinfo(5). */
    static boolean isListed(Path path, String mountInfo) {
        return mountInfo
                .lines()
                .map(line -> line.split(" "))
                .anyMatch(fields -> fields.length > MOUNT_POINT_FIELD
                        && unescaped(fields[MOUNT_POINT_FIELD]).equals(path.toString()));
    }

    /** Spaces and the like stand there as a backslash and three octal digits. */
    private static String unescaped(String field) {
        return field.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
