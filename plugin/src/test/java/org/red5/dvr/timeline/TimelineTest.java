package org.red5.dvr.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.red5.dvr.cluster.RecentlyGiven;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.timeline.Timeline.Gap;

class TimelineTest {
    private static final long FIRST = 440_954_400;
    private static final TakeId A = TakeId.of(SegmentGrid.DEFAULT.startUtcMicros(FIRST), "a");
    private static final TakeId B = TakeId.of(SegmentGrid.DEFAULT.startUtcMicros(FIRST), "b");

    @Test
    void anUnbrokenRunHasNoGaps() {
        Timeline timeline = merge(window(FIRST, FIRST + 10), holdings(true, MemorySource.run(A, FIRST, 10)));
        assertEquals(10, timeline.segments().size());
        assertEquals(List.of(), timeline.gaps());
        assertTrue(timeline.live());
    }

    @Test
    void holesAtTheBeginningInTheMiddleAndAtTheEndAreGaps() {
        List<Segment> segments = new ArrayList<>(MemorySource.run(A, FIRST + 2, 2));
        segments.addAll(MemorySource.run(B, FIRST + 6, 2));
        Holdings holdings = holdings(
                false,
                segments,
                new TakeEnd(A, micros(FIRST + 4), GapReason.SERVER_DOWN),
                new TakeEnd(B, micros(FIRST + 8), GapReason.DISK_FULL));
        assertEquals(
                List.of(
                        new Gap(window(FIRST, FIRST + 2), GapReason.NOT_PUBLISHED),
                        new Gap(window(FIRST + 4, FIRST + 6), GapReason.SERVER_DOWN),
                        new Gap(window(FIRST + 8, FIRST + 10), GapReason.DISK_FULL)),
                merge(window(FIRST, FIRST + 10), holdings).gaps());
    }

    @Test
    void aHoleThatSomethingElseKeepsOpenHasSeveralReasons() {
        Holdings holdings = holdings(
                false,
                MemorySource.run(A, FIRST, 2),
                new TakeEnd(A, micros(FIRST + 2), GapReason.DAMAGED),
                new TakeEnd(A, micros(FIRST + 4), GapReason.SERVER_DOWN),
                new TakeEnd(B, micros(FIRST + 6), GapReason.SERVER_DOWN),
                new TakeEnd(B, micros(FIRST + 10), GapReason.DISK_FULL));
        assertEquals(
                List.of(
                        new Gap(window(FIRST + 2, FIRST + 4), GapReason.DAMAGED),
                        new Gap(window(FIRST + 4, FIRST + 10), GapReason.SERVER_DOWN)),
                merge(window(FIRST, FIRST + 10), holdings).gaps());
    }

    @Test
    void anEmptyWindowIsOneGapWithTheReasonOfTheTakeBefore() {
        Holdings holdings = holdings(false, List.of(), new TakeEnd(A, micros(FIRST - 100), GapReason.DAMAGED));
        UtcRange window = window(FIRST, FIRST + 10);
        Timeline timeline = merge(window, holdings);
        assertTrue(timeline.isEmpty());
        assertEquals(List.of(new Gap(window, GapReason.DAMAGED)), timeline.gaps());
    }

    @Test
    void halfASecondBetweenTwoTakesIsNoGapAndMoreIsOne() {
        assertEquals(0, gapsWithPause(500_000));
        assertEquals(1, gapsWithPause(500_001));
    }

    @Test
    void whatIsNotYetWrittenOfALiveStreamIsNoGap() {
        UtcRange window = window(FIRST, FIRST + 10);
        List<Segment> run = MemorySource.run(A, FIRST, 8);
        assertEquals(0, merge(window, holdings(true, run)).gaps().size());
        assertEquals(1, merge(window, holdings(false, run)).gaps().size());
        TakeEnd end = new TakeEnd(A, micros(FIRST + 8), GapReason.NOT_PUBLISHED);
        assertEquals(1, merge(window, holdings(true, run, end)).gaps().size());
    }

