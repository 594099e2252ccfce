package org.red5.dvr.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
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
        List<TakeId> takes = merge(window(FIRST, FIRST + 6), local, other).segments().stream()
                .map(Segment::take)
                .toList();
        assertEquals(List.of(A, A, A, A, A, B), takes);
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
    void agreesWithASimpleModelOnRandomHoldings() {
        Random random = new Random(20_261_122);
        for (int round = 0; round < 500; round++) {
            List<Holdings> sources = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                sources.add(holdings(random.nextBoolean(), randomSegments(random)));
            }
            Timeline timeline = Timeline.merge(sources, window(FIRST, FIRST + 40));
            assertEquals(model(sources), timeline.segments(), "round " + round);
        }
    }

    private static List<Segment> model(List<Holdings> sources) {
        TreeSet<Long> numbers = new TreeSet<>();
        sources.forEach(s -> s.segments().forEach(segment -> numbers.add(segment.number())));
        List<Segment> chosen = new ArrayList<>();
        for (long number : numbers) {
            List<Segment> candidates = sources.stream()
                    .flatMap(s -> s.segments().stream())
                    .filter(segment -> segment.number() == number)
                    .toList();
            TakeId before =
                    chosen.isEmpty() ? null : chosen.get(chosen.size() - 1).take();
            chosen.add(candidates.stream()
                    .filter(segment -> segment.take().equals(before))
                    .findFirst()
                    .orElse(candidates.get(0)));
        }
        return chosen;
    }

    private static List<Segment> randomSegments(Random random) {
        List<Segment> segments = new ArrayList<>();
        for (TakeId take : List.of(A, B)) {
            LongStream.range(FIRST, FIRST + 40)
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
        return Timeline.merge(List.of(sources), window);
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
