package org.red5.dvr.archive;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.red5.dvr.timeline.TakeId;

/** What of a stream will be deleted, by hour: not offered to anybody any more, but still there for those who read it. */
final class CondemnedTakes {
    private final Map<Long, Set<TakeId>> takesOf = new ConcurrentHashMap<>();

    void add(long hour, Set<TakeId> takes) {
        takesOf.put(hour, Set.copyOf(takes));
    }

    void remove(long hour) {
        takesOf.remove(hour);
    }

    Set<TakeId> of(long hour) {
        return takesOf.getOrDefault(hour, Set.of());
    }

    boolean contains(long hour, TakeId take) {
        return of(hour).contains(take);
    }
}
