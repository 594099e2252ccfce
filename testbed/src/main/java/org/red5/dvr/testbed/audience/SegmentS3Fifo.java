package org.red5.dvr.testbed.audience;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * S3-FIFO for single segments, as its authors have it (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023,
 * algorithm 1): a small queue of a tenth, a main queue, as many ghosts as the main queue has room for, counters up to 3.
 */
public final class SegmentS3Fifo implements ReplayedCache {
    private static final int MOST_USES = 3;

    private final int mostSegments;
    private final int mostSmall;
    private final ArrayDeque<Integer> small = new ArrayDeque<>();
    private final ArrayDeque<Integer> main = new ArrayDeque<>();
    private final LinkedHashSet<Integer> ghosts = new LinkedHashSet<>();
    /** Of each segment in either queue. */
    private final Map<Integer, Integer> uses = new HashMap<>();

    public SegmentS3Fifo(int mostSegments) {
        this.mostSegments = mostSegments;
        this.mostSmall = mostSegments / 10;
    }

    @Override
    public boolean request(int segment, int period) {
        if (uses.computeIfPresent(segment, (key, before) -> Math.min(before + 1, MOST_USES)) != null) {
            return true;
        }
        while (uses.size() >= mostSegments) {
            if (small.size() >= mostSmall) {
                evictSmall();
            } else {
                evictMain();
            }
        }
        (ghosts.remove(segment) ? main : small).add(segment);
        uses.put(segment, 0);
        return false;
    }

    private void evictSmall() {
        for (Integer eldest = small.poll(); eldest != null; eldest = small.poll()) {
            if (uses.getOrDefault(eldest, 0) <= 1) {
                uses.remove(eldest);
                remember(eldest);
                return;
            }
            uses.put(eldest, 0);
            main.add(eldest);
            if (main.size() > mostSegments - mostSmall) {
                evictMain();
            }
        }
    }

    private void evictMain() {
        for (Integer eldest = main.poll(); eldest != null; eldest = main.poll()) {
            int before = uses.getOrDefault(eldest, 0);
            if (before == 0) {
                uses.remove(eldest);
                return;
            }
            uses.put(eldest, before - 1);
            main.add(eldest);
        }
    }

    private void remember(Integer ghost) {
        ghosts.add(ghost);
        if (ghosts.size() > mostSegments - mostSmall) {
            Iterator<Integer> eldest = ghosts.iterator();
            eldest.next();
            eldest.remove();
        }
    }
}
