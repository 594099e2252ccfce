package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.timeline.UnreachableException;

/**
 * Bounds how many threads each root may hold up: so many read at one time, as many more wait a little, and while nobody comes back
 * from a root all others are turned away at once, but for a few that notice when it is back. Any thread may call.
 */
public final class DiskReaders {
    /** Of files that are not known to be below any root. */
    public static final DiskReaders OF_NO_ROOT = new DiskReaders(List::of, ArchiveMeter.NONE, System::nanoTime);

    private final Supplier<List<Path>> roots;
    private final ArchiveMeter meter;
    private final LongSupplier nanoTime;
    private final Map<Path, RootReaders> readers = new ConcurrentHashMap<>();

    /** Reads a disk. */
    @FunctionalInterface
    public interface Reading<T> {
        T read() throws IOException;
    }

    /**
     * @param roots every directory that may hold recordings
     * @param meter told of roots that do not answer
     * @param nanoTime a clock that is never set
     */
    public DiskReaders(Supplier<List<Path>> roots, ArchiveMeter meter, LongSupplier nanoTime) {
        this.roots = roots;
        this.meter = meter;
        this.nanoTime = nanoTime;
    }

    /**
     * Reads what lies below a root.
     *
     * @throws UnreachableException at once, or after two seconds, when the root does not answer
     */
    public <T> T read(Path file, Reading<T> reading) throws IOException {
        RootReaders root = readers.computeIfAbsent(rootOf(file), path -> new RootReaders(path, meter, nanoTime));
        Object reader = root.enter();
        try {
            return reading.read();
        } finally {
            root.leave(reader);
        }
    }

    private Path rootOf(Path file) {
        for (Path root : roots.get()) {
            if (file.startsWith(root)) {
                return root;
            }
        }
        // Of a root that is not configured any more, or of none: nothing else is held up by it.
        return Objects.requireNonNullElse(file.getRoot(), file);
    }
}
