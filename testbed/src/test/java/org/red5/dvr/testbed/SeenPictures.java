package org.red5.dvr.testbed;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The pictures of a clock that a viewer saw, one after the other. One thread adds, any may ask. */
final class SeenPictures {
    /** Less than this is a picture that a busy machine has not drawn, and no part of the stream that is lost. */
    private static final long UNNOTICED_MILLIS = 400;

    /**
     * A picture.
     *
     * @param atMillis when it was seen
     * @param utcMillis the time it shows
     */
    record Seen(long atMillis, long utcMillis) {}

    private final List<Seen> all = new CopyOnWriteArrayList<>();

    void add(Seen seen) {
        all.add(seen);
    }

    /** The latest time shown so far; 0 before the first picture. */
    long latestMillis() {
        return all.stream().mapToLong(Seen::utcMillis).max().orElse(0);
    }

    int count() {
        return all.size();
    }

    /** Of those that were seen since then. */
    SeenPictures since(long atMillis) {
        SeenPictures later = new SeenPictures();
        all.stream().filter(seen -> seen.atMillis() >= atMillis).forEach(later::add);
        return later;
    }

    /** How much of the time between the first and the last picture was not shown. */
    long lostMillis() {
        long lost = 0;
        long latest = Long.MAX_VALUE;
        for (Seen seen : all) {
            if (seen.utcMillis() - latest > UNNOTICED_MILLIS) {
                lost += seen.utcMillis() - latest;
            }
            latest = latest == Long.MAX_VALUE ? seen.utcMillis() : Math.max(latest, seen.utcMillis());
        }
        return lost;
    }

    /** The longest time for which one picture stood still. */
    long longestStallMillis() {
        long longest = 0;
        for (int i = 1; i < all.size(); i++) {
            longest = Math.max(longest, all.get(i).atMillis() - all.get(i - 1).atMillis());
        }
        return longest;
    }
}