    @Test
    void theTakeOfTheNumberBeforeGoesOnAtAnotherSource() {
        Holdings local = holdings(false, MemorySource.run(B, FIRST + 3, 3));
        Holdings other = holdings(false, MemorySource.run(A, FIRST, 5));
        assertEquals(List.of(A, A, A, A, A, B), takes(merge(window(FIRST, FIRST + 6), local, other)));
    }

    @Test
    void theFirstSourceIsPreferredAndTheSmallestTakeWithinIt() {
        Holdings local = holdings(false, MemorySource.run(B, FIRST, 3));
        Holdings other = holdings(false, MemorySource.run(A, FIRST, 3));
        assertEquals(B, merge(window(FIRST, FIRST + 3), local, other).first().take());
        List<Segment> both = sorted(MemorySource.run(A, FIRST, 3), MemorySource.run(B, FIRST, 3));
        assertEquals(
                A,
                merge(window(FIRST, FIRST + 3), holdings(false, both)).first().take());
    }

    @Test
    void theChoiceBeginsAnewWithEachHour() {
        long hour = Math.floorDiv(FIRST, 900) * 900 + 900;
        Holdings local = holdings(false, MemorySource.run(B, hour - 3, 6));
        Holdings other = holdings(false, MemorySource.run(A, hour - 5, 10));
        Timeline timeline = merge(window(hour - 5, hour + 3), local, other);
        assertEquals(List.of(A, A, A, A, A, B, B, B), takes(timeline));
        assertEquals(List.of("s1", "s1", "s1", "s1", "s1", "s0", "s0", "s0"), timeline.servers());
    }

