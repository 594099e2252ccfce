package org.red5.dvr.archive;

import java.io.Closeable;
import java.io.IOException;
import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/** The init segments that were asked for last; a take's never changes. Any thread may call. */
final class InitCache implements Closeable {
    private record Key(StreamKey stream, TakeId take) {}

    interface Loader {
        InitSegment load() throws IOException;
    }

    private final CacheManager manager =
            CacheManagerBuilder.newCacheManagerBuilder().build(true);
    private final Cache<Key, InitSegment> inits;

    /** A cache of so many init segments, less than 1 KB each. */
    InitCache(int mostInits) {
        inits = manager.createCache(
                "inits",
                CacheConfigurationBuilder.newCacheConfigurationBuilder(
                        Key.class, InitSegment.class, ResourcePoolsBuilder.heap(mostInits)));
    }

    InitSegment get(StreamKey stream, TakeId take, Loader loader) throws IOException {
        Key key = new Key(stream, take);
        InitSegment known = inits.get(key);
        if (known == null) {
            known = loader.load();
            inits.put(key, known);
        }
        return known;
    }

    @Override
    public void close() {
        manager.close();
    }
}
