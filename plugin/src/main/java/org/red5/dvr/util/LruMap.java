package org.red5.dvr.util;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that forgets the entry used longest ago when there are more than the most. Not for several threads: reading changes it too. */
public final class LruMap<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int mostEntries;

    public LruMap(int mostEntries) {
        super(16, 0.75f, true);
        this.mostEntries = mostEntries;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > mostEntries;
    }
}
