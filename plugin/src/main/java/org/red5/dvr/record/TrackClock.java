package org.red5.dvr.record;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.media.flv.FlvPacket.Frame;

/**
 * Makes one track's time stamps (32-bit milliseconds that wrap) even: gives each packet its time on the publisher's
 * clock, which both tracks share. A stamp that neither the one before nor the time of arrival explains is held until the
 * next packet of the track says what it was: a stray one, which is put between its neighbours, or a jump, after which
 * the track is counted on from where it was, or, after a pause, in step with the other one. Stamps that stand still are replaced by the times of arrival. A track whose
 * stamps are far from those of the other gets an offset of its own, by arrival; those that differ by less are believed to
 * the millisecond. Used by one thread.
 */
final class TrackClock {
    /**
     * A packet and when it was.
     *
     * @param mediaMillis on the publisher's clock, never less than that of the track's packet before
     */
    record Settled(Frame frame, long mediaMillis) {}

    /** A stamp is explained that is not further off than this. */
    private static final long TOLERATED_MILLIS = 400;
    /** Until it is known how late packets come, frames may be as far apart as this in a burst. */
    private static final long TOLERATED_IN_A_BURST_MILLIS = 1_000;
    /** Tracks whose stamps differ by less are stamped by one clock. */
    static final long MOST_APART_MILLIS = 4_000;
    /** After a jump, a track is put in step with the other if that is no further than this. */
    private static final long IN_STEP_MILLIS = 1_000;
    /** So many packets with one stamp, over {@link #TOLERATED_MILLIS}, have none. */
    private static final int STANDING_PACKETS = 3;

    private record Held(Frame frame, long rawMillis) {}

    private Optional<Held> held = Optional.empty();
    private boolean started;
    /** The last stamp that was believed, without wrapping, and when it came. */
    private long trustedMillis;

    private long trustedArrivalMicros;
    /** What is added to a stamp. */
    private long offsetMillis;

    private long lastMediaMillis;
    /** What was added to the other track's stamps when a packet of this one came last. */
    private long otherOffsetMillis;
    /** When the packet came that was the first with the last stamp, its time, and how many have it. */
    private long standingSinceMicros;

    private long standingSinceMillis;
    private int standing;

    boolean isStarted() {
        return started;
    }

    /** The time of the packet settled last. */
    long lastMediaMillis() {
        return lastMediaMillis;
    }

    /** When the packet came whose stamp was believed last. */
    long lastArrivalMicros() {
        return trustedArrivalMicros;
    }

    /**
     * Takes in the next packet of the track; gives those whose time is known now, in order.
     *
     * @param lateMillis by how much the last packet came later than it was timed; empty while that is not known
     * @param other the other track's clock
     */
    List<Settled> accept(Frame frame, Optional<Long> lateMillis, TrackClock other) {
        if (!started) {
            start(frame, other);
            return List.of(settle(frame, trustedMillis));
        }
        long raw = unwrap(frame.timestampMillis(), trustedMillis);
        long gap = millisBetween(trustedArrivalMicros, frame);
        if (held.isEmpty() && gap > IN_STEP_MILLIS) {
            followOther(frame, raw, other);
        }
        otherOffsetMillis = other.offsetMillis;
        boolean explained = isExplained(raw - trustedMillis, gap, lateMillis);
        if (held.isEmpty()) {
            if (explained) {
                return List.of(settle(frame, raw));
            }
            held = Optional.of(new Held(frame, raw));
            return List.of();
        }
        Held suspect = held.get();
        held = Optional.empty();
        if (explained) {
            long arrived = lastMediaMillis + millisBetween(trustedArrivalMicros, suspect.frame());
            return List.of(place(suspect.frame(), Math.min(arrived, raw + offsetMillis)), settle(frame, raw));
        }
        long rawAfter = unwrap(frame.timestampMillis(), suspect.rawMillis());
        long gapAfter = millisBetween(suspect.frame().arrivalUtcMicros(), frame);
        if (isExplained(rawAfter - suspect.rawMillis(), gapAfter, Optional.of(0L))) {
            jump(suspect, other);
            return List.of(settle(suspect.frame(), suspect.rawMillis()), settle(frame, rawAfter));
        }
        held = Optional.of(new Held(frame, raw));
        return List.of(placeByArrival(suspect));
    }

