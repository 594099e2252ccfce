package org.red5.dvr.playback.mp4;

import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.fmp4.MovieHeader.Edit;
import org.red5.dvr.media.fmp4.TrackKind;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;

/**
 * Places the chunks of a track one behind the other. Decoding goes on from one to the next: a sample lasts until the next one begins. Times are
 * ticks of the track since the Unix epoch, less what was cut out.
 */
final class TrackPlacing {
    private static final long MOST_TICKS = 0xffffffffL;

    private final TrackKind kind;
    private final int timescale;
    private final List<Chunk> recorded;
    private final List<Chunk> placed = new ArrayList<>();
    private long startTicks;
    private long endTicks;

    TrackPlacing(TrackKind kind, int timescale, List<Chunk> recorded) {
        this.kind = kind;
        this.timescale = timescale;
        this.recorded = recorded;
    }

    TrackKind kind() {
        return kind;
    }

    int timescale() {
        return timescale;
    }

    boolean isEmpty() {
        return recorded.isEmpty();
    }

    /** Whether there is a chunk yet to be placed that is of one of the segments before a position. */
    boolean hasNextBefore(int segment) {
        return placed.size() < recorded.size() && recorded.get(placed.size()).segment() < segment;
    }

    /** What would lie between the last chunk and the next; below 0 where they overlap. Of a track with a chunk placed. */
    long holeMicros(long cutMicros) {
        return Ticks.toMicros(next().summary().startDtsTicks(), timescale)
                - cutMicros
                - Ticks.toMicros(endTicks, timescale);
    }

    boolean hasBegun() {
        return !placed.isEmpty();
    }

    /** Places the next chunk. */
    void place(long cutMicros) throws PlaybackException {
        Chunk chunk = next();
        long at = chunk.summary().startDtsTicks() - Ticks.ofMicros(cutMicros, timescale);
        if (placed.isEmpty()) {
            startTicks = at;
            endTicks = at;
        }
        long gap = Math.max(0, at - endTicks);
        if (gap > 0) {
            Chunk last = placed.remove(placed.size() - 1);
            if (last.summary().lastTicks() + gap > MOST_TICKS) {
                throw new PlaybackException(
                        Kind.MIXED, "One of the tracks is missing for longer than a file can say: ask for less.");
            }
            placed.add(last.withMore(gap));
        }
        placed.add(chunk);
        endTicks += gap + chunk.summary().durationTicks();
    }

    private Chunk next() {
        return recorded.get(placed.size());
    }

    /** When the first sample is shown, in microseconds; what was cut out is behind it. */
    long startMicros() {
        return Ticks.toMicros(startTicks + offsetTicks(), timescale);
    }

    /** The composition offset of the first sample, which is that of the whole presentation. */
    private long offsetTicks() {
        return recorded.get(0).summary().startOffsetTicks();
    }

    /**
     * The track as it is shown between two instants; without edits when nothing of it is.
     *
     * @param fromMicros when the movie begins
     * @param toMicros when it ends, less what was cut out
     */
    TrackLayout layout(long fromMicros, long toMicros) {
        long begin = Math.max(fromMicros, startMicros());
        long end = Math.min(toMicros, Ticks.toMicros(endTicks + offsetTicks(), timescale));
        List<Edit> edits = new ArrayList<>();
        if (end > begin) {
            if (begin > fromMicros) {
                edits.add(new Edit(begin - fromMicros, -1));
            }
            edits.add(new Edit(end - begin, Math.max(0, Ticks.ofMicros(begin, timescale) - startTicks)));
        }
        return new TrackLayout(kind, List.copyOf(placed), List.copyOf(edits));
    }
}
