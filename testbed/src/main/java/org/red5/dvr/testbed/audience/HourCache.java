package org.red5.dvr.testbed.audience;

import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.red5.dvr.cache.Eviction;

/**
 * A cache that takes in single segments and gives up all that it has of an hour of a stream. A byte stands for a segment, and only what was put
 * in counts.
 */
public final class HourCache implements ReplayedCache {
    /** Which hours go. */
    private interface Policy {
        void grown(int hour, int period);

        void used(int hour, int period);

        /** Takes out those that must go so that the others have no more than so many segments. */
        List<Integer> over(int mostSegments, Predicate<Integer> inUse);
    }

    private final int mostSegments;
    private final int segmentsPerHour;
    private final Policy policy;
    private final BitSet segments = new BitSet();
    /** The hours that exports have read in a period. */
    private final BitSet exportedHours = new BitSet();

    private int exportedPeriod = -1;

    private HourCache(int mostSegments, int segmentsPerHour, Policy policy) {
        this.mostSegments = mostSegments;
        this.segmentsPerHour = segmentsPerHour;
        this.policy = policy;
    }

    /** With the plugin's policy. */
    public static HourCache ofThePlugin(int mostSegments, int segmentsPerHour) {
        return new HourCache(mostSegments, segmentsPerHour, new PluginPolicy());
    }

    /** With the hour first that was used least recently. */
    public static HourCache leastRecentlyUsed(int mostSegments, int segmentsPerHour) {
        return new HourCache(mostSegments, segmentsPerHour, new LeastRecentlyUsed());
    }

    @Override
    public boolean request(int segment, int period) {
        int hour = segment / segmentsPerHour;
        if (segments.get(segment)) {
            policy.used(hour, period);
            return true;
        }
        segments.set(segment);
        policy.grown(hour, period);
        for (int gone : policy.over(mostSegments, other -> isExported(other, period))) {
            segments.clear(gone * segmentsPerHour, (gone + 1) * segmentsPerHour);
        }
        return false;
    }

    /** An export that is not admitted reads a segment, here or elsewhere. It puts nothing in and does not count as a use, but the hour stays meanwhile. */
    public void export(int segment, int period) {
        if (period != exportedPeriod) {
            exportedHours.clear();
            exportedPeriod = period;
        }
        exportedHours.set(segment / segmentsPerHour);
    }

    private boolean isExported(int hour, int period) {
        return period - exportedPeriod <= 1 && exportedHours.get(hour);
    }

    private static final class PluginPolicy implements Policy {
        private final Eviction<Integer> eviction = new Eviction<>();

        @Override
        public void grown(int hour, int period) {
            eviction.grown(hour, 1, period);
        }

        @Override
        public void used(int hour, int period) {
            eviction.used(hour, period);
        }

        @Override
        public List<Integer> over(int mostSegments, Predicate<Integer> inUse) {
            return eviction.over(mostSegments, inUse).stream()
                    .map(Eviction.Evicted::file)
                    .toList();
        }
    }

    private static final class LeastRecentlyUsed implements Policy {
        /** How many segments of each hour there are, by last use. */
        private final LinkedHashMap<Integer, Integer> hours = new LinkedHashMap<>(16, 0.75f, true);

        private int segments;

        @Override
        public void grown(int hour, int period) {
            hours.merge(hour, 1, Integer::sum);
            segments++;
        }

        @Override
        public void used(int hour, int period) {
            hours.get(hour);
        }

        /** One at a time is enough, as one segment is put in at a time; what is in use was used just now. */
        @Override
        public List<Integer> over(int mostSegments, Predicate<Integer> inUse) {
            if (segments <= mostSegments) {
                return List.of();
            }
            Iterator<Map.Entry<Integer, Integer>> eldestFirst = hours.entrySet().iterator();
            Map.Entry<Integer, Integer> eldest = eldestFirst.next();
            eldestFirst.remove();
            segments -= eldest.getValue();
            return List.of(eldest.getKey());
        }
    }
}
