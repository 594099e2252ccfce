package org.red5.dvr.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;
import org.red5.dvr.cache.CacheCounts;
import org.red5.dvr.cache.SegmentCache;

/** The meters of the segment cache. */
final class CacheMeters {
    private CacheMeters() {}

    static void register(MeterRegistry registry, SegmentCache cache) {
        CacheCounts counts = cache.counts();
        String asked = "Segments that were asked for of streams with a cache";
        counter(registry, "dvr.cache.requests", "result", "hit", asked, counts, CacheCounts::hits);
        counter(registry, "dvr.cache.requests", "result", "miss", asked, counts, CacheCounts::misses);
        counter(registry, "dvr.cache.sent.bytes", "Bytes from the cache", counts, CacheCounts::hitBytes);
        counter(registry, "dvr.cache.filled.segments", "Segments put into the cache", counts, CacheCounts::filled);
        counter(registry, "dvr.cache.filled.bytes", "Their bytes", counts, CacheCounts::filledBytes);
        counter(
                registry,
                "dvr.cache.refused.segments",
                "Segments not put into the cache, as its disk was behind, full or broken",
                counts,
                CacheCounts::refused);
        String evicted = "Hours of takes that went from the cache";
        counter(registry, "dvr.cache.evicted.hours", "reason", "size", evicted, counts, CacheCounts::evictedBySize);
        counter(registry, "dvr.cache.evicted.hours", "reason", "age", evicted, counts, CacheCounts::evictedByAge);
        gauge(
                registry,
                "dvr.cache.used.bytes",
                "Room that the caches take on their disks, about",
                cache,
                CacheMeters::bytes);
        gauge(
                registry,
                "dvr.cache.waiting.segments",
                "Segments that have come and wait to be put into the cache",
                cache,
                SegmentCache::waitingSegments);
        gauge(
                registry,
                "dvr.cache.oldest.seconds",
                "Since the last use of that cached hour of a take that was used longest ago",
                cache,
                each -> each.longestUnused().toMillis() / 1_000.0);
    }

    private static void gauge(
            MeterRegistry registry, String name, String what, SegmentCache of, ToDoubleFunction<SegmentCache> value) {
        Gauge.builder(name, of, value).strongReference(true).description(what).register(registry);
    }

    private static double bytes(SegmentCache cache) {
        return cache.bytes().values().stream().mapToLong(Long::longValue).sum();
    }

    private static void counter(
            MeterRegistry registry, String name, String what, CacheCounts of, ToDoubleFunction<CacheCounts> value) {
        FunctionCounter.builder(name, of, value).description(what).register(registry);
    }

    private static void counter(
            MeterRegistry registry,
            String name,
            String tag,
            String tagged,
            String what,
            CacheCounts of,
            ToDoubleFunction<CacheCounts> value) {
        FunctionCounter.builder(name, of, value)
                .tag(tag, tagged)
                .description(what)
                .register(registry);
    }
}
