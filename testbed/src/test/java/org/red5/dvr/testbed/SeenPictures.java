package org.red5.dvr.testbed;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongBinaryOperator;

/**
 * The pictures of a clock that a viewer saw, one after the other. What a player left out is told from what a busy machine did not
 * draw: in the player, whose own time has gone on then, and in the clock, which knows. One thread adds, any may ask.
 */
final class SeenPictures {
    /** Less than this is no part of the stream that is lost. */
    private static final long UNNOTICED_MILLIS = 400;

    /**
     * A picture.
     *
     * @param atMillis when it was seen
     * @param utcMillis the time it shows
     * @param playerMillis the player's own time, always 0 of one that draws every picture
     */
    record Seen(long atMillis, long utcMillis, long playerMillis) {}

    /** A leap forward of the player's own time. */
    private record Leap(long atMillis, long millis) {}

    private final List<Seen> all = new CopyOnWriteArrayList<>();
    private final List<Leap> leaps = new CopyOnWriteArrayList<>();

    void add(Seen seen) {
        all.add(seen);
    }

    /** The player set its own time forward, or back. */
    void addLeap(long atMillis, long millis) {
        leaps.add(new Leap(atMillis, millis));
    }

    /** The latest time shown so far; 0 before the first picture. */
    long latestMillis() {
        return all.stream().mapToLong(Seen::utcMillis).max().orElse(0);
    }

    /** For how long pictures have been seen. */
    long shownMillis() {
        return all.isEmpty()
                ? 0
                : all.get(all.size() - 1).atMillis() - all.get(0).atMillis();
    }

    int count() {
        return all.size();
    }

    /** Of those that were seen since then. */
    SeenPictures since(long atMillis) {
        SeenPictures later = new SeenPictures();
        all.stream().filter(seen -> seen.atMillis() >= atMillis).forEach(later::add);
        leaps.stream().filter(leap -> leap.atMillis() >= atMillis).forEach(later.leaps::add);
        return later;
    }

    /** How much of the time between the first and the last picture the player left out, of a clock that was always drawn. */
    long lostMillis() {
        return lostMillis((from, to) -> 0);
    }

    /**
     * How much of the time between the first and the last picture the player left out.
     *
     * @param paused how much of the time between two instants the clock was not drawn in
     */
    long lostMillis(LongBinaryOperator paused) {
        long lost = leaps.stream().mapToLong(leap -> Math.max(0, leap.millis())).sum();
        long latest = Long.MAX_VALUE;
        for (int i = 0; i < all.size(); i++) {
            long skipped = all.get(i).utcMillis() - latest;
            if (skipped > 0) {
                skipped -= paused.applyAsLong(latest, all.get(i).utcMillis());
                skipped -=
                        Math.max(0, all.get(i).playerMillis() - all.get(i - 1).playerMillis());
            }
            lost += skipped > UNNOTICED_MILLIS ? skipped : 0;
            latest = i == 0
                    ? all.get(i).utcMillis()
                    : Math.max(latest, all.get(i).utcMillis());
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

    /** Where the time shown is not the next one, and the leaps, for a person. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i < all.size(); i++) {
            if (Math.abs(all.get(i).utcMillis() - all.get(i - 1).utcMillis()) > UNNOTICED_MILLIS) {
                text.append(all.get(i - 1)).append(" then ").append(all.get(i)).append("; ");
            }
        }
        return text.append(leaps).toString();
    }
}
