package org.red5.dvr.playback;

import java.util.Map;
import java.util.Optional;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;

/**
 * A window as it can be watched at this moment: what is in it, and whether more will follow.
 *
 * @param timeline what is in the window; never empty; one segment a number, unless it is finite
 * @param shape how the window changes as time goes on
 * @param grid the grid that the segments' numbers count on
 * @param takesBefore how many takes of the stream lie before the first segment; 0 in a finite window
 * @param isOver whether the window has passed for good, so that its answer stays as it is for a while
 * @param part the tracks of its playlist: all, or the sound alone
 * @param fills what is put into takes that lack one of these tracks
 */
public record View(
        Timeline timeline,
        Shape shape,
        SegmentGrid grid,
        int takesBefore,
        boolean isOver,
        Part part,
        Map<TakeId, TrackFill> fills) {
    /** How a window changes as time goes on. */
    public enum Shape {
        /** Its beginning and its end move. */
        SLIDING,
        /** Its end moves. */
        GROWING,
        /** Its end moved, until the stream ended. */
        ENDED,
        /** Its end moves, and its beginning where a limit deletes it. */
        LOSING_HEAD,
        /** As the one before, until the stream ended. */
        LOSING_HEAD_ENDED,
        /** Nothing moves. */
        FINITE;

        /** Whether its beginning may go, so that entries keep in step with the numbers. */
        public boolean losesHead() {
            return this == SLIDING || this == LOSING_HEAD || this == LOSING_HEAD_ENDED;
        }

        /** Whether nothing comes any more. */
        public boolean hasEnd() {
            return this == FINITE || this == ENDED || this == LOSING_HEAD_ENDED;
        }

        /** Of which type a list is that grows or did; empty for others. */
        public Optional<ListType> type() {
            return switch (this) {
                case GROWING, ENDED -> Optional.of(ListType.EVENT);
                case LOSING_HEAD, LOSING_HEAD_ENDED -> Optional.of(ListType.LIVE);
                case SLIDING, FINITE -> Optional.empty();
            };
        }
    }

    public View {
        fills = Map.copyOf(fills);
        if (timeline.isEmpty()) {
            throw new IllegalArgumentException("nothing to see in " + timeline.window());
        }
    }
}
