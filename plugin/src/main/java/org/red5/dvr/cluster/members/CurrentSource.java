package org.red5.dvr.cluster.members;

import java.util.Arrays;

/**
 * Which of a stream's sources is the one in use: the first in order that works. When it fails the first that works takes over at
 * once; back to an earlier one it goes when that has worked for {@value #WELL_SECONDS} s without a break. Not for several
 * threads.
 */
public final class CurrentSource {
    static final long WELL_SECONDS = 30;

    /** How well a source can serve a stream; those that are as well as the best one work. */
    public enum Level {
        DOWN,
        /** Not heard of yet, since the server started. */
        UNKNOWN,
        UP,
        /** It has the stream's archive. */
        KNOWS,
        /** The stream comes in at servers behind it, whose archives are not asked for through it. */
        RELAYS,
        /** The stream comes in there. */
        LIVE
    }

    private static final long NEVER = Long.MIN_VALUE;

    private final long[] wellSinceNanos;
    private final boolean[] heardOf;
    private int current = -1;

    CurrentSource(int sources) {
        wellSinceNanos = new long[sources];
        heardOf = new boolean[sources];
        Arrays.fill(wellSinceNanos, NEVER);
    }

    /**
     * Looks at all sources.
     *
     * @param levels of each source, in order of preference
     * @return the index of the current one, -1 when none works
     */
    int update(long nowNanos, Level... levels) {
        Level best = Level.DOWN;
        for (Level level : levels) {
            best = level.compareTo(best) > 0 ? level : best;
        }
        int first = -1;
        for (int i = levels.length - 1; i >= 0; i--) {
            boolean works = best != Level.DOWN && levels[i] == best;
            note(i, works, levels[i], nowNanos);
            first = works ? i : first;
        }
        if (current < 0 || levels[current] != best || best == Level.DOWN) {
            current = first;
            return current;
        }
        for (int i = 0; i < current; i++) {
            if (wellSinceNanos[i] != NEVER && nowNanos - wellSinceNanos[i] >= WELL_SECONDS * 1_000_000_000L) {
                current = i;
            }
        }
        return current;
    }

    /** A source that was never heard of before has not failed either: it need not prove itself. */
    private void note(int i, boolean works, Level level, long nowNanos) {
        if (!works) {
            wellSinceNanos[i] = NEVER;
        } else if (wellSinceNanos[i] == NEVER) {
            wellSinceNanos[i] = heardOf[i] ? nowNanos : nowNanos - WELL_SECONDS * 1_000_000_000L;
        }
        heardOf[i] |= level != Level.UNKNOWN;
    }
}
