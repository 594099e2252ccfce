package org.red5.dvr.testbed.audience;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The cache of single segments that no other can be better than (Belady, "A study of replacement algorithms for a virtual-storage computer", IBM
 * Systems Journal 5(2), 1966): it knows all requests from the beginning, keeps what is asked for soonest, and does not take in what is asked for
 * later than all that. To be asked exactly these.
 */
public final class Belady implements ReplayedCache {
    private final int mostSegments;
    private final int[] nextRequests;
    /** The ordinals of the next requests for what is in the cache; those of hits before come after them and are never reached. */
    private final PriorityQueue<Integer> latestFirst = new PriorityQueue<>((a, b) -> Integer.compare(b, a));
    /** Ordinals of the requests that will be hits, as of now. */
    private final BitSet hits = new BitSet();

    private int segments;
    private int ordinal;

    public Belady(int mostSegments, Requests requests) {
        this.mostSegments = mostSegments;
        this.nextRequests = new int[requests.size()];
        Map<Integer, Integer> seen = new HashMap<>();
        for (int i = requests.size() - 1; i >= 0; i--) {
            Integer next = seen.put(requests.segment(i), i);
            nextRequests[i] = next == null ? -1 : next;
        }
    }

    @Override
    public boolean request(int segment, int period) {
        boolean isHit = hits.get(ordinal);
        segments -= isHit ? 1 : 0;
        int next = nextRequests[ordinal];
        if (next >= 0) {
            hits.set(next);
            latestFirst.add(next);
            segments++;
            if (segments > mostSegments) {
                hits.clear(latestFirst.remove());
                segments--;
            }
        }
        ordinal++;
        return isHit;
    }
}
