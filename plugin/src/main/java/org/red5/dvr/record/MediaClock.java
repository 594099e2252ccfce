package org.red5.dvr.record;

/**
 * Ties a publisher's clock (milliseconds, made even by {@link TrackClock}) to UTC. It watches a publisher for a second before it
 * is anchored, by the packet that came with the least delay, so that a burst at the start does not count as time. The
 * packets of the burst came later than they are timed then, so the anchor gives in to them by half, a quarter of a
 * second at most: of a burst of half a second, as encoders make it that read from files, every packet is timed within
 * that of its arrival. Afterwards the clock leaves small differences alone and works off larger ones by slewing, at
 * most 500 µs a second; it never steps. When it is lost, by over ten seconds to either side, it says so, and a new one
 * has to be anchored. Both tracks have one clock, so that what the publisher stamped as simultaneous stays so however
 * far its tracks run apart; the track that is ahead is the one that is compared with the wall clock. Used by one
 * thread.
 */
final class MediaClock {
    /** How long packets are watched before the anchor is chosen. */
    static final long WATCH_MICROS = 1_000_000;

    /** A publisher's time may be off by that much while it stalls, catches up or sends in advance. */
    static final long MOST_OFF_MICROS = 10_000_000;

    private static final double MOST_SLEW = 500e-6;
    private static final long WINDOW_MICROS = 10_000_000;
    /** A difference of more than this is worked off, */
    private static final long TOLERATED_MICROS = 300_000;
    /** until it is less than this. */
    private static final long SETTLED_MICROS = 50_000;
    /** The most by which the anchor gives in to the packets of a burst. */
    private static final long MOST_CONCESSION_MICROS = 250_000;

    /** Who catches up is at least this much less late after each window. */
    private static final long CATCHING_UP_MICROS = 1_000_000;

    /** An error is worked off over about this long. */
    private static final double CORRECTION_MICROS = 30e6;

    private boolean started;
    private boolean anchored;
    private long newestMillis;
    private long baseMillis;
    private long baseUtcMicros;
    private double slew;
    private long windowEndMicros;
    private boolean following;
    private long leastDelayMicros;
    private long firstDelayMicros;
    private long firstArrivalMicros;
    /** The least delay of the window before, if that was over the limit; else 0. */
    private long lateMicros;

    private boolean lost;

    /** Takes notice of a packet; once for each, in order of arrival. */
    void observe(long mediaMillis, long arrivalUtcMicros) {
        if (!started) {
            started = true;
            firstArrivalMicros = arrivalUtcMicros;
            newestMillis = mediaMillis;
            leastDelayMicros = Long.MAX_VALUE;
            firstDelayMicros = arrivalUtcMicros - mediaMillis * 1_000;
        }
        newestMillis = Math.max(newestMillis, mediaMillis);
        if (!anchored) {
            leastDelayMicros = Math.min(leastDelayMicros, arrivalUtcMicros - mediaMillis * 1_000);
            return;
        }
        long delayMicros = arrivalUtcMicros - utcMicros(mediaMillis);
        lost |= delayMicros < -MOST_OFF_MICROS;
        leastDelayMicros = Math.min(leastDelayMicros, delayMicros);
        boolean setBack = arrivalUtcMicros < windowEndMicros - 2 * WINDOW_MICROS;
        if (arrivalUtcMicros >= windowEndMicros || setBack) {
            follow(arrivalUtcMicros);
        }
    }

    /**
     * Whether the publisher's time has left the wall clock: packets come over ten seconds before the instants that they
     * are timed at, or they come over ten seconds after them for two windows of ten seconds and do not catch up.
     */
    boolean isLost() {
        return lost;
    }

    boolean isAnchored() {
        return anchored;
    }

    /**
     * Whether a packet that comes now finds enough packets before it to choose the anchor; one that comes before the
     * first did, because the wall clock was set back, must do.
     */
    boolean canAnchor(long arrivalUtcMicros) {
        return started && Math.abs(arrivalUtcMicros - firstArrivalMicros) >= WATCH_MICROS;
    }

    /** Chooses the anchor by the packets observed so far. */
    void anchor(long nowUtcMicros) {
        anchored = true;
        baseMillis = newestMillis;
        long burstMicros = firstDelayMicros - leastDelayMicros;
        baseUtcMicros = newestMillis * 1_000 + leastDelayMicros + Math.min(burstMicros / 2, MOST_CONCESSION_MICROS);
        slew = 0;
        leastDelayMicros = Long.MAX_VALUE;
        windowEndMicros = nowUtcMicros + WINDOW_MICROS;
    }

    /** The instant of a time on the publisher's clock, in microseconds since the Unix epoch. */
    long utcMicros(long mediaMillis) {
        long sinceBaseMicros = (mediaMillis - baseMillis) * 1_000;
        return baseUtcMicros + sinceBaseMicros + Math.round(sinceBaseMicros * slew);
    }

    private void follow(long nowUtcMicros) {
        boolean late = leastDelayMicros > MOST_OFF_MICROS;
        lost |= late && lateMicros > 0 && leastDelayMicros > lateMicros - CATCHING_UP_MICROS;
        lateMicros = late ? leastDelayMicros : 0;
        long utc = utcMicros(newestMillis);
        following = Math.abs(leastDelayMicros) > (following ? SETTLED_MICROS : TOLERATED_MICROS);
        double wanted = following ? leastDelayMicros / CORRECTION_MICROS : 0;
        baseMillis = newestMillis;
        baseUtcMicros = utc;
        slew = Math.max(-MOST_SLEW, Math.min(MOST_SLEW, wanted));
        leastDelayMicros = Long.MAX_VALUE;
        windowEndMicros = nowUtcMicros + WINDOW_MICROS;
    }
}
