package org.red5.dvr.archive.retention;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.StreamArchive;
import org.red5.dvr.archive.files.UnfitRootException;
import org.red5.dvr.archive.retention.OldestFirst.Candidate;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.StorageStatus;
import org.red5.dvr.timeline.StorageStatus.Limit;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UnreachableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps archives within their limits by age, bytes and share of the disk: the oldest hour goes first across what a limit
 * covers, but never one that is being written or locked, nor a file that is not the archive's. One thread calls
 * {@link #sweep()}, the more often the closer; any may ask for the status. Each disk is swept by itself: what hangs or cannot
 * be read stays as it is, and the rest is kept within its limits.
 */
public final class Expiry {
    private static final Logger log = LoggerFactory.getLogger(Expiry.class);

    /** What a limit by bytes covers. */
    private record Cover(RetentionRule rule, Path root) {}

    private final LocalArchive archive;
    private final Function<StreamKey, Optional<RetentionRule>> ruleOf;
    private final LongSupplier utcMicros;
    private final LongSupplier nanoTime;
    private final Deletions deletions;
    private final DiskWatch disks;
    private final DiskThreads threads;
    private final Map<StreamKey, StreamHours> known = new ConcurrentHashMap<>();
    /** What is wrong with streams, as it was logged last. */
    private final Map<StreamKey, String> reported = new ConcurrentHashMap<>();

    /**
     * @param ruleOf how much is kept of a stream; without a rule all is kept
     * @param utcMicros the clock, microseconds since the Unix epoch
     * @param nanoTime a clock that never steps
     * @param whenDeleted told how many segments were deleted
     */
    public Expiry(
            LocalArchive archive,
            ArchiveLocks locks,
            Function<StreamKey, Optional<RetentionRule>> ruleOf,
            Disks disks,
            LongSupplier utcMicros,
            LongSupplier nanoTime,
            LongConsumer whenDeleted) {
        this.archive = archive;
        this.ruleOf = ruleOf;
        this.utcMicros = utcMicros;
        this.nanoTime = nanoTime;
        this.deletions = new Deletions(locks, nanoTime, whenDeleted);
        this.disks = new DiskWatch(disks);
        this.threads = new DiskThreads(this.disks, nanoTime, archive.meter());
    }

    /** One pass over all streams, on this thread. What cannot be looked at or deleted is logged and left for a later pass. */
    public void sweep() {
        sweep(Runnable::run);
    }

    /**
     * Begins a pass over all streams. A disk whose last pass is not over is left out.
     *
     * @param executor runs the passes of disks, each on a thread of its own
     */
    public void sweep(Executor executor) {
        try {
            Set<Path> roots = new TreeSet<>(archive.roots());
            roots.addAll(deletions.roots());
            roots.removeIf(archive::isHeld);
            threads.sweep(roots, executor, this::sweep);
        } catch (RuntimeException e) {
            log.error("what has expired was not looked for, because of a defect", e);
        }
    }

    /** One pass over the roots of one disk. */
    private void sweep(List<Path> roots) {
        roots.forEach(deletions::deleteDue);
        List<StreamHours> streams = new ArrayList<>();
        roots.forEach(root -> look(root, streams));
        Map<Cover, List<StreamHours>> covers = new LinkedHashMap<>();
        for (StreamHours stream : streams) {
            ruleOf.apply(stream.stream())
                    .map(rule -> new Cover(rule, stream.archive().root()))
                    .ifPresent(cover -> covers.computeIfAbsent(cover, key -> new ArrayList<>())
                            .add(stream));
        }
        covers.forEach(this::keepAge);
        covers.forEach(this::keepBytes);
        keepShares(streams);
    }

    /** What was deleted of a stream, and how its disk is. */
    public StorageStatus status(StreamKey stream) {
        try {
            Optional<StreamArchive> found = archive.archive(stream);
            if (found.isEmpty()) {
                return StorageStatus.UNKNOWN;
            }
            return new StorageStatus(
                    deletions.of(found.get(), archive.readers()),
                    disks.of(found.get().root()));
        } catch (UnreachableException e) {
            return StorageStatus.UNKNOWN; // Whoever counts the readers has said so.
        } catch (IOException e) {
            log.warn("{}: no disk to report on: {}", stream, e.toString());
            return StorageStatus.UNKNOWN;
        }
    }

    /**
     * The earliest hour of a stream that is kept, since the Unix epoch: what is older than its limit by age lets it be, or than what some limit has
     * deleted, is not to come back.
     */
    public long firstKept(StreamKey stream) {
        OptionalLong age = ruleOf.apply(stream).map(RetentionRule::ageMicros).orElse(OptionalLong.empty());
        long byAge = age.isPresent() ? Hours.at(utcMicros.getAsLong() - age.getAsLong()) : Long.MIN_VALUE;
        return status(stream).deleted().stream()
                .mapToLong(deleted -> Hours.at(deleted.range().toMicros()))
                .reduce(byAge, Math::max);
    }

    /** Adds the streams below a root whose recordings can be looked at now, with what there is of them. */
    private void look(Path root, List<StreamHours> streams) {
        // What is not to hold recordings any more is neither offered nor deleted, but for what is marked deleted.
        for (StreamKey key : archive.roots().contains(root) ? archive.streams(root) : Set.<StreamKey>of()) {
            try {
                Optional<StreamArchive> found = archive.offered(root, key);
                if (found.isPresent()) {
                    StreamHours stream = known.compute(key, (name, before) -> hours(name, before, found.get()));
                    stream.archive().checkRoot();
                    stream.refresh();
                    streams.add(stream);
                }
            } catch (UnfitRootException e) {
                log.debug("{} is left alone: {}", key, e.getMessage());
            } catch (IOException | RuntimeException e) {
                report(key, e);
            }
        }
    }

    /** Looked at anew where the stream has been given another root. */
    private static StreamHours hours(StreamKey stream, @Nullable StreamHours before, StreamArchive archive) {
        return before != null && before.archive() == archive ? before : new StreamHours(stream, archive);
    }

    private void keepAge(Cover cover, List<StreamHours> streams) {
        OptionalLong age = cover.rule().ageMicros();
        if (age.isPresent()) {
            long firstKept = Hours.at(utcMicros.getAsLong() - age.getAsLong());
            OldestFirst hours = new OldestFirst(streams);
            Optional<Candidate> oldest = hours.next();
            while (oldest.isPresent() && oldest.get().hour() < firstKept) {
                markDeleted(oldest.get(), Limit.AGE);
                oldest = hours.next();
            }
        }
    }

    private void keepBytes(Cover cover, List<StreamHours> streams) {
        OptionalLong limit = cover.rule().bytes();
        if (limit.isEmpty()) {
            return;
        }
        long excess = streams.stream().mapToLong(this::totalBytes).sum() - limit.getAsLong();
        OldestFirst hours = new OldestFirst(streams);
        while (excess > 0) {
            Optional<Candidate> oldest = hours.next();
            if (oldest.isEmpty()) {
                return;
            }
            excess -= markDeleted(oldest.get(), Limit.BYTES);
        }
    }

    /** All bytes of a stream; none of one that cannot be looked at: nothing of it is deleted in this pass. */
    private long totalBytes(StreamHours stream) {
        try {
            return stream.totalBytes();
        } catch (IOException | RuntimeException e) {
            stream.leaveAlone();
            report(stream.stream(), e);
            return 0;
        }
    }

    private void keepShares(List<StreamHours> streams) {
        for (DiskWatch.Found disk : disks.look(streams)) {
            disks.forecast(disk, nanoTime.getAsLong(), utcMicros.getAsLong());
            keepShares(disk);
        }
    }

    /** Limits of several directives may concern one disk: then the oldest hour among those that are passed goes. */
    private void keepShares(DiskWatch.Found disk) {
        long pending = deletions.pendingBytes(disk.roots());
        Map<StreamHours, Long> excessOf = new HashMap<>();
        for (StreamHours stream : disk.streams()) {
            OptionalInt share = ruleOf.apply(stream.stream())
                    .map(RetentionRule::diskPercent)
                    .orElse(OptionalInt.empty());
            if (share.isPresent() && disk.space().excessBytes(share.getAsInt()) > pending) {
                excessOf.put(stream, disk.space().excessBytes(share.getAsInt()));
            }
        }
        long most = excessOf.values().stream().mapToLong(Long::longValue).max().orElse(0);
        OldestFirst hours = new OldestFirst(excessOf.keySet());
        while (most > pending) {
            Optional<Candidate> oldest = hours.next();
            if (oldest.isEmpty()) {
                return;
            }
            if (excessOf.getOrDefault(oldest.get().stream(), 0L) > pending) {
                pending += markDeleted(oldest.get(), Limit.DISK);
            }
        }
    }

    /** Marks an hour deleted if it may be; gives the bytes that this frees. */
    private long markDeleted(Candidate candidate, Limit limit) {
        StreamHours stream = candidate.stream();
        if (stream.isLeftAlone()) {
            return 0;
        }
        try {
            // What is locked or being written need not be asked for its size in a pass that goes by age.
            long bytes = limit == Limit.AGE ? 0 : stream.bytesOf(candidate.hour());
            if (bytes == 0 && limit != Limit.AGE) {
                return 0;
            }
            boolean goes = deletions.markDeleted(stream, candidate.hour(), limit);
            reported.remove(stream.stream());
            return goes ? bytes : 0;
        } catch (IOException | RuntimeException e) {
            stream.leaveAlone();
            report(stream.stream(), e);
            return 0;
        }
    }

    /** Once, until there is something else to say of the stream. What is unchecked is a defect. */
    private void report(StreamKey stream, Exception e) {
        if (e.toString().equals(reported.put(stream, e.toString()))) {
            return;
        }
        if (e instanceof RuntimeException) {
            log.error("what has expired of {} is not found or deleted, because of a defect", stream, e);
        } else {
            log.warn("what has expired of {} cannot be found or deleted: {}", stream, e.toString());
        }
    }
}
