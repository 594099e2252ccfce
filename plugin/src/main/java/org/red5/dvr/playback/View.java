package org.red5.dvr.playback;

import java.util.Map;
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
        /** Nothing moves. */
        FINITE
    }

    public View {
        fills = Map.copyOf(fills);
        if (timeline.isEmpty()) {
            throw new IllegalArgumentException("nothing to see in " + timeline.window());
        }
    }
}
