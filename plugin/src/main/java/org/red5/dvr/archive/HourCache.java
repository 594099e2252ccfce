package org.red5.dvr.archive;

import java.io.Closeable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.red5.dvr.archive.index.HourIndex;

/** The indexes of hours on disk that were used last; about 40 KB for an hour of a take. Any thread may call. */
final class HourCache implements Closeable {
    private record Key(Path stream, long hour) {}

    private record Hour(List<HourIndex> indexes) {}

    private final CacheManager manager =
            CacheManagerBuilder.newCacheManagerBuilder().build(true);
    private final Cache<Key, Hour> hours;

    /** A cache of so many hours of one stream each. */
    HourCache(int mostHours) {
        hours = manager.createCache(
                "hours",
                CacheConfigurationBuilder.newCacheConfigurationBuilder(
                        Key.class, Hour.class, ResourcePoolsBuilder.heap(mostHours)));
    }

    Optional<List<HourIndex>> find(Path stream, long hour) {
        return Optional.ofNullable(hours.get(new Key(stream, hour))).map(Hour::indexes);
    }

    void put(Path stream, long hour, List<HourIndex> indexes) {
        hours.put(new Key(stream, hour), new Hour(indexes));
    }

    void forget(Path stream, long hour) {
        hours.remove(new Key(stream, hour));
    }

    @Override
    public void close() {
        manager.close();
    }
}
