package org.red5.dvr.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;

/** The indexes of hours on disk that were used last; about 40 KB for an hour of a take. Any thread may call. */
final class HourCache implements Closeable {
    private record Key(Path stream, long hour) {}

    private record Hour(List<HourIndex> indexes) {}

    interface Loader {
        List<HourIndex> load() throws IOException;
    }

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

    List<HourIndex> get(Path stream, long hour, Loader loader) throws IOException {
        Key key = new Key(stream, hour);
        Hour known = hours.get(key);
        if (known == null) {
            known = new Hour(loader.load());
            hours.put(key, known);
        }
        return known.indexes();
    }

    void forget(Path stream, long hour) {
        hours.remove(new Key(stream, hour));
    }

    @Override
    public void close() {
        manager.close();
    }
}
