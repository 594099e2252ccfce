package org.red5.dvr.testbed.audience;

import java.util.Iterator;
import java.util.LinkedHashSet;

/** The least recently used segment goes first. */
public final class SegmentLru implements ReplayedCache {
    private final int mostSegments;
    private final LinkedHashSet<Integer> segments = new LinkedHashSet<>();

    public SegmentLru(int mostSegments) {
        this.mostSegments = mostSegments;
    }

    @Override
    public boolean request(int segment, int period) {
        boolean isHit = segments.remove(segment);
        segments.add(segment);
        if (segments.size() > mostSegments) {
            Iterator<Integer> eldest = segments.iterator();
            eldest.next();
            eldest.remove();
        }
        return isHit;
    }
}
