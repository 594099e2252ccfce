package org.red5.dvr.timeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What there is of a stream in a window, merged from all sources: at most one segment per number, and the holes between
 * them with their reasons. Playlists, status reports and exports are all rendered from it.
 *
 * @param window the time that was asked for
 * @param segments in order of number; each intersects the window
 * @param gaps the holes inside the window, by time
 * @param live whether any source is recording the stream now
 * @param span from the first to the last segment of the stream at any source, in whatever window
 */
public record Timeline(UtcRange window, List<Segment> segments, List<Gap> gaps, boolean live, Optional<UtcRange> span) {

    /** Between two segments, less than this is the jitter of a clock and no hole. */
    static final long TOLERANCE_MICROS = 500_000;

    /**
     * A hole.
     *
     * @param range what is missing
     * @param reason why
     */
    public record Gap(UtcRange range, GapReason reason) {}

    /**
     * Merges what several sources hold. Per number: the take of the number before, else the first source in order that
     * has the number; within a source the take with the smallest id.
     *
     * @param sources by preference, the local one first
     */
    public static Timeline merge(List<Holdings> sources, UtcRange window) {
        boolean live = false;
        Optional<UtcRange> span = Optional.empty();
        List<TakeEnd> ends = new ArrayList<>();
        for (Holdings source : sources) {
            live |= source.live();
            span = union(span, source.span());
            ends.addAll(source.ends());
        }
        List<Segment> segments = Collections.unmodifiableList(choose(sources));
        return new Timeline(window, segments, List.copyOf(gaps(segments, ends, window, live)), live, span);
    }

    public boolean isEmpty() {
        return segments.isEmpty();
    }

    public Segment first() {
        return segments.get(0);
    }

    public Segment last() {
        return segments.get(segments.size() - 1);
    }

    /** Whether one segment follows the other without a break: the same take, and no number missing. */
    public static boolean follows(Segment next, Segment previous) {
        return next.number() == previous.number() + 1 && next.take().equals(previous.take());
    }

    /** Whether nothing that could be seen is missing between two neighbours. */
    public static boolean adjoins(Segment next, Segment previous) {
        return next.startUtcMicros() - previous.endUtcMicros() <= TOLERANCE_MICROS;
    }

    private static List<Segment> choose(List<Holdings> sources) {
        int[] positions = new int[sources.size()];
        List<Segment> chosen = new ArrayList<>(
                sources.stream().mapToInt(s -> s.segments().size()).max().orElse(0));
        TakeId take = null;
        for (long number = next(sources, positions); number < Long.MAX_VALUE; number = next(sources, positions)) {
            Segment pick = null;
            for (int i = 0; i < positions.length; i++) {
                List<Segment> segments = sources.get(i).segments();
                for (; positions[i] < segments.size(); positions[i]++) {
                    Segment candidate = segments.get(positions[i]);
                    if (candidate.number() != number) {
                        break;
                    }
                    if (pick == null
                            || (candidate.take().equals(take) && !pick.take().equals(take))) {
                        pick = candidate;
                    }
                }
            }
            if (pick != null) {
                chosen.add(pick);
                take = pick.take();
            }
        }
        return chosen;
    }

    /** The smallest number not yet dealt with at any source, {@link Long#MAX_VALUE} when there is none. */
    private static long next(List<Holdings> sources, int[] positions) {
        long number = Long.MAX_VALUE;
        for (int i = 0; i < positions.length; i++) {
            List<Segment> segments = sources.get(i).segments();
            if (positions[i] < segments.size()) {
                number = Math.min(number, segments.get(positions[i]).number());
            }
        }
        return number;
    }

    private static List<Gap> gaps(List<Segment> segments, List<TakeEnd> ends, UtcRange window, boolean live) {
        List<Gap> gaps = new ArrayList<>();
        long end = window.fromMicros();
        for (Segment segment : segments) {
            addGap(gaps, end, segment.startUtcMicros(), ends);
            end = segment.endUtcMicros();
        }
        if (segments.isEmpty() || !isGrowing(segments.get(segments.size() - 1), ends, live)) {
            addGap(gaps, end, window.toMicros(), ends);
        }
        return gaps;
    }

    /** Adds a hole, in pieces where something else happened inside of it that keeps it open. */
    private static void addGap(List<Gap> gaps, long fromMicros, long toMicros, List<TakeEnd> ends) {
        if (toMicros - fromMicros <= TOLERANCE_MICROS) {
            return;
        }
        long from = fromMicros;
        GapReason reason = reason(from, ends);
        long[] changes = ends.stream().mapToLong(TakeEnd::utcMicros).sorted().toArray();
        for (long change : changes) {
            boolean isInside = change > from + TOLERANCE_MICROS && change < toMicros - TOLERANCE_MICROS;
            GapReason next = isInside ? reason(change, ends) : reason;
            if (next != reason) {
                gaps.add(new Gap(new UtcRange(from, change), reason));
                from = change;
                reason = next;
            }
        }
        gaps.add(new Gap(new UtcRange(from, toMicros), reason));
    }

    /** Whether the time behind a segment is not missing but only not yet written. */
    private static boolean isGrowing(Segment last, List<TakeEnd> ends, boolean live) {
        if (!live) {
            return false;
        }
        for (TakeEnd end : ends) {
            if (end.take().equals(last.take())) {
                return false;
            }
        }
        return true;
    }

    private static GapReason reason(long gapStartMicros, List<TakeEnd> ends) {
        TakeEnd nearest = null;
        for (TakeEnd end : ends) {
            if (end.utcMicros() <= gapStartMicros + TOLERANCE_MICROS
                    && (nearest == null || end.utcMicros() >= nearest.utcMicros())) {
                nearest = end;
            }
        }
        return nearest == null ? GapReason.NOT_PUBLISHED : nearest.reason();
    }

    private static Optional<UtcRange> union(Optional<UtcRange> one, Optional<UtcRange> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isPresent() ? one : other;
        }
        UtcRange a = one.get();
        UtcRange b = other.get();
        return Optional.of(
                new UtcRange(Math.min(a.fromMicros(), b.fromMicros()), Math.max(a.toMicros(), b.toMicros())));
    }
}
