package org.red5.dvr.archive.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.red5.dvr.archive.index.Presence.State;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** An index in parts, and on its way between servers. */
class HourIndexTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final TakeId TAKE = new TakeId("20261122T140000000Z-test");
    private static final long HOUR = 498_710;
    private static final long FIRST = 448_839_000L;
    private static final int COUNT = 6;
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE);
    private static final Presence SOME = Presence.each(COUNT, State.HERE)
            .with(1, State.NOT_HELD)
            .with(2, State.UNFORCED)
            .with(4, State.DAMAGED);

    private static List<Segment> segments() {
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            segments.add(new Segment(TAKE, FIRST + i, GRID.startUtcMicros(FIRST + i), 4_000_000, 100, 10, i % 2 == 0));
        }
        return segments;
    }

    private static byte[] bytes(int ordinal, int count, boolean isEnded) {
        List<Segment> segments = segments().subList(0, count);
        Optional<TakeEnd> end = isEnded
                ? Optional.of(new TakeEnd(TAKE, segments.get(count - 1).endUtcMicros(), GapReason.NOT_PUBLISHED))
                : Optional.empty();
        return TestIndex.bytes(GRID, ordinal, segments, segment -> (int) segment.number(), false, end);
    }

    private static HourIndex parse(boolean isOpen, byte[] bytes) throws Exception {
        return IndexParser.parse(HOUR, TAKE, isOpen, bytes);
    }

    private static List<Segment> here(HourIndex index) {
        List<Segment> segments = new ArrayList<>();
        index.addWithin(EVER, segments);
        return segments;
    }

    @Test
    void whatWasKnownAndTheRestAreTheWhole() throws Exception {
        HourIndex whole = parse(true, bytes(0, COUNT, true)).with(SOME);
        for (int known = 1; known <= COUNT; known++) {
            HourIndex rest = whole.from(known);
            assertEquals(COUNT - known, rest.count());
            assertEquals(
                    here(whole).stream()
                            .filter(each -> rest.listedPositionOf(each.number()) >= 0)
                            .toList(),
                    here(rest));
            HourIndex beginning = parse(true, bytes(0, known, false)).with(presenceOfFirst(known));
            assertFalse(beginning.isEnded());
            HourIndex joined = beginning.and(rest).orElseThrow();
            assertArrayEquals(whole.toBytes(), joined.toBytes());
            assertArrayEquals(whole.toMarkedBytes(), joined.toMarkedBytes());
            assertEquals(SOME, joined.presence());
            assertEquals(here(whole), here(joined));
            assertEquals(whole.ends(), joined.ends());
        }
        assertArrayEquals(whole.toMarkedBytes(), whole.from(0).toMarkedBytes());
        assertEquals(0, whole.from(COUNT + 5).count());
    }

    private static Presence presenceOfFirst(int count) {
        Presence presence = Presence.each(count, State.HERE);
        for (int i = 0; i < count; i++) {
            presence = presence.with(i, SOME.at(i));
        }
        return presence;
    }

    @Test
    void whatDoesNotContinueItIsNotJoined() throws Exception {
        HourIndex whole = parse(true, bytes(0, COUNT, false));
        HourIndex known = parse(true, bytes(0, 3, false));
        assertTrue(known.and(whole.from(3)).isPresent());
        assertEquals(Optional.empty(), known.and(whole.from(2)), "again");
        assertEquals(Optional.empty(), known.and(whole.from(4)), "with a hole between");
        assertEquals(
                Optional.empty(), known.and(parse(true, bytes(1, COUNT, false)).from(3)), "made anew");
        assertEquals(Optional.empty(), parse(true, bytes(0, 3, true)).and(whole.from(3)), "behind the end");
        TakeId other = new TakeId("20261122T140000000Z-other");
        assertEquals(
                Optional.empty(),
                known.and(IndexParser.parse(HOUR, other, true, bytes(0, COUNT, false))
                        .from(3)));
    }

    /** As after a crash, in the hour that is not over: the take has not ended there, and not all of it is left. */
    @Test
    void marksCountInAnIndexThatMayGrow() throws Exception {
        byte[] bytes = bytes(0, COUNT, false);
        ByteBuffer records =
                ByteBuffer.wrap(bytes).position(IndexFormat.HEADER_BYTES).slice();
        IndexFormat.markDamaged(records, 2 * IndexFormat.RECORD_BYTES);
        IndexFormat.putLost(records, 3 * IndexFormat.RECORD_BYTES, FIRST + 3, GRID);
        HourIndex index = parse(true, bytes);
        List<Segment> left = segments();
        left.subList(2, 4).clear();
        assertEquals(left, here(index));
        assertEquals(-1, index.positionOf(FIRST + 2));
        assertEquals(List.of(new TakeEnd(TAKE, segments().get(1).endUtcMicros(), GapReason.DAMAGED)), index.ends());
        assertArrayEquals(bytes, index.toMarkedBytes(), "passed on as it came");
        assertArrayEquals(
                parse(true, bytes).from(3).toMarkedBytes(), index.from(3).toMarkedBytes());
    }

    @Test
    void aWindowIsOfTheSegmentsThatReachIntoIt() throws Exception {
        HourIndex index = parse(true, bytes(0, COUNT, false));
        List<Segment> segments = segments();
        List<Segment> found = new ArrayList<>();
        index.addWithin(
                new UtcRange(segments.get(1).endUtcMicros() - 1, segments.get(3).startUtcMicros()), found);
        assertEquals(segments.subList(1, 3), found);
        assertEquals(FIRST + COUNT - 1, index.lastNumber());
        assertEquals(-1, index.with(Presence.each(COUNT, State.NOT_HELD)).lastNumber());
    }
}
