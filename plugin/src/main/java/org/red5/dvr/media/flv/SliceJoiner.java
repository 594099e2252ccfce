package org.red5.dvr.media.flv;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Joins pictures whose slices come in packets of their own. Whether an encoder sends such is seen at its first key frame, which is
 * held back until the next packet shows it; of an encoder that does, every picture is, with the sound that comes meanwhile. Used
 * by one thread.
 */
final class SliceJoiner {
    private enum Habit {
        UNKNOWN,
        WHOLE,
        SPLIT
    }

    /** A picture is not held back when the other track is so far ahead. */
    private static final int MOST_WAIT_MILLIS = 100;

    private Habit habit = Habit.UNKNOWN;
    private FlvPacket.@Nullable Frame held;
    private final List<FlvPacket> behind = new ArrayList<>();
    private int lastMillis;
    private boolean begun;

    /** Whether the last picture has this time stamp. */
    boolean isAt(int timestampMillis) {
        return begun && timestampMillis == lastMillis;
    }

    /** Takes in a picture, as far as it is in one packet; the one before is complete. */
    void begin(FlvPacket.Frame picture, List<FlvPacket> to) {
        release(to);
        begun = true;
        lastMillis = picture.timestampMillis();
        if (habit == Habit.WHOLE) {
            to.add(picture);
        } else {
            held = picture;
        }
    }

    /** Takes in more slices of the last picture; false when that was given out already. */
    boolean join(byte[] slices) {
        habit = Habit.SPLIT;
        FlvPacket.Frame first = held;
        if (first == null) {
            return false;
        }
        byte[] joined =
                Arrays.copyOfRange(first.data(), first.offset(), first.offset() + first.length() + slices.length);
        System.arraycopy(slices, 0, joined, first.length(), slices.length);
        held = new FlvPacket.Frame(
                true,
                first.key(),
                first.timestampMillis(),
                first.arrivalUtcMicros(),
                first.compositionOffsetMillis(),
                joined,
                0,
                joined.length);
        return true;
    }

    /** Passes on what came of the other track, behind the picture that is held back. */
    void other(int timestampMillis, List<FlvPacket> packets, List<FlvPacket> to) {
        if (held == null) {
            to.addAll(packets);
            return;
        }
        behind.addAll(packets);
        if (Math.abs(timestampMillis - lastMillis) > MOST_WAIT_MILLIS) {
            release(to);
        }
    }

    void release(List<FlvPacket> to) {
        FlvPacket.Frame complete = held;
        if (complete == null) {
            return;
        }
        if (habit == Habit.UNKNOWN && complete.key()) {
            habit = Habit.WHOLE;
        }
        to.add(complete);
        to.addAll(behind);
        behind.clear();
        held = null;
    }
}
