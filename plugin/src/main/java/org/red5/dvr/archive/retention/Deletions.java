package org.red5.dvr.archive.retention;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.red5.dvr.archive.StreamArchive;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.StorageStatus.Deletion;
import org.red5.dvr.timeline.StorageStatus.Limit;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes hours in two steps: what is marked deleted is offered to nobody any more, and its files go when those who were sent to
 * them have opened them. What is locked in between stays. What is below one root is handled by one thread at a time.
 */
public final class Deletions {
    /** A file that a reply was promised is opened within this time. */
    public static final long GRACE_NANOS = 30_000_000_000L;

    private static final Logger log = LoggerFactory.getLogger(Deletions.class);
    /** After a failure, the next try comes this much later. */
    private static final long RETRY_NANOS = 60_000_000_000L;

    private record MarkedDeleted(StreamHours stream, long hour, long bytes, long segments, Limit limit, long dueNanos) {
        MarkedDeleted later() {
            return new MarkedDeleted(stream, hour, bytes, segments, limit, dueNanos + RETRY_NANOS);
        }

        @Override
        public String toString() {
            return stream.archive().hours().hourDirectory(hour) + " of " + stream.stream();
        }
    }

    private final ArchiveLocks locks;
    private final LongSupplier nanoTime;
    private final LongConsumer whenDeleted;
    /** What is marked deleted below each root. */
    private final Map<Path, List<MarkedDeleted>> markedDeleted = new ConcurrentHashMap<>();

    private final DeletionLog done = new DeletionLog();

    /**
     * @param nanoTime a clock that never steps
     * @param whenDeleted told how many segments were deleted
     */
    Deletions(ArchiveLocks locks, LongSupplier nanoTime, LongConsumer whenDeleted) {
        this.locks = locks;
        this.nanoTime = nanoTime;
        this.whenDeleted = whenDeleted;
    }

    /**
     * Marks an hour deleted, unless it is locked or being written.
     *
     * @return whether it will be deleted
     */
    boolean markDeleted(StreamHours stream, long hour, Limit limit) throws IOException {
        StreamArchive archive = stream.archive();
        List<MarkedDeleted> below = below(archive.root());
        int before = below.size();
        locks.decide(archive, hour, isLocked -> {
            // What stays is not read: in every pass it would be again.
            if (isLocked || archive.hours().isOpen(hour)) {
                return;
            }
            long segments = archive.hours().listedSegments(hour);
            long bytes = stream.bytesOf(hour);
            if (archive.hours().markDeleted(hour)) {
                long due = nanoTime.getAsLong() + GRACE_NANOS;
                below.add(new MarkedDeleted(stream, hour, bytes, segments, limit, due));
                stream.remove(hour);
            }
        });
        return below.size() > before;
    }

    /** What will be free on the disk of some roots when all that is marked deleted is deleted. */
    long pendingBytes(List<Path> roots) {
        return roots.stream()
                .flatMap(root -> below(root).stream())
                .mapToLong(MarkedDeleted::bytes)
                .sum();
    }

    /** The roots below which something was marked deleted once. */
    Set<Path> roots() {
        return markedDeleted.keySet();
    }

    /** Deletes what was marked deleted long enough ago below a root. What cannot be deleted is logged and tried again later. */
    void deleteDue(Path root) {
        Deque<MarkedDeleted> again = new ArrayDeque<>();
        long now = nanoTime.getAsLong();
        for (Iterator<MarkedDeleted> all = below(root).iterator(); all.hasNext(); ) {
            MarkedDeleted each = all.next();
            if (each.dueNanos() - now <= 0) {
                all.remove();
                try {
                    locks.decide(each.stream().archive(), each.hour(), isLocked -> carryOut(each, isLocked));
                } catch (IOException e) {
                    log.warn("{} has expired but could not be deleted: {}", each, e.toString());
                    again.add(each.later());
                } catch (RuntimeException e) {
                    log.error("{} has expired but was not deleted, because of a defect", each, e);
                    again.add(each.later());
                }
            }
        }
        below(root).addAll(again);
    }

    private List<MarkedDeleted> below(Path root) {
        return markedDeleted.computeIfAbsent(root, key -> new ArrayList<>());
    }

    /**
     * The last deletions of a stream, oldest first.
     *
     * @throws UnreachableException when its disk does not answer
     */
    List<Deletion> of(StreamArchive stream, DiskReaders readers) throws IOException {
        return done.of(stream.directory(), readers);
    }

    private void carryOut(MarkedDeleted each, boolean isLocked) throws IOException {
        StreamArchive archive = each.stream().archive();
        if (isLocked) {
            archive.hours().unmarkDeleted(each.hour());
            each.stream().restore(each.hour());
            return;
        }
        archive.checkRoot();
        int files = archive.hours().deleteMarked(each.hour());
        if (files > 0) {
            log.info(
                    "deleted {}, {} files, {} bytes: limit by {}",
                    each,
                    files,
                    each.bytes(),
                    each.limit().word());
            whenDeleted.accept(each.segments());
            remember(each);
        }
    }

    private void remember(MarkedDeleted each) {
        long from = each.hour() * Hours.MICROS;
        UtcRange range = new UtcRange(from, from + Hours.MICROS);
        done.add(each.stream().archive().directory(), new Deletion(range, each.bytes(), each.limit()));
    }
}
