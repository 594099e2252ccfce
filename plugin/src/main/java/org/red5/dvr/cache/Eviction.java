package org.red5.dvr.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which hour files a cache gives up when it is over its size. The policy is of the family of S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you
 * need for cache eviction", SOSP 2023), with hour files in place of objects. What is new waits in a small probationary queue, and comes from there to the main queue if
 * somebody has used it meanwhile. What went from probation is remembered by its name (a ghost): when it comes again, it comes to the main queue.
 *
 * <p>Two things are different, as hour files are few and grow: one that is still being filled has its turn on probation put off, and the main queue is ordered by
 * last use. A counter of uses in place of one bit, uses in proportion to the size, and a larger probationary queue were no better; figures are in
 * {@code docs/benchmarks.md} ({@code bench audience}).
 *
 * <p>It takes about 100 bytes for an hour file, and a time that does not depend on how many there are, but for {@link #unusedSince}. Any thread may call; nobody
 * waits for anything but the others.
 *
 * @param <K> names an hour file
 */
public final class Eviction<K> {
    /** One part in so many of the bytes is for hour files that nobody has used since they came. */
    private static final int PROBATION_SHARE = 10;
    /** There is one ghost for so many hour files. */
    private static final int FILES_PER_GHOST = 2;
    /** In each of the queues a file has one turn before it goes, or stays as it is in use. */
    private static final int MOST_TURNS = 2;

    /** Those that nobody has used, or only since they came here; the one first that was filled longest ago. */
    @GuardedBy("this")
    private final Queue<K> probation = new Queue<>();

    /** The others, by last use. */
    @GuardedBy("this")
    private final Queue<K> main = new Queue<>();

    /** What went from probation, the eldest first. */
    @GuardedBy("this")
    private final LinkedHashSet<K> ghosts = new LinkedHashSet<>();

    /**
     * An hour file that is to go.
     *
     * @param bytes that were put into it
     */
    public record Evicted<K>(K file, long bytes) {}

    /** An hour file. */
    private static final class Entry {
        private long bytes;
        private long lastUseNanos;
        private boolean isUsed;
        /** Whether a viewer asked for some of it before it was there; else a copy of a long window did. */
        private boolean isAsked;
    }

    /** The first is the one whose turn is next. */
    private static final class Queue<K> {
        private final LinkedHashMap<K, Entry> files = new LinkedHashMap<>();
        private long bytes;

        void add(K key, Entry entry) {
            files.put(key, entry);
            bytes += entry.bytes;
        }

        @Nullable
        Entry remove(K key) {
            Entry entry = files.remove(key);
            bytes -= entry == null ? 0 : entry.bytes;
            return entry;
        }

        /** What is known keeps its place. */
        Entry grow(K key, long more, long nowNanos) {
            Entry entry = files.computeIfAbsent(key, k -> new Entry());
            entry.bytes += more;
            entry.lastUseNanos = nowNanos;
            bytes += more;
            return entry;
        }

        /** Gives what is known. */
        @Nullable
        Entry moveToEnd(K key) {
            Entry entry = files.remove(key);
            if (entry != null) {
                files.put(key, entry);
            }
            return entry;
        }
    }

    /**
     * Bytes were put into an hour file, which may be new.
     *
     * @param more so many
     * @param nowNanos of a clock that is never set
     */
    public synchronized void grown(K key, long more, long nowNanos) {
        if (main.files.containsKey(key) || ghosts.remove(key)) {
            main.grow(key, more, nowNanos);
        } else {
            probation.moveToEnd(key);
            probation.grow(key, more, nowNanos).isAsked = true;
        }
    }

    /**
     * The same of bytes that only a copy of a long window asked for: such an hour file has its turn on probation as it came, and leaves no
     * ghost. So copies take no more than the share that is for probation when there is no other room.
     */
    public synchronized void grownForExport(K key, long more, long nowNanos) {
        (main.files.containsKey(key) ? main : probation).grow(key, more, nowNanos);
    }

    /** A viewer read what had been put into an hour file before; nothing happens when it is not known. */
    public synchronized void used(K key, long nowNanos) {
        Entry used = main.moveToEnd(key);
        if (used == null) {
            used = probation.files.get(key);
        }
        if (used != null) {
            used.isUsed = true;
            used.lastUseNanos = nowNanos;
        }
    }

    /** An hour file was there at the start; to be called before all else, in the order of last use, the earliest first. */
    public synchronized void restored(K key, long bytes, long lastUseNanos) {
        main.grow(key, bytes, lastUseNanos);
    }

    /** An hour file is gone for another reason, if it was known. */
    public synchronized void removed(K key) {
        if (probation.remove(key) == null) {
            main.remove(key);
        }
    }

    /** What was put into all hour files together. */
    public synchronized long bytes() {
        return probation.bytes + main.bytes;
    }

    /** For how long that hour file has not been used or filled for which it is longest; empty when there is none. Looks through all. */
    public synchronized OptionalLong longestUnusedNanos(long nowNanos) {
        return Stream.of(probation, main)
                .flatMap(queue -> queue.files.values().stream())
                .mapToLong(entry -> nowNanos - entry.lastUseNanos)
                .max();
    }

    /**
     * Takes out the hour files that have to go so that the others are within a size, in order. Whoever calls deletes them, and says that they
     * have grown again when that fails.
     *
     * @param inUse which may not go now; called with the monitor held, so it does not wait
     */
    public synchronized List<Evicted<K>> over(long mostBytes, Predicate<? super K> inUse) {
        List<Evicted<K>> evicted = new ArrayList<>();
        int turns = MOST_TURNS * (probation.files.size() + main.files.size());
        for (; bytes() > mostBytes && turns > 0; turns--) {
            if (probation.bytes > mostBytes / PROBATION_SHARE || main.files.isEmpty()) {
                turnOnProbation(inUse).ifPresent(evicted::add);
            } else {
                turnInMain(inUse).ifPresent(evicted::add);
            }
        }
        return evicted;
    }

    @GuardedBy("this")
    private Optional<Evicted<K>> turnOnProbation(Predicate<? super K> inUse) {
        Map.Entry<K, Entry> first = probation.files.entrySet().iterator().next();
        K key = first.getKey();
        Entry entry = first.getValue();
        probation.remove(key);
        if (entry.isUsed || inUse.test(key)) {
            main.add(key, entry);
            return Optional.empty();
        }
        if (entry.isAsked) {
            remember(key);
        }
        return Optional.of(new Evicted<>(key, entry.bytes));
    }

    @GuardedBy("this")
    private Optional<Evicted<K>> turnInMain(Predicate<? super K> inUse) {
        Map.Entry<K, Entry> first = main.files.entrySet().iterator().next();
        K key = first.getKey();
        if (inUse.test(key)) {
            main.moveToEnd(key);
            return Optional.empty();
        }
        long bytes = first.getValue().bytes;
        main.remove(key);
        return Optional.of(new Evicted<>(key, bytes));
    }

    @GuardedBy("this")
    private void remember(K ghost) {
        ghosts.add(ghost);
        Iterator<K> eldest = ghosts.iterator();
        while (ghosts.size() > 1 + (probation.files.size() + main.files.size()) / FILES_PER_GHOST) {
            eldest.next();
            eldest.remove();
        }
    }

    /**
     * Takes out the hour files that nobody has used or put anything into since a time; looks through all.
     *
     * @param nanos of the clock of the other calls
     * @param inUse as in {@link #over}
     */
    public synchronized List<Evicted<K>> unusedSince(long nanos, Predicate<? super K> inUse) {
        List<Evicted<K>> evicted = new ArrayList<>();
        for (Queue<K> queue : List.of(probation, main)) {
            queue.files.forEach((key, entry) -> {
                if (entry.lastUseNanos - nanos < 0 && !inUse.test(key)) {
                    evicted.add(new Evicted<>(key, entry.bytes));
                }
            });
        }
        evicted.forEach(gone -> removed(gone.file()));
        return evicted;
    }
}
