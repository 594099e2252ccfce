package org.red5.dvr.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.LruMap;

/** What a server's caches have done since it started. Any thread may count and read. */
public final class CacheCounts {
    private static final int MOST_STREAMS = 1_000;

    /** By least recent use. */
    @GuardedBy("streams")
    private final Map<StreamKey, OfStream> streams = new LruMap<>(MOST_STREAMS);

    private final LongAdder hits = new LongAdder();
    private final LongAdder hitBytes = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder filled = new LongAdder();
    private final LongAdder filledBytes = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder evictedBySize = new LongAdder();
    private final LongAdder evictedByAge = new LongAdder();

    /**
     * What was asked for of a stream since it was asked for first.
     *
     * @param hits segments that were here
     * @param misses segments that were not
     */
    public record OfStream(StreamKey stream, long hits, long misses) {
        private OfStream with(OfStream more) {
            return new OfStream(stream, hits + more.hits, misses + more.misses);
        }
    }

    void hit(StreamKey stream, long bytes) {
        hits.increment();
        hitBytes.add(bytes);
        count(new OfStream(stream, 1, 0));
    }

    void miss(StreamKey stream) {
        misses.increment();
        count(new OfStream(stream, 0, 1));
    }

    private void count(OfStream one) {
        synchronized (streams) {
            streams.merge(one.stream(), one, OfStream::with);
        }
    }

    /** Of each stream that was asked for lately, within a bound, in order of name. */
    public List<OfStream> streams() {
        synchronized (streams) {
            return streams.values().stream()
                    .sorted(Comparator.comparing(OfStream::stream))
                    .toList();
        }
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