    /** Gives the packet that is still held, if there is one: no other follows it. */
    Optional<Settled> flush() {
        Optional<Settled> last = held.map(this::placeByArrival);
        held = Optional.empty();
        return last;
    }

    /** Moves what follows. */
    void step(long millis) {
        offsetMillis += millis;
    }

    /** By how much this track's stamps are moved further than the other's. */
    long apartMillis(TrackClock other) {
        return offsetMillis - other.offsetMillis;
    }

    private void start(Frame frame, TrackClock other) {
        started = true;
        otherOffsetMillis = other.offsetMillis;
        int timestamp = frame.timestampMillis();
        trustedMillis = other.started ? unwrap(timestamp, other.trustedMillis) : timestamp & 0xffffffffL;
        if (other.started) {
            long expected = other.lastMediaMillis + millisBetween(other.trustedArrivalMicros, frame);
            boolean apart = Math.abs(trustedMillis + other.offsetMillis - expected) > MOST_APART_MILLIS;
            offsetMillis = apart ? expected - trustedMillis : other.offsetMillis;
        }
        lastMediaMillis = trustedMillis + offsetMillis;
    }

    /** Whether a step of the stamps fits a gap between arrivals: forward by no more than that and what came late. */
    private static boolean isExplained(long stepMillis, long gapMillis, Optional<Long> lateMillis) {
        long tolerated = lateMillis.isPresent() ? TOLERATED_MILLIS : TOLERATED_IN_A_BURST_MILLIS;
        return stepMillis >= -TOLERATED_MILLIS
                && stepMillis <= gapMillis + Math.max(0, lateMillis.orElse(0L)) + tolerated;
    }

    /** After a pause: where the other track has jumped meanwhile, this one has too if that fits better. */
    private void followOther(Frame frame, long raw, TrackClock other) {
        long now = other.lastMediaMillis + millisBetween(other.trustedArrivalMicros, frame);
        long movedMillis = other.offsetMillis - otherOffsetMillis;
        if (Math.abs(raw + offsetMillis + movedMillis - now) < Math.abs(raw + offsetMillis - now)) {
            offsetMillis += movedMillis;
            trustedMillis = raw;
        }
    }

    /** Counts on by arrival; or in step with the other track where that has made the same jump. */
    private void jump(Held first, TrackClock other) {
        long media = lastMediaMillis + millisBetween(trustedArrivalMicros, first.frame());
        long inStep = first.rawMillis() + other.offsetMillis;
        boolean otherJumped = other.started && other.offsetMillis != offsetMillis;
        boolean fits = otherJumped && inStep > lastMediaMillis && Math.abs(inStep - media) <= IN_STEP_MILLIS;
        offsetMillis = fits ? other.offsetMillis : media - first.rawMillis();
    }

    private Settled settle(Frame frame, long raw) {
        long arrival = frame.arrivalUtcMicros();
        if (raw != trustedMillis || standing == 0) {
            standing = 0;
            standingSinceMicros = arrival;
            standingSinceMillis = Math.max(raw + offsetMillis, lastMediaMillis);
        }
        standing++;
        long stoodMillis = millisBetween(standingSinceMicros, frame);
        if (standing > STANDING_PACKETS && stoodMillis >= TOLERATED_MILLIS) {
            offsetMillis = standingSinceMillis + stoodMillis - raw;
        }
        trustedMillis = raw;
        trustedArrivalMicros = arrival;
        return place(frame, raw + offsetMillis);
    }

    private Settled placeByArrival(Held suspect) {
        return place(suspect.frame(), lastMediaMillis + millisBetween(trustedArrivalMicros, suspect.frame()));
    }

    private Settled place(Frame frame, long mediaMillis) {
        lastMediaMillis = Math.max(lastMediaMillis, mediaMillis);
        return new Settled(frame, lastMediaMillis);
    }

    private static long unwrap(int timestampMillis, long nearMillis) {
        return nearMillis + (timestampMillis - (int) nearMillis);
    }

    /** How long after an instant a packet came; 0 where the clock was set back. */
    private static long millisBetween(long sinceMicros, Frame frame) {
        return Math.max(0, (frame.arrivalUtcMicros() - sinceMicros) / 1_000);
    }
}
