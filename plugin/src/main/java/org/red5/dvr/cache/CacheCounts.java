package org.red5.dvr.cache;

import java.util.concurrent.atomic.LongAdder;

/** What a server's caches have done since it started. Any thread may count and read. */
public final class CacheCounts {
    private final LongAdder hits = new LongAdder();
    private final LongAdder hitBytes = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder filled = new LongAdder();
    private final LongAdder filledBytes = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder evictedBySize = new LongAdder();
    private final LongAdder evictedByAge = new LongAdder();

    void hit(long bytes) {
        hits.increment();
        hitBytes.add(bytes);
    }

    void miss() {
        misses.increment();
    }

    void filled(long bytes) {
        filled.increment();
        filledBytes.add(bytes);
    }

    void refuse() {
        refused.increment();
    }

    void evicted(boolean byAge) {
        (byAge ? evictedByAge : evictedBySize).increment();
    }

    /** Segments that were asked for and were here. */
    public long hits() {
        return hits.sum();
    }

    /** Their bytes. */
    public long hitBytes() {
        return hitBytes.sum();
    }

    /** Segments of streams with a cache that were asked for and were not here. */
    public long misses() {
        return misses.sum();
    }

    /** Segments that were put in. */
    public long filled() {
        return filled.sum();
    }

    /** Their bytes. */
    public long filledBytes() {
        return filledBytes.sum();
    }

    /** Segments that were not put in, as the disk was too slow, full or broken. */
    public long refused() {
        return refused.sum();
    }

    /** Hours of takes that went as the cache was full. */
    public long evictedBySize() {
        return evictedBySize.sum();
    }

    /** Hours of takes that went as nobody had used them for so long. */
    public long evictedByAge() {
        return evictedByAge.sum();
    }
}
