package org.red5.dvr.archive.retention;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.StreamArchive;
import org.red5.dvr.store.RangeLocks;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

/**
 * The locks of the local archive's streams, each stream's kept beside its recordings. Any thread may call; while a disk hangs, few that
 * ask for locks on it wait.
 */
public final class ArchiveLocks implements RangeLocks {
    /** What is to be done with an hour while no lock can come or go. */
    interface Decision {
        void run(boolean isLocked) throws IOException;
    }

    private interface Change {
        List<UtcRange> of(List<UtcRange> locks);
    }

    /** A stream's locks. Its monitor is held while the file is read or written, and while an hour is deleted. */
    private static final class StreamLocks {
        private final Path directory;
        /** Read by anybody, written with the monitor held. */
        private volatile Optional<List<UtcRange>> known = Optional.empty();

        StreamLocks(Path directory) {
            this.directory = directory;
        }

        synchronized List<UtcRange> ranges() throws IOException {
            if (known.isEmpty()) {
                if (!Files.isDirectory(directory)) {
                    return List.of(); // Nothing is recorded yet, or the disk will be mounted later.
                }
                known = Optional.of(LockFile.read(directory));
            }
            return known.get();
        }

        synchronized List<UtcRange> change(Change change) throws IOException {
            List<UtcRange> next = change.of(ranges());
            if (!next.equals(ranges())) {
                LockFile.write(directory, next);
                known = Optional.of(next);
            }
            return next;
        }

        synchronized void decide(UtcRange range, Decision decision) throws IOException {
            decision.run(ranges().stream().anyMatch(lock -> lock.intersects(range.fromMicros(), range.toMicros())));
        }
    }

    private final LocalArchive archive;
    private final Map<Path, StreamLocks> locks = new ConcurrentHashMap<>();

    public ArchiveLocks(LocalArchive archive) {
        this.archive = archive;
    }

    @Override
    public Optional<List<UtcRange>> locks(StreamKey stream) throws IOException {
        Optional<StreamLocks> found = find(stream);
        if (found.isEmpty() || found.get().known.isPresent()) {
            return found.flatMap(each -> each.known);
        }
        return Optional.of(archive.readers().read(found.get().directory, found.get()::ranges));
    }

    @Override
    public Optional<List<UtcRange>> lock(StreamKey stream, UtcRange range) throws IOException {
        return change(stream, ranges -> union(ranges, range));
    }

    @Override
    public Optional<List<UtcRange>> unlock(StreamKey stream, UtcRange range) throws IOException {
        return change(stream, ranges -> without(ranges, range));
    }

    /**
     * Finds out whether anything that an hour may hold is locked, and does something while that stays so. A segment that
     * begins in an hour may reach two cells of the grid into the next.
     *
     * @throws IOException when that cannot be found out: nothing may be deleted then
     */
    void decide(StreamArchive hours, long hour, Decision decision) throws IOException {
        long from = hour * Hours.MICROS;
        UtcRange reach = new UtcRange(from, from + Hours.MICROS + 2 * hours.periodMicros());
        of(hours).decide(reach, decision);
    }

    private Optional<List<UtcRange>> change(StreamKey stream, Change change) throws IOException {
        Optional<StreamLocks> found = find(stream);
        return found.isPresent()
                ? Optional.of(archive.readers()
                        .read(found.get().directory, () -> found.get().change(change)))
                : Optional.empty();
    }

    private Optional<StreamLocks> find(StreamKey stream) throws IOException {
        return archive.archive(stream).map(this::of);
    }

    private StreamLocks of(StreamArchive hours) {
        return locks.computeIfAbsent(hours.directory(), StreamLocks::new);
    }

    private static List<UtcRange> union(List<UtcRange> ranges, UtcRange added) {
        List<UtcRange> all = new ArrayList<>();
        long from = added.fromMicros();
        long to = added.toMicros();
        for (UtcRange range : ranges) {
            if (range.toMicros() < from || range.fromMicros() > to) {
                all.add(range);
            } else {
                from = Math.min(from, range.fromMicros());
                to = Math.max(to, range.toMicros());
            }
        }
        all.add(new UtcRange(from, to));
        all.sort(Comparator.comparingLong(UtcRange::fromMicros));
        return List.copyOf(all);
    }

    private static List<UtcRange> without(List<UtcRange> ranges, UtcRange removed) {
        List<UtcRange> left = new ArrayList<>();
        for (UtcRange range : ranges) {
            if (range.fromMicros() < Math.min(range.toMicros(), removed.fromMicros())) {
                left.add(new UtcRange(range.fromMicros(), Math.min(range.toMicros(), removed.fromMicros())));
            }
            if (Math.max(range.fromMicros(), removed.toMicros()) < range.toMicros()) {
                left.add(new UtcRange(Math.max(range.fromMicros(), removed.toMicros()), range.toMicros()));
            }
        }
        return List.copyOf(left);
    }
}
