package org.red5.dvr.cluster;

import org.red5.dvr.cluster.ask.Budget;
import org.red5.dvr.cluster.ask.Planner;
import org.red5.dvr.cluster.known.QueryOptions;
import org.red5.dvr.peer.Route;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

/**
 * Which numbers the sources of a stream have used for what they recorded, as far as they have said so. Any thread may call;
 * nothing blocks.
 */
public final class SourceNumbers {
    /** Before now: the last segment of the server that was published to before. */
    private static final int CELLS = 3;

    private final Planner planner;
    private final SourceInventories sources;
    private final SegmentGrid grid;
    private final Timing time;

    SourceNumbers(Planner planner, SourceInventories sources, SegmentGrid grid, Timing time) {
        this.planner = planner;
        this.sources = sources;
        this.grid = grid;
        this.time = time;
    }

    /** Asks the sources for their newest segments, and does not wait for the answers. */
    public void ask(StreamKey stream) {
        long now = time.micros();
        UtcRange range = new UtcRange(now - CELLS * grid.periodMicros(), now);
        QueryOptions newest = new QueryOptions(now, true, false);
        sources.gather(planner.plan(stream, Route.START), range, asked -> newest, Budget.VIEWER, false);
    }

    /** Whether a source is known to have a segment of a number. */
    public boolean have(StreamKey stream, long number) {
        return planner.plan(stream, Route.START).asked().stream()
                .anyMatch(asked -> sources.of(asked).has(asked.stream(), number, asked.route()));
    }
}
