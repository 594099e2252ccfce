package org.red5.dvr.playback;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

class GivenListsTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long FIRST = 448_838_325L;
    /** A week. */
    private static final int MOST_ENTRIES = 151_200;

    private static final UtcRange RANGE =
            new UtcRange(GRID.startUtcMicros(FIRST), GRID.startUtcMicros(FIRST + MOST_ENTRIES));
    private static final Window WINDOW = new Window.Rewind(RANGE.durationMicros());
    private static final TakeId TAKE = TakeId.of(RANGE.fromMicros(), "a");
    private static final TakeId OTHER = TakeId.of(RANGE.fromMicros(), "b");

    private final GivenLists lists = new GivenLists(GRID);

    /** Half a million entries are three weeks and a half. */
    @Test
    void ofTheStreamsThatWereAskedForLongestAgoNothingIsKnownBeyondABound() {
        for (int stream = 0; stream < 4; stream++) {
            assertEquals(TAKE, give(stream, MOST_ENTRIES, TAKE));
        }
        assertEquals(TAKE, give(3, MOST_ENTRIES, OTHER));
        assertEquals(OTHER, give(0, 10, OTHER), "chosen anew");
        assertEquals(TAKE, give(3, 10, OTHER));
    }

    /** Whose the first of so many entries is, which come from a take by now. */
    private TakeId give(int stream, int entries, TakeId take) {
        List<Segment> segments = MemorySource.run(take, FIRST, entries);
        Timeline now = Timeline.of(take.value(), new Holdings(segments, List.of(), true, Optional.of(RANGE)), RANGE);
        return lists.goOn(new StreamKey("live", "s" + stream), WINDOW, RANGE, now, RANGE.toMicros())
                .first()
                .take();
    }
}
