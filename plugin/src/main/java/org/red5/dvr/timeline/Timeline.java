package org.red5.dvr.timeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.red5.dvr.time.Hours;

/**
 * What there is of a stream in a window, merged from all servers that answered: every recorded moment once, and the
 * holes between with their reasons. Playlists, status reports and exports are all rendered from it.
 *
 * @param window the time that was asked for
 * @param segments in order of time; each intersects the window; two takes' segments of one number both, where their moments differ
 * @param servers for each of the segments the node that it can be had from
 * @param leftOut those of the segments that a list with one entry a number has no place for, or not yet
 * @param gaps the holes inside the window, by time
 * @param live whether any server is getting the stream now
 * @param span from the first to the last segment of the stream at any server, in whatever window
 * @param unanswered who should have been asked and did not answer
 */
public record Timeline(
        UtcRange window,
        List<Segment> segments,
        List<String> servers,
        Set<Segment> leftOut,
        List<Gap> gaps,
        boolean live,
        Optional<UtcRange> span,
        List<Unanswered> unanswered) {

    /** Between two segments, less than this is the jitter of a clock and no hole. */
    static final long TOLERANCE_MICROS = 500_000;

    /**
     * A hole.
     *
     * @param range what is missing
     * @param reason why
     */
    public record Gap(UtcRange range, GapReason reason) {}

    public Timeline {
        if (servers.size() != segments.size()) {
            throw new IllegalArgumentException(segments.size() + " segments of " + servers.size() + " servers");
        }
    }

    /**
     * Merges what several servers hold: {@link TakeChoice} says how. The choice begins anew with each UTC hour, so that it
     * does not depend on where a window begins; therefore offers reach from {@link #mergeRange} on.
     *
     * @param offers by preference, the local one first
     * @param window what is wanted of it
     * @param unanswered who may hold more
     * @param given what was given out before
     */
    public static Timeline merge(
            List<Offer> offers, UtcRange window, SegmentGrid grid, List<Unanswered> unanswered, GivenOut given) {
        return merge(offers, window, grid, unanswered, given, Long.MAX_VALUE);
    }

    /**
     * As the other, where more servers than one may record the stream.
     *
     * @param nowMicros the present: what a take that goes over to another server's leaves of a cell is given no number before the other
     *     one must have come
     */
    public static Timeline merge(
            List<Offer> offers,
            UtcRange window,
            SegmentGrid grid,
            List<Unanswered> unanswered,
            GivenOut given,
            long nowMicros) {
        List<TakeEnd> ends = new ArrayList<>();
        boolean live = false;
        Optional<UtcRange> span = Optional.empty();
        for (Offer offer : offers) {
            live |= offer.holdings().live();
            span = UtcRange.spanning(span, offer.holdings().span());
            ends.addAll(offer.holdings().ends());
        }
        TakeChoice.Choice choice = TakeChoice.of(offers, grid, given, nowMicros);
        int from = choice.firstEndingBehind(window.fromMicros());
        int to = choice.firstStartingAt(window.toMicros());
        List<Segment> segments = Collections.unmodifiableList(choice.segments().subList(from, Math.max(from, to)));
        List<String> servers = Collections.unmodifiableList(choice.servers().subList(from, Math.max(from, to)));
        List<Gap> gaps = new Gaps(ends, !unanswered.isEmpty()).between(segments, window, live);
        return new Timeline(window, segments, servers, choice.leftOut(), gaps, live, span, List.copyOf(unanswered));
    }

    /** What one server holds, when nobody else is asked. */
    public static Timeline of(String server, Holdings holdings, UtcRange window) {
        // On whatever grid: with one segment to a number there is nothing to choose.
        return merge(List.of(new Offer(server, holdings)), window, SegmentGrid.DEFAULT, List.of(), GivenOut.NOTHING);
    }

    /**
     * The time of which offers are needed, for a window of them to be merged as any other window would be: from the start of the
     * hour of the first number on, to the end of the last number that a segment in the window may have, and of the next; where it is
     * asked for by time instead of by numbers, {@link #withEarlyStarts}.
     */
    public static UtcRange mergeRange(UtcRange window, SegmentGrid grid) {
        long reachMicros = SegmentGrid.LONGEST_CELLS * grid.periodMicros();
        long first = Hours.beginMicros(Hours.at(window.fromMicros() - reachMicros));
        long aheadMicros = (SegmentGrid.MOST_AHEAD + 2) * grid.periodMicros();
        return new UtcRange(Math.max(0, first), window.toMicros() + aheadMicros);
    }

    /** A range, and the time before it in which segments may start that have the numbers of its first cells. */
    public static UtcRange withEarlyStarts(UtcRange range, SegmentGrid grid) {
        long early = range.fromMicros() - SegmentGrid.MOST_AHEAD * grid.periodMicros();
        return new UtcRange(Math.max(0, early), range.toMicros());
    }

    /** Whether a limit has deleted what was at the beginning of the window. */
    public boolean isHeadExpired() {
        return !gaps.isEmpty()
                && gaps.get(0).reason() == GapReason.EXPIRED
                && gaps.get(0).range().fromMicros() <= window.fromMicros();
    }

    /** A range that begins with the window, without what a limit has deleted there. */
    public UtcRange withoutExpired(UtcRange range) {
        return isHeadExpired() ? new UtcRange(gaps.get(0).range().toMicros(), range.toMicros()) : range;
    }

    /** Without what is left out of lists with one entry a number. */
    public Timeline numbered() {
        if (leftOut.isEmpty()) {
            return this;
        }
        List<Segment> some = new ArrayList<>(segments.size());
        List<String> theirs = new ArrayList<>(segments.size());
        for (int i = 0; i < segments.size(); i++) {
            if (!leftOut.contains(segments.get(i))) {
                some.add(segments.get(i));
                theirs.add(servers.get(i));
            }
        }
        return new Timeline(window, some, theirs, Set.of(), gaps, live, span, unanswered);
    }

    /** What lists with one entry a number leave out because another segment has its number. */
    public Set<Segment> outnumbered() {
        if (leftOut.isEmpty()) {
            return leftOut;
        }
        Set<Long> numbers = numbered().segments().stream().map(Segment::number).collect(Collectors.toSet());
        return leftOut.stream()
                .filter(segment -> numbers.contains(segment.number()))
                .collect(Collectors.toSet());
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

    /** Whether two segments show the same moment, so that one list does not show both. */
    public static boolean isSameMoment(Segment one, Segment other) {
        return FreeMoments.isSameMoment(one, other);
    }

    /** Whether nothing that could be seen is missing between two neighbours. */
    public static boolean adjoins(Segment next, Segment previous) {
        return next.startUtcMicros() - previous.endUtcMicros() <= TOLERANCE_MICROS;
    }
}
