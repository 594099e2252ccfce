package org.red5.dvr.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which hour files a cache gives up when it is over its size: S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for
 * cache eviction", SOSP 2023) with hour files in place of objects. What is new waits in a small probationary queue, and comes from there to the
 * main queue if somebody has used it meanwhile; in the main queue, what was used since its last turn gets another one. What went from
 * probation is remembered by its name (a ghost): when it comes again, it comes to the main queue.
 *
 * <p>A segment is watched twice by few, but an hour by many: so hours tell what is popular sooner than segments do. A counter of uses in place
 * of one bit, uses in proportion to the size, and a larger probationary queue were no better; figures are in {@code docs/benchmarks.md}
 * ({@code bench audience}).
 *
 * <p>It takes about 100 bytes for an hour file, and a time that does not depend on how many there are, but for {@link #unusedSince}. Any
 * thread may call; nobody waits for anything but the others.
 *
 * @param <K> names an hour file
 */
public final class Eviction<K> {
    /** One part in so many of the bytes is for hour files that nobody has used since they came. */
    private static final int PROBATION_SHARE = 10;
    /** There is one ghost for so many hour files. */
    private static final int FILES_PER_GHOST = 2;
    /** A file has no more turns than these before it goes: on probation, then in the main queue with a use before, and without. */
    private static final int MOST_TURNS = 3;

    @GuardedBy("this")
    private final Queue<K> probation = new Queue<>();

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
        /** Since it came or had its last turn. */
        private boolean isUsed;
    }

    /** First in, first out. */
    private static final class Queue<K> {
        private final LinkedHashMap<K, Entry> files = new LinkedHashMap<>();
        private long bytes;

        void add(K key, Entry file) {
            files.put(key, file);
            bytes += file.bytes;
        }

        @Nullable
        Entry remove(K key) {
            Entry file = files.remove(key);
            bytes -= file == null ? 0 : file.bytes;
            return file;
        }
    }

    /**
     * Bytes were put into an hour file, which may be new.
     *
     * @param more so many
     * @param nowNanos of a clock that is never set
     */
    public synchronized void grown(K key, long more, long nowNanos) {
        Queue<K> queue = queueOf(key);
        Entry file = queue.files.computeIfAbsent(key, k -> new Entry());
        ghosts.remove(key);
        file.bytes += more;
        file.lastUseNanos = nowNanos;
        queue.bytes += more;
    }

    /** Where a file is, or begins. */
    @GuardedBy("this")
    private Queue<K> queueOf(K key) {
        return main.files.containsKey(key) || ghosts.contains(key) ? main : probation;
    }

    /** A viewer read what had been put into an hour file before; nothing happens when it is not known. */
    public synchronized void used(K key, long nowNanos) {
        Entry file = queueOf(key).files.get(key);
        if (file != null) {
            file.isUsed = true;
            file.lastUseNanos = nowNanos;
        }
    }

    /** An hour file was there at the start; to be called before all else, in the order of last use, the earliest first. */
    public synchronized void restored(K key, long bytes, long lastUseNanos) {
        Entry file = new Entry();
        file.bytes = bytes;
        file.lastUseNanos = lastUseNanos;
        main.add(key, file);
    }

    /** An hour file is gone for another reason, if it was known. */
    public synchronized void removed(K key) {
        queueOf(key).remove(key);
    }

    /** What was put into all hour files together. */
    public synchronized long bytes() {
        return probation.bytes + main.bytes;
    }

    /**
     * Takes out the hour files that have to go so that the others are within a size, in order. Whoever calls deletes them, and says that they have
     * grown again when that fails.
     *
     * @param inUse which may not go now; called with the monitor held, so it does not wait
     */
    public synchronized List<Evicted<K>> over(long mostBytes, Predicate<? super K> inUse) {
        List<Evicted<K>> evicted = new ArrayList<>();
        int turns = MOST_TURNS * (probation.files.size() + main.files.size());
        for (; bytes() > mostBytes && turns > 0; turns--) {
            boolean isProbation = probation.bytes > mostBytes / PROBATION_SHARE || main.files.isEmpty();
            turn(isProbation ? probation : main, inUse).ifPresent(evicted::add);
        }
        return evicted;
    }

    /** The eldest of a queue goes or, when it was used, to the end of the main queue. */
    @GuardedBy("this")
    private Optional<Evicted<K>> turn(Queue<K> queue, Predicate<? super K> inUse) {
        Map.Entry<K, Entry> eldest = queue.files.entrySet().iterator().next();
        K key = eldest.getKey();
        Entry file = eldest.getValue();
        queue.remove(key);
        if (file.isUsed || inUse.test(key)) {
            file.isUsed = false;
            main.add(key, file);
            return Optional.empty();
        }
        if (queue == probation) {
            remember(key);
        }
        return Optional.of(new Evicted<>(key, file.bytes));
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
            queue.files.forEach((key, file) -> {
                if (file.lastUseNanos - nanos < 0 && !inUse.test(key)) {
                    evicted.add(new Evicted<>(key, file.bytes));
                }
            });
        }
        evicted.forEach(gone -> removed(gone.file()));
        return evicted;
    }
}
