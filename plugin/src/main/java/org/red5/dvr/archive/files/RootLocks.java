package org.red5.dvr.archive.files;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps two servers from writing below one root, where each would put right what the other has open: a file in the root is
 * locked, from when the root is first asked for until this is closed, or the process is gone. Any thread may call. A root
 * that is refused is reported once, and once again when it is free. A disk that hangs holds up only who asks for its roots.
 */
public final class RootLocks implements Closeable {
    /** Hidden, and no name that an application's directory can have. */
    public static final String NAME = ".dvr-lock";

    private static final Logger log = LoggerFactory.getLogger(RootLocks.class);

    /**
     * A lock file that is open. It stays so until the end: whoever closes one of two handles of a file gives up the
     * process's locks on it (fcntl(2)).
     */
    private static final class LockFile {
        private final FileChannel channel;

        @GuardedBy("this")
        private boolean isOurs;

        LockFile(FileChannel channel) {
            this.channel = channel;
        }
    }

    private final ArchiveMeter meter;
    private final Consumer<Path> whenFree;
    /** Roots that are this process's, and by what the system knows their lock files. */
    private final Map<Path, Object> granted = new ConcurrentHashMap<>();
    /** By what the system knows them by: two paths may lead to one root. */
    private final Map<Object, LockFile> files = new ConcurrentHashMap<>();
    /** Handles of lock files that had been opened already. */
    private final Set<FileChannel> spare = ConcurrentHashMap.newKeySet();
    /** For each root, what a thread holds that asks for its lock. */
    private final Map<Path, Object> monitors = new ConcurrentHashMap<>();

    private final Set<Path> refused = ConcurrentHashMap.newKeySet();
    /** Roots whose lack of a lock was reported. */
    private final Set<Path> unlocked = ConcurrentHashMap.newKeySet();
    /** Roots that {@link #whenFree} is run for, by the thread that holds the root's monitor. */
    private final Set<Path> entering = ConcurrentHashMap.newKeySet();

    /**
     * @param meter told which roots are refused
     * @param whenFree run with a root that was refused and is not any more, before anything else may be done there
     */
    public RootLocks(ArchiveMeter meter, Consumer<Path> whenFree) {
        this.meter = meter;
        this.whenFree = whenFree;
    }

    /**
     * Makes sure that nobody else writes below a root; one that is not there is anybody's.
     *
     * @throws RootInUseException when somebody does
     */
    public void require(Path root) throws RootInUseException {
        if (!isGranted(root)) {
            synchronized (monitors.computeIfAbsent(root, key -> new Object())) {
                claim(root);
            }
        }
    }

    /** The lock file may have been deleted, or another disk mounted over it. */
    private boolean isGranted(Path root) {
        Object key = granted.get(root);
        return key != null && Optional.of(key).equals(keyOf(root.resolve(NAME)));
    }

    private void claim(Path root) throws RootInUseException {
        if (isGranted(root) || entering.contains(root)) {
            return;
        }
        granted.remove(root);
        Optional<Object> key = lock(root);
        if (refused.remove(root)) {
            enter(root);
        }
        key.ifPresent(known -> granted.put(root, known));
    }

    /** Roots that are not in use here any more are nobody's trouble. */
    public void retain(List<Path> roots) {
        for (Path root : List.copyOf(refused)) {
            if (!roots.contains(root)) {
                refused.remove(root);
                meter.rootFree(root);
            }
        }
    }

    private void enter(Path root) {
        log.info("{} is not in use by another server any more: its streams are recorded", root);
        meter.rootFree(root);
        entering.add(root);
        try {
            whenFree.accept(root);
        } finally {
            entering.remove(root);
        }
    }

    /** By what the system knows the file that was locked; empty where there can be none. */
    private Optional<Object> lock(Path root) throws RootInUseException {
        if (!Files.isDirectory(root)) {
            return Optional.empty();
        }
        Path path = root.resolve(NAME);
        try {
            LockFile file = open(path);
            synchronized (file) {
                if (!file.isOurs) {
                    file.isOurs = tryLock(root, path, file.channel);
                }
            }
            return keyOf(path);
        } catch (RootInUseException e) {
            throw e;
        } catch (IOException e) {
            if (e instanceof AccessDeniedException && Files.exists(path)) {
                throw refusal(root, path + " cannot be opened: access denied");
            }
            // A full disk or one that is only read: what is written there fails, and says so, by itself.
            reportUnlocked(root, e);
            return Optional.empty();
        }
    }

    private LockFile open(Path path) throws IOException {
        Optional<Object> key = keyOf(path);
        LockFile known = key.map(files::get).orElse(null);
        if (known != null) {
            return known;
        }
        LockFile opened = new LockFile(FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
        LockFile before = files.putIfAbsent(keyOf(path).orElse(path), opened);
        if (before == null) {
            return opened;
        }
        spare.add(opened.channel);
        return before;
    }

    private boolean tryLock(Path root, Path path, FileChannel channel) throws RootInUseException {
        try {
            if (channel.tryLock() == null) {
                throw refusal(root, "another process holds " + path);
            }
        } catch (OverlappingFileLockException e) {
            throw refusal(root, "another archive of this process holds " + path);
        } catch (RootInUseException e) {
            throw e;
        } catch (IOException e) {
            reportUnlocked(root, e);
        }
        return true;
    }

    private void reportUnlocked(Path root, IOException e) {
        if (unlocked.add(root)) {
            log.warn("{} cannot be locked, nothing keeps another server from writing there: {}", root, e.toString());
        }
    }

    private RootInUseException refusal(Path root, String why) {
        RootInUseException refusal = new RootInUseException(root, why);
        if (refused.add(root)) {
            log.error("{}; its streams are not recorded until it is free", refusal.getMessage());
            meter.rootInUse(root);
        }
        return refusal;
    }

    private static Optional<Object> keyOf(Path file) {
        try {
            return Optional.of(FileKey.of(file));
        } catch (IOException e) {
            log.debug("no lock file yet: {}", e.toString());
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        granted.clear();
        files.values().forEach(file -> spare.add(file.channel));
        for (FileChannel channel : spare) {
            try {
                channel.close();
            } catch (IOException e) {
                log.warn("a lock file could not be closed: {}", e.toString());
            }
        }
        spare.clear();
        files.clear();
    }
}
