package org.red5.dvr.cluster.known;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexParser;
import org.red5.dvr.archive.index.TestIndex;
import org.red5.dvr.cluster.MemoryArchive;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** What a peer's index says of a take, together with the segments that were told after it came. */
class KnownTakeTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    /** The first cell of an hour. */
    private static final long FIRST = 440_955_000;

    private static final TakeId TAKE = TakeId.of(GRID.startUtcMicros(FIRST), "a");
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE);
    private static final List<Segment> SEGMENTS = MemoryArchive.run(TAKE, FIRST, 10);

    private static HourListing.Hour entry(int segments) {
        return new HourListing.Hour(GRID.hourOf(FIRST), TAKE, "o", segments, false, Optional.empty());
    }

    private static FollowReply.New told(int position) {
        Segment segment = SEGMENTS.get(position);
        return new FollowReply.New(segment, "o", 3, position, Optional.of(MemoryArchive.bytes(segment)));
    }

    private static HourIndex index(int segments) throws Exception {
        byte[] bytes = TestIndex.bytes(
                GRID,
                3,
                SEGMENTS.subList(0, segments),
                segment -> (int) (segment.number() - FIRST),
                false,
                Optional.empty());
        return IndexParser.parse(GRID.hourOf(FIRST), TAKE, true, bytes);
    }

    private static List<Segment> segments(KnownTake take, UtcRange range) {
        List<Segment> segments = new ArrayList<>();
        take.addWithin(range, segments);
        return segments;
    }

    @Test
    void whatIsToldFollowsOnTheIndex() throws Exception {
        KnownTake known =
                new KnownTake(entry(5), index(5)).and(entry(6), told(5)).and(entry(7), told(6));
        assertEquals(SEGMENTS.subList(0, 7), segments(known, EVER));
        assertEquals(
                SEGMENTS.subList(3, 6),
                segments(
                        known,
                        new UtcRange(
                                SEGMENTS.get(3).startUtcMicros(),
                                SEGMENTS.get(5).endUtcMicros())));
        assertEquals(7, known.records());
        assertEquals(FIRST + 6, known.lastNumber());
        assertEquals(3, known.ordinal());
        for (int i = 0; i < 7; i++) {
            FollowReply.New found = known.find(FIRST + i).orElseThrow();
            assertEquals(SEGMENTS.get(i), found.segment());
            assertEquals("o", found.node());
            assertEquals(i, found.crc());
            assertTrue(found.media().isEmpty(), "bytes are kept elsewhere");
        }
        assertEquals(Optional.empty(), known.find(FIRST + 7));
        assertEquals(Optional.empty(), known.find(FIRST - 1));
    }

    /** A segment that is not told, as it is damaged or another server's is told for it, is asked for with the index. */
    @Test
    void recordsAreKnownAsFarAsThereIsNoHole() throws Exception {
        KnownTake known =
                new KnownTake(entry(5), index(5)).and(entry(6), told(5)).and(entry(7), told(7));
        assertEquals(6, known.records());
        assertEquals(FIRST + 7, known.lastNumber());
        assertTrue(known.find(FIRST + 7).isPresent());
        assertEquals(Optional.empty(), known.find(FIRST + 6));
    }

    @Test
    void aTakeMayBeKnownByWhatIsToldAlone() {
        KnownTake known = new KnownTake(entry(0), Optional.empty(), List.of()).and(entry(1), told(4));
        assertEquals(SEGMENTS.subList(4, 5), segments(known, EVER));
        assertEquals(0, known.records());
        assertEquals(3, known.ordinal());
        assertEquals(List.of(), known.ends());
    }

    @Test
    void someOfItHasNoEnds() throws Exception {
        HourIndex ended = IndexParser.parse(GRID.hourOf(FIRST), TAKE, false, index(5).toBytes());
        KnownTake known = new KnownTake(entry(5), ended).and(entry(6), told(5));
        TakeEnd cut = new TakeEnd(TAKE, SEGMENTS.get(4).endUtcMicros(), GapReason.SERVER_DOWN);
        assertEquals(List.of(cut), known.ends());
        KnownTake odd = known.only(segment -> segment.number() % 2 == 1);
        assertEquals(List.of(SEGMENTS.get(1), SEGMENTS.get(3), SEGMENTS.get(5)), segments(odd, EVER));
        assertEquals(List.of(), odd.ends());
        assertEquals(3, odd.find(FIRST + 3).orElseThrow().crc());
        assertEquals(Optional.empty(), odd.find(FIRST + 2));
    }
}
