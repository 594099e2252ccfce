package org.red5.dvr.util;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What was heard or said before, for as long as it is used, within a bound of bytes: however many names and windows viewers think
 * of, and however much there is to say of each. The least recently used goes first. Any thread may call.
 */
public final class Remembered<K, V> {
    private final long mostBytes;
    private final long idleNanos;
    private final LongSupplier nanoTime;
    private final ToLongBiFunction<K, V> weigher;
    /** By least recent use. */
    @GuardedBy("this")
    private final LinkedHashMap<K, Used<V>> all = new LinkedHashMap<>(64, 0.75f, true);

    @GuardedBy("this")
    private long bytes;

    private static final class Used<V> {
        private final V value;
        private final long bytes;
        private long nanos;

        Used(V value, long bytes) {
            this.value = value;
            this.bytes = bytes;
        }
    }

    /**
     * @param mostBytes of all together
     * @param idle what was not used for so long is forgotten
     * @param nanoTime a clock that is never set
     * @param weigher about how many bytes of the heap something takes, with its key
     */
    public Remembered(long mostBytes, Duration idle, LongSupplier nanoTime, ToLongBiFunction<K, V> weigher) {
        this.mostBytes = mostBytes;
        this.idleNanos = idle.toNanos();
        this.nanoTime = nanoTime;
        this.weigher = weigher;
    }

    /** What is remembered, which is used by that; null when nothing is. */
    public synchronized @Nullable V get(K key) {
        Used<V> known = all.get(key);
        if (known == null) {
            return null;
        }
        known.nanos = nanoTime.getAsLong();
        return known.value;
    }

    /** Whether something is remembered, which is not used by that. */
    public synchronized boolean has(K key) {
        return all.containsKey(key);
    }

    /** What is remembered, or from now on is. */
    public synchronized V getOrPut(K key, Supplier<V> maker) {
        V known = get(key);
        if (known == null) {
            known = maker.get();
            put(key, known);
        }
        return known;
    }

    /** Remembers something, in place of what it was before; what is heavier than the bound is not remembered at all. */
    public synchronized void put(K key, V value) {
        Used<V> used = new Used<>(value, weigher.applyAsLong(key, value));
        used.nanos = nanoTime.getAsLong();
        bytes += used.bytes;
        Used<V> before = all.put(key, used);
        bytes -= before == null ? 0 : before.bytes;
        sweep(used.nanos);
    }

    @GuardedBy("this")
    private void sweep(long nowNanos) {
        Iterator<Used<V>> eldest = all.values().iterator();
        while (eldest.hasNext()) {
            Used<V> next = eldest.next();
            if (bytes <= mostBytes && nowNanos - next.nanos < idleNanos) {
                return;
            }
            bytes -= next.bytes;
            eldest.remove();
        }
    }

    /** Forgets what has such a key. */
    public synchronized void forget(Predicate<K> which) {
        Iterator<Map.Entry<K, Used<V>>> each = all.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<K, Used<V>> next = each.next();
            if (which.test(next.getKey())) {
                bytes -= next.getValue().bytes;
                each.remove();
            }
        }
    }

    /** How much is remembered. */
    public synchronized int size() {
        return all.size();
    }

    /** About how many bytes it takes. */
    public synchronized long bytes() {
        return bytes;
    }
}
