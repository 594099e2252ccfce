package org.red5.dvr.archive;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.red5.dvr.timeline.TakeId;

/** Takes of a stream by the hours that they have files in. Any thread may call. */
final class HourTakes {
    private final Map<Long, Set<TakeId>> takesOf = new ConcurrentHashMap<>();

    void add(long hour, Set<TakeId> takes) {
        takesOf.merge(hour, Set.copyOf(takes), HourTakes::union);
    }

    void remove(long hour) {
        takesOf.remove(hour);
    }

    void remove(long hour, Set<TakeId> takes) {
        takesOf.computeIfPresent(hour, (key, known) -> {
            Set<TakeId> left = new HashSet<>(known);
            left.removeAll(takes);
            return left.isEmpty() ? null : Set.copyOf(left);
        });
    }

    Set<TakeId> of(long hour) {
        return takesOf.getOrDefault(hour, Set.of());
    }

    boolean isEmpty() {
        return takesOf.isEmpty();
    }

    boolean contains(long hour, TakeId take) {
        return of(hour).contains(take);
    }

    private static Set<TakeId> union(Set<TakeId> some, Set<TakeId> others) {
        Set<TakeId> all = new HashSet<>(some);
        all.addAll(others);
        return Set.copyOf(all);
    }
}
