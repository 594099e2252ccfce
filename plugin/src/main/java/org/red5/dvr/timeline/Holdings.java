package org.red5.dvr.timeline;

import java.util.List;
import java.util.Optional;

/**
 * What one source holds of a stream in a window.
 *
 * @param segments every segment that intersects the window, by number and then take; several takes may have one number
 * @param ends the ends of takes in the window, and the last before it, by time
 * @param live whether the source is recording the stream now
 * @param span from the first to the last segment of the stream at this source, in whatever window; empty when it has none
 */
public record Holdings(List<Segment> segments, List<TakeEnd> ends, boolean live, Optional<UtcRange> span) {
    public Holdings {
        segments = List.copyOf(segments);
        ends = List.copyOf(ends);
    }
}