    @Test
    void theSameIsChosenWhereverAWindowBegins() {
        Random random = new Random(20_261_123);
        for (int round = 0; round < 300; round++) {
            List<Offer> offers = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                offers.add(new Offer("s" + i, holdings(false, randomSegments(random, 1_480))));
            }
            UtcRange whole = window(FIRST, FIRST + 2_700);
            Timeline all = Timeline.merge(offers, whole, SegmentGrid.DEFAULT, List.of(), GivenOut.NOTHING);
            long from = FIRST + 1_480 + random.nextInt(40);
            UtcRange part = window(from, from + 1 + random.nextInt(40));
            UtcRange needed = Timeline.mergeRange(part, SegmentGrid.DEFAULT);
            List<Offer> cut =
                    offers.stream().map(offer -> within(needed, offer)).toList();
            Timeline some = Timeline.merge(cut, part, SegmentGrid.DEFAULT, List.of(), GivenOut.NOTHING);
            assertEquals(
                    all.segments().stream()
                            .filter(s -> part.intersects(s.startUtcMicros(), s.endUtcMicros()))
                            .toList(),
                    some.segments(),
                    "round " + round);
        }
    }

    @Test
    void atTheLiveEndTheTakeThatGoesOnIsWaitedForAndNotForLong() {
        Holdings first = holdings(true, MemorySource.run(A, FIRST, 5));
        Holdings second = holdings(true, MemorySource.run(B, FIRST + 1, 5));
        UtcRange window = window(FIRST, FIRST + 20);
        assertEquals(List.of(A, A, A, A, A), takes(merge(window, first, second)));
        // The first is not getting the stream any more.
        assertEquals(
                List.of(A, A, A, A, A, B),
                takes(merge(window, holdings(false, MemorySource.run(A, FIRST, 5)), second)));
        // The take ended, another of the same server may follow on it.
        TakeEnd end = new TakeEnd(A, micros(FIRST + 5), GapReason.CONFIGURATION_CHANGED);
        assertEquals(
                List.of(A, A, A, A, A, B),
                takes(merge(window, holdings(true, MemorySource.run(A, FIRST, 5), end), second)));
        Holdings farAhead = holdings(true, MemorySource.run(B, FIRST + 1, 7));
        assertEquals(8, merge(window, first, farAhead).segments().size());
    }

    @Test
    void atTheStartOfAnHourTheBetterServerIsWaitedFor() {
        long hour = Math.floorDiv(FIRST, 900) * 900 + 900;
        Holdings first = holdings(true, MemorySource.run(A, hour - 5, 5));
        Holdings second = holdings(true, MemorySource.run(B, hour - 5, 6));
        assertEquals(
                5, merge(window(hour - 5, hour + 20), first, second).segments().size());
        assertEquals(
                6, merge(window(hour - 5, hour + 20), second, first).segments().size());
    }

    @Test
    void whatWasGivenOutIsGivenOutAgain() {
        Holdings first = holdings(false, MemorySource.run(A, FIRST, 10));
        Holdings second = holdings(false, MemorySource.run(B, FIRST, 10));
        List<Offer> offers = List.of(new Offer("a", first), new Offer("b", second));
        RecentlyGiven given = new RecentlyGiven(SegmentGrid.DEFAULT);
        given.note(MemorySource.run(B, FIRST + 3, 4), micros(FIRST + 8));
        UtcRange window = window(FIRST, FIRST + 10);
        Timeline timeline = Timeline.merge(offers, window, SegmentGrid.DEFAULT, List.of(), given);
        assertEquals(List.of(A, A, A, B, B, B, B, B, B, B), takes(timeline));
        given.note(timeline.segments(), micros(FIRST + 10));
        given.note(MemorySource.run(A, FIRST + 5, 1), micros(FIRST + 10));
        assertEquals(
                List.of(A, A, A, B, B, A, B, B, B, B),
                takes(Timeline.merge(offers, window, SegmentGrid.DEFAULT, List.of(), given)));
        // Not what was given out of the far past.
        RecentlyGiven past = new RecentlyGiven(SegmentGrid.DEFAULT);
        past.note(MemorySource.run(B, FIRST + 3, 4), micros(FIRST + 1_000));
        assertEquals(
                List.of(A, A, A, A, A, A, A, A, A, A),
                takes(Timeline.merge(offers, window, SegmentGrid.DEFAULT, List.of(), past)));
    }

    @Test
    void betweenTwoTakesAsLittleAsPossibleIsMissing() {
        List<Segment> ending = new ArrayList<>(MemorySource.run(A, FIRST, 2));
        // Of the last cell there are two seconds, and the other server has nearly all of it.
        ending.add(new Segment(A, FIRST + 2, micros(FIRST + 2), 2_000_000, 1, 1, true));
        List<Segment> going = new ArrayList<>();
        for (long number = FIRST + 2; number < FIRST + 6; number++) {
            going.add(new Segment(B, number, micros(number) + 700_000, 4_000_000, 1, 1, true));
        }
        Timeline timeline = merge(window(FIRST, FIRST + 6), holdings(false, ending), holdings(false, going));
        assertEquals(List.of(A, A, B, B, B, B), takes(timeline));
        assertEquals(List.of("s0", "s0", "s1", "s1", "s1", "s1"), timeline.servers());
        // Where the last one is nearly whole it stays.
        ending.set(2, new Segment(A, FIRST + 2, micros(FIRST + 2), 4_300_000, 1, 1, true));
        assertEquals(
                List.of(A, A, A, B, B, B),
                takes(merge(window(FIRST, FIRST + 6), holdings(false, ending), holdings(false, going))));
    }

    /** An encoder goes from one server to another: both have a segment of the cell in which it did. */
    @Test
    void whatIsOfDifferentMomentsIsAllThereAndTheLongestHasTheNumber() {
        List<Segment> ending = new ArrayList<>(MemorySource.run(A, FIRST, 2));
        Segment end = new Segment(A, FIRST + 2, micros(FIRST + 2), 1_500_000, 1, 1, true);
        ending.add(end);
        TakeId next = TakeId.of(micros(FIRST + 2) + 1_900_000, "b");
        Segment begin = new Segment(next, FIRST + 2, micros(FIRST + 2) + 1_900_000, 2_100_000, 1, 1, true);
        List<Segment> going = new ArrayList<>(List.of(begin));
        going.addAll(MemorySource.run(next, FIRST + 3, 2));
        UtcRange window = window(FIRST, FIRST + 5);
        Holdings[] either = {holdings(false, ending), holdings(false, going)};
        for (Timeline timeline : List.of(merge(window, either[0], either[1]), merge(window, either[1], either[0]))) {
            assertEquals(List.of(A, A, A, next, next, next), takes(timeline));
            assertEquals(List.of(A, A, next, next, next), takes(timeline.numbered()));
            assertEquals(Set.of(end), timeline.outnumbered());
            assertEquals(List.of(), timeline.gaps());
        }
        // Another had it all the time: nothing is of another moment.
        Timeline whole = merge(
                window,
                holdings(false, ending),
                holdings(false, going),
                holdings(false, MemorySource.run(B, FIRST, 5)));
        assertEquals(5, whole.segments().size());
        assertEquals(List.of(A, A, B, B, B), takes(whole));
    }

    @Test
    void ofTheCellInWhichATakeEndsTheNumberIsNotGivenBeforeTheNextTakeHasHadItsTime() {
        List<Segment> ending = new ArrayList<>(MemorySource.run(A, FIRST, 2));
        ending.add(new Segment(A, FIRST + 2, micros(FIRST + 2), 1_500_000, 1, 1, true));
        TakeEnd end = new TakeEnd(A, micros(FIRST + 2) + 1_500_000, GapReason.NOT_PUBLISHED);
        List<Offer> offers = List.of(new Offer("a", holdings(false, ending, end)));
        UtcRange window = window(FIRST, FIRST + 9);
        Timeline soon = at(offers, window, micros(FIRST + 5));
        assertEquals(3, soon.segments().size());
        assertEquals(2, soon.numbered().segments().size());
        assertEquals(Set.of(), soon.outnumbered());
        assertEquals(
                3,
                at(offers, window, micros(FIRST + 5) + 1_000_000)
                        .numbered()
                        .segments()
                        .size());
        // The same server goes on with the next number, and nobody else can have this one.
        ending.addAll(MemorySource.run(B, FIRST + 3, 1));
        List<Offer> more = List.of(new Offer("a", holdings(true, ending, end)));
        assertEquals(
                4, at(more, window, micros(FIRST + 4)).numbered().segments().size());
    }

    private static Timeline at(List<Offer> offers, UtcRange window, long nowMicros) {
        return Timeline.merge(offers, window, SegmentGrid.DEFAULT, List.of(), GivenOut.NOTHING, nowMicros);
    }

    @Test
    void aFirstSegmentWithTheNumberOfALaterCellStandsWhereItsTimeIs() {
        List<Segment> ending = new ArrayList<>(MemorySource.run(A, FIRST, 2));
        ending.add(new Segment(A, FIRST + 2, micros(FIRST + 2), 1_000_000, 1, 1, true));
        ending.add(new Segment(B, FIRST + 3, micros(FIRST + 2) + 1_200_000, 6_000_000, 1, 1, true));
        ending.addAll(MemorySource.run(B, FIRST + 4, 2));
        Timeline timeline = merge(window(FIRST, FIRST + 6), holdings(false, ending));
        assertEquals(ending, timeline.segments());
        assertEquals(Set.of(), timeline.leftOut());
    }

    @Test
    void aHoleIsOfAServerThatDoesNotAnswerUnlessTheEncoderMadeIt() {
        List<Segment> segments = new ArrayList<>(MemorySource.run(A, FIRST, 2));
        segments.addAll(MemorySource.run(B, FIRST + 4, 2));
        List<Unanswered> silent = List.of(new Unanswered("origin", "refused"));
        for (GapReason reason : List.of(GapReason.NOT_PUBLISHED, GapReason.DISK_FULL, GapReason.EXPIRED)) {
            assertEquals(GapReason.NOT_REACHABLE, gapAfter(segments, reason, silent));
            assertEquals(reason, gapAfter(segments, reason, List.of()));
        }
        assertEquals(GapReason.TIMESTAMP_JUMP, gapAfter(segments, GapReason.TIMESTAMP_JUMP, silent));
    }

    private static GapReason gapAfter(List<Segment> segments, GapReason reason, List<Unanswered> unanswered) {
        Holdings holdings = holdings(false, segments, new TakeEnd(A, micros(FIRST + 2), reason));
        Timeline timeline = Timeline.merge(
                List.of(new Offer("backup", holdings)),
                window(FIRST, FIRST + 6),
                SegmentGrid.DEFAULT,
                unanswered,
                GivenOut.NOTHING);
        assertEquals(unanswered, timeline.unanswered());
        return timeline.gaps().get(0).reason();
    }

    @Test
    void agreesWithASimpleModelOnRandomHoldings() {
        Random random = new Random(20_261_122);
        for (int round = 0; round < 500; round++) {
            List<Holdings> sources = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                sources.add(holdings(false, randomSegments(random, 570)));
            }
            Timeline timeline = merge(window(FIRST, FIRST + 2_000), sources.toArray(Holdings[]::new));
            assertEquals(model(sources), timeline.segments(), "round " + round);
        }
    }

    /** All segments last one cell, so that no seam is better than another. */
    private static List<Segment> model(List<Holdings> sources) {
        TreeSet<Long> numbers = new TreeSet<>();
        sources.forEach(s -> s.segments().forEach(segment -> numbers.add(segment.number())));
        List<Segment> chosen = new ArrayList<>();
        for (long number : numbers) {
            List<Segment> candidates = sources.stream()
                    .flatMap(s -> s.segments().stream())
                    .filter(segment -> segment.number() == number)
                    .toList();
            Segment last = chosen.isEmpty() ? candidates.get(0) : chosen.get(chosen.size() - 1);
            boolean sameHour = last.number() / 900 == number / 900;
            chosen.add(candidates.stream()
                    .filter(segment -> sameHour && segment.take().equals(last.take()))
                    .findFirst()
                    .orElse(candidates.get(0)));
        }
        return chosen;
    }

    private static Offer within(UtcRange range, Offer offer) {
        return new Offer(
                offer.server(),
                holdings(
                        false,
                        offer.holdings().segments().stream()
                                .filter(s -> range.intersects(s.startUtcMicros(), s.endUtcMicros()))
                                .toList()));
    }

    private static List<TakeId> takes(Timeline timeline) {
        return timeline.segments().stream().map(Segment::take).toList();
    }

    private static List<Segment> randomSegments(Random random, int offset) {
        List<Segment> segments = new ArrayList<>();
        for (TakeId take : List.of(A, B)) {
            LongStream.range(FIRST + offset, FIRST + offset + 60)
                    .filter(number -> random.nextInt(3) > 0)
                    .forEach(number -> segments.addAll(MemorySource.run(take, number, 1)));
        }
        return sorted(segments, List.of());
    }

    private static int gapsWithPause(long pauseMicros) {
        Segment first = MemorySource.run(A, FIRST, 1).get(0);
        Segment second = new Segment(B, FIRST + 1, first.endUtcMicros() + pauseMicros, 2_000_000, 1, 1, true);
        UtcRange window = new UtcRange(first.startUtcMicros(), second.endUtcMicros());
        return merge(window, holdings(false, List.of(first, second))).gaps().size();
    }

    private static List<Segment> sorted(List<Segment> some, List<Segment> more) {
        List<Segment> all = new ArrayList<>(some);
        all.addAll(more);
        all.sort(Comparator.comparingLong(Segment::number).thenComparing(Segment::take));
        return all;
    }

    private static Timeline merge(UtcRange window, Holdings... sources) {
        List<Offer> offers = new ArrayList<>();
        for (Holdings holdings : sources) {
            offers.add(new Offer("s" + offers.size(), holdings));
        }
        return Timeline.merge(offers, window, SegmentGrid.DEFAULT, List.of(), GivenOut.NOTHING);
    }

    private static Holdings holdings(boolean live, List<Segment> segments, TakeEnd... ends) {
        return new Holdings(segments, List.of(ends), live, Optional.empty());
    }

    private static UtcRange window(long fromNumber, long toNumber) {
        return new UtcRange(micros(fromNumber), micros(toNumber));
    }

    private static long micros(long number) {
        return SegmentGrid.DEFAULT.startUtcMicros(number);
    }
}
