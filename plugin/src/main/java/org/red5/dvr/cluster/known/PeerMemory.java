package org.red5.dvr.cluster.known;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.MemoryUnit;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.LruMap;
import org.red5.dvr.util.Remembered;

/**
 * What came from peers and never changes, in memory, each kind within a bound of bytes: indexes of closed hours by take and digest, as
 * they were read, init segments, and the segments used last. Any thread may call.
 */
public final class PeerMemory implements Closeable {
    private static final long LEAST_BYTES = 8L << 20;
    private static final long LEAST_LIST_BYTES = 2L << 20;
    private static final int MOST_TAKES = 20_000;
    /** Lists of hours, by which indexes are looked up, are kept as long. */
    private static final Duration INDEX_IDLE = Duration.ofHours(1);
    /** Of an entry of a map and what it names, about. */
    private static final int ENTRY_BYTES = 300;

    private final CacheManager manager =
            CacheManagerBuilder.newCacheManagerBuilder().build(true);
    private final Remembered<IndexKey, HourIndex> indexes;
    private final Cache<String, byte[]> inits;
    private final RecentSegments segments;
    private final long listBytes;
    /** Of takes that were seen last. */
    @GuardedBy("ordinals")
    private final Map<String, Integer> ordinals = new LruMap<>(MOST_TAKES);
    /** Which servers hold the init segments that came last. */
    @GuardedBy("initHolders")
    private final Map<String, String> initHolders = new LruMap<>(MOST_TAKES);

    /** The digest alone would answer for takes that are nowhere. */
    private record IndexKey(TakeId take, String digest) {}

    /**
     * Bounds by the heap: a sixteenth for indexes (an hour of a take is about 43 KB), an eighth for segments and, for each peer, two
     * sixty-fourths for lists of hours and the indexes of those that may still grow; and a sixty-fourth for init segments outside of
     * it, where a JVM grants as much again.
     *
     * @param nanoTime a clock that is never set
     */
    public static PeerMemory ofHeap(long heapBytes, LongSupplier nanoTime) {
        return new PeerMemory(
                Math.max(LEAST_BYTES, heapBytes / 16),
                Math.max(LEAST_BYTES, heapBytes / 64),
                heapBytes / 8,
                Math.max(LEAST_LIST_BYTES, heapBytes / 64),
                nanoTime);
    }

    public PeerMemory(long indexBytes, long initBytes, long segmentBytes, long listBytes, LongSupplier nanoTime) {
        this.listBytes = listBytes;
        indexes = new Remembered<>(indexBytes, INDEX_IDLE, nanoTime, (key, index) -> ENTRY_BYTES + index.sizeBytes());
        inits = offHeap("inits", initBytes);
        segments = new RecentSegments(segmentBytes);
    }

    private Cache<String, byte[]> offHeap(String name, long bytes) {
        return manager.createCache(
                name,
                CacheConfigurationBuilder.newCacheConfigurationBuilder(
                        String.class,
                        byte[].class,
                        ResourcePoolsBuilder.newResourcePoolsBuilder().offheap(bytes, MemoryUnit.B)));
    }

    Optional<HourIndex> index(TakeId take, String digest) {
        return Optional.ofNullable(indexes.get(new IndexKey(take, digest)));
    }

    void keepIndex(String digest, HourIndex index) {
        indexes.put(new IndexKey(index.take(), digest), index);
    }

    /** @param stream the stream's name at the peer */
    public Optional<byte[]> init(StreamKey stream, TakeId take) {
        return Optional.ofNullable(inits.get(key(stream, take)));
    }

    /** Which server holds an init segment; empty when that is forgotten. */
    public Optional<String> initHolder(StreamKey stream, TakeId take) {
        synchronized (initHolders) {
            return Optional.ofNullable(initHolders.get(key(stream, take)));
        }
    }

    public void keepInit(StreamKey stream, TakeId take, byte[] bytes, String holder) {
        synchronized (initHolders) {
            initHolders.put(key(stream, take), holder);
        }
        inits.put(key(stream, take), bytes);
    }

    public OptionalInt ordinal(StreamKey stream, TakeId take) {
        synchronized (ordinals) {
            Integer known = ordinals.get(key(stream, take));
            return known == null ? OptionalInt.empty() : OptionalInt.of(known);
        }
    }

    void keepOrdinal(StreamKey stream, TakeId take, int ordinal) {
        synchronized (ordinals) {
            ordinals.put(key(stream, take), ordinal);
        }
    }

    /** How many bytes lists of one peer's closed hours may take, and the indexes of its open ones. */
    long listBytes() {
        return listBytes;
    }

    public RecentSegments segments() {
        return segments;
    }

    @Override
    public void close() {
        manager.close();
    }

    private static String key(StreamKey stream, TakeId take) {
        return take + "/" + stream;
    }
}
