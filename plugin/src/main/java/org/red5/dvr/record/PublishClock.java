package org.red5.dvr.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.media.flv.FlvPacket.Frame;
import org.red5.dvr.record.segmenter.Samples;

/**
 * Says when each access unit of a publish was: makes the stamps of each track even, keeps the tracks in step, and ties
 * the publisher's clock to UTC. Until that is tied, for a second, access units are held. Tracks that one clock stamps are
 * mapped alike, so that what the publisher stamped as simultaneous stays so; where they have run apart by more than an
 * encoder explains, the one that is further from the wall clock is moved to the other. Used by one thread.
 */
final class PublishClock {
    /** Takes what is timed, in the order in which it came. */
    interface Listener {
        void timed(Frame frame, long utcMicros);

        /** The publisher's clock has left the wall clock: what follows is timed anew. */
        void lost();

        /** A track was moved, by so many milliseconds, to be in step with the other. */
        void moved(boolean video, long millis);
    }

    /** How long the delays of both tracks are watched before they are compared. */
    private static final long WINDOW_MICROS = 2_000_000;
    /** Tracks that are not stamped by one clock may differ by this. */
    private static final long MOST_APART_IN_STEP_MILLIS = 400;
    /** With fewer packets in a window, nothing is known of a track's delay. */
    private static final int ENOUGH_PACKETS = 3;

    private final Listener listener;
    private final TrackClock video = new TrackClock();
    private final TrackClock audio = new TrackClock();
    private final Delay videoDelay = new Delay();
    private final Delay audioDelay = new Delay();
    private final List<TrackClock.Settled> held = new ArrayList<>();
    private MediaClock clock = new MediaClock();
    private long heldBytes;
    private long windowEndMicros = Long.MIN_VALUE;

    /** The least delay of a track's packets in a window, in microseconds, against its stamps. */
    private static final class Delay {
        private long leastMicros = Long.MAX_VALUE;
        private int packets;

        void add(long micros) {
            leastMicros = Math.min(leastMicros, micros);
            packets++;
        }

        void clear() {
            leastMicros = Long.MAX_VALUE;
            packets = 0;
        }
    }

    PublishClock(Listener listener) {
        this.listener = listener;
    }

    /** The memory that access units take which are held. */
    long heldBytes() {
        return heldBytes;
    }

    /** Takes in the next access unit. */
    void accept(Frame frame) {
        boolean isVideo = frame.video();
        TrackClock track = isVideo ? video : audio;
        track.accept(frame, lateMillis(track), isVideo ? audio : video).forEach(this::settled);
        compare(frame.arrivalUtcMicros());
    }

    /** Times all that is held: nothing that follows says more of it. */
    void flush() {
        video.flush().ifPresent(this::settled);
        audio.flush().ifPresent(this::settled);
        release();
    }

    private Optional<Long> lateMillis(TrackClock track) {
        return clock.isAnchored() && track.isStarted()
                ? Optional.of((track.lastArrivalMicros() - clock.utcMicros(track.lastMediaMillis())) / 1_000)
                : Optional.empty();
    }

    private void settled(TrackClock.Settled settled) {
        long arrival = settled.frame().arrivalUtcMicros();
        clock.observe(settled.mediaMillis(), arrival);
        if (clock.isLost()) {
            listener.lost();
            clock = new MediaClock();
            clock.observe(settled.mediaMillis(), arrival);
        }
        Delay delay = settled.frame().video() ? videoDelay : audioDelay;
        delay.add(arrival - settled.mediaMillis() * 1_000);
        if (clock.isAnchored()) {
            listener.timed(settled.frame(), clock.utcMicros(settled.mediaMillis()));
            return;
        }
        held.add(settled);
        heldBytes += settled.frame().data().length + Samples.OVERHEAD_BYTES;
        if (clock.canAnchor(arrival)) {
            release();
        }
    }

    private void release() {
        if (held.isEmpty()) {
            return;
        }
        clock.anchor(held.get(held.size() - 1).frame().arrivalUtcMicros());
        List<TrackClock.Settled> ready = List.copyOf(held);
        held.clear();
        heldBytes = 0;
        ready.forEach(settled -> listener.timed(settled.frame(), clock.utcMicros(settled.mediaMillis())));
    }

    /** Looks every other second whether the tracks have run apart. */
    private void compare(long nowMicros) {
        if (Math.abs(windowEndMicros - nowMicros) <= WINDOW_MICROS && nowMicros < windowEndMicros) {
            return;
        }
        if (clock.isAnchored() && videoDelay.packets >= ENOUGH_PACKETS && audioDelay.packets >= ENOUGH_PACKETS) {
            keepInStep((videoDelay.leastMicros - audioDelay.leastMicros) / 1_000);
        }
        videoDelay.clear();
        audioDelay.clear();
        windowEndMicros = nowMicros + WINDOW_MICROS;
    }

    /** @param laterMillis by how much later than it says, compared to the audio, video comes */
    private void keepInStep(long laterMillis) {
        long movedMillis = video.apartMillis(audio);
        boolean apart = movedMillis != 0;
        if (apart && Math.abs(laterMillis + movedMillis) <= MOST_APART_IN_STEP_MILLIS) {
            move(true, -movedMillis);
        } else if (Math.abs(laterMillis) > (apart ? MOST_APART_IN_STEP_MILLIS : TrackClock.MOST_APART_MILLIS)) {
            boolean videoIsOff = Math.abs(offMicros(videoDelay, video)) > Math.abs(offMicros(audioDelay, audio));
            move(videoIsOff, videoIsOff ? laterMillis : -laterMillis);
        }
    }

    /** By how much a track's packets come later than they are timed. */
    private long offMicros(Delay delay, TrackClock track) {
        long mediaMillis = track.lastMediaMillis();
        return delay.leastMicros + mediaMillis * 1_000 - clock.utcMicros(mediaMillis);
    }

    private void move(boolean isVideo, long millis) {
        (isVideo ? video : audio).step(millis);
        listener.moved(isVideo, millis);
    }
}
