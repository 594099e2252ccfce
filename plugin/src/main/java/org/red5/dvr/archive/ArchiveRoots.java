package org.red5.dvr.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.archive.files.RootInUseException;
import org.red5.dvr.archive.files.RootLocks;

/** The directories that may hold recordings, and which of them may be used now. Any thread may call. */
final class ArchiveRoots implements Closeable {
    private volatile List<Path> roots;
    /** Roots that are being put right: nobody may use them yet. */
    private final Set<Path> held = ConcurrentHashMap.newKeySet();
    /** How often a root was held and is not any more. */
    private final AtomicLong released = new AtomicLong();

    private final DiskReaders readers;
    private final RootLocks locks;

    /**
     * @param whenFree puts a root right that another server wrote below until now
     */
    ArchiveRoots(List<Path> roots, ArchiveMeter meter, Consumer<Path> whenFree) {
        this.roots = List.copyOf(roots);
        this.readers = new DiskReaders(() -> this.roots, meter, System::nanoTime);
        this.locks = new RootLocks(meter, whenFree);
    }

    List<Path> all() {
        return roots;
    }

    boolean contains(Path root) {
        return roots.contains(root);
    }

    /** Takes other directories for all that may hold recordings. */
    void use(List<Path> now) {
        roots = List.copyOf(now);
        locks.retain(roots);
    }

    /** Keeps everybody from using a root until it has been put right. */
    void hold(Path root) {
        held.add(root);
    }

    /** Gives a root free for use. */
    void release(Path root) {
        if (held.remove(root)) {
            released.incrementAndGet();
        }
    }

    boolean isHeld(Path root) {
        return held.contains(root);
    }

    void requireReleased(Path root) throws IOException {
        if (isHeld(root)) {
            throw new IOException(root + " is still being looked through after the start");
        }
    }

    /** How often a root was held and is not any more. */
    long releases() {
        return released.get();
    }

    /**
     * Makes sure that nobody else writes below a root.
     *
     * @throws RootInUseException when somebody does
     */
    void requireLock(Path root) throws RootInUseException {
        locks.require(root);
    }

    /** Keeps those who read from being held up by a root that does not answer. */
    DiskReaders readers() {
        return readers;
    }

    @Override
    public void close() {
        locks.close();
    }
}
