package org.red5.dvr.archive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** Answers from the hours of one stream what was recorded and when. Any thread may call. */
public final class StreamHistory {
    /** Stands before all that is left of an archive whose beginning is gone. */
    private static final TakeEnd EXPIRED = new TakeEnd(TakeId.of(0, "expired"), 0, GapReason.EXPIRED);

    /** An hour that was looked up, and at which state of the archive. */
    private record LookedUp(long changes, OptionalLong hour) {}

    /** What was found before an hour, and at which state of the archive. */
    private record EndBefore(long changes, long hour, Optional<TakeEnd> end) {}

    private static final int MOST_LATEST = 8;

    private final RecordedHours hours;
    private final SegmentGrid grid;
    private final StorageTrouble trouble;
    private final BooleanSupplier isLive;
    private volatile LookedUp firstListed = new LookedUp(-1, OptionalLong.empty());
    /** For the hour that was asked for last, which is the present one as a rule. */
    private volatile EndBefore lastEndBefore = new EndBefore(-1, 0, Optional.empty());

    /**
     * @param trouble why nothing was recorded where no take's end tells it
     * @param isLive whether the stream is being recorded
     */
    StreamHistory(RecordedHours hours, SegmentGrid grid, StorageTrouble trouble, BooleanSupplier isLive) {
        this.hours = hours;
        this.grid = grid;
        this.trouble = trouble;
        this.isLive = isLive;
    }

    Optional<HourIndex> find(TakeId take, long number) throws IOException {
        long hour = Hours.at(grid.startUtcMicros(number));
        for (HourIndex index : hours.hour(hour)) {
            if (index.take().equals(take) && index.positionOf(number) >= 0) {
                return Optional.of(index);
            }
        }
        return Optional.empty();
    }

    /**
     * Any hour of a take that a segment of it can be had in. It has no holes, so it is in the hour that it starts in, or,
     * when that one is gone or damaged, in the next there is, or in the first that has not expired: never is the whole
     * archive searched.
     */
    Optional<HourIndex> find(TakeId take) throws IOException {
        long start = Hours.at(grid.startUtcMicros(grid.numberAt(take.startUtcMillis() * 1_000)));
        Optional<HourIndex> found = inHour(take, start);
        if (found.isEmpty()) {
            OptionalLong next = hours.hourAfter(start);
            found = next.isEmpty() ? Optional.empty() : inHour(take, next.getAsLong());
        }
        OptionalLong first = firstListedHour();
        return found.isEmpty() && first.isPresent() && first.getAsLong() > start
                ? inHour(take, first.getAsLong())
                : found;
    }

    /** A take in an hour, when a segment of it can be had there. */
    Optional<HourIndex> inHour(TakeId take, long hour) throws IOException {
        return hours.hour(hour).stream()
                .filter(index -> index.take().equals(take) && !index.isEmpty())
                .findFirst();
    }

    public Holdings holdings(UtcRange window) throws IOException {
        List<Segment> segments = new ArrayList<>();
        List<TakeEnd> ends = new ArrayList<>();
        Optional<UtcRange> span = span();
        OptionalLong firstHour = hours.firstHour();
        OptionalLong lastHour = hours.lastHour();
        if (firstHour.isPresent() && lastHour.isPresent()) {
            // A segment may start so long before the window and still reach into it.
            long back = SegmentGrid.LONGEST_CELLS * grid.periodMicros();
            long from = Hours.at(Math.max(window.fromMicros(), Long.MIN_VALUE + back) - back);
            long first = Math.min(Math.max(from, firstHour.getAsLong()), lastHour.getAsLong());
            // And its number may be ahead of the cell that it starts in.
            long ahead = SegmentGrid.MOST_AHEAD * grid.periodMicros();
            long to = Hours.at(Math.min(window.toMicros(), Long.MAX_VALUE - ahead) + ahead);
            long last = Math.min(to, lastHour.getAsLong());
            for (long hour = first; hour <= last; hour++) {
                collect(hours.hour(hour), window, segments, ends);
                ends.addAll(expiredAfter(hour, window.toMicros()));
                ends.addAll(hours.newerEnds(hour));
            }
            if (segments.stream().noneMatch(segment -> segment.startUtcMicros() <= window.fromMicros())
                    && ends.stream().noneMatch(end -> end.utcMicros() <= window.fromMicros())) {
                endBefore(first).ifPresent(ends::add);
            }
        }
        ends.addAll(trouble.ends());
        if (span.isPresent() && window.fromMicros() < span.get().fromMicros() && hasLostItsBeginning()) {
            ends.add(EXPIRED);
        }
        segments.sort(Comparator.comparingLong(Segment::number).thenComparing(Segment::take));
        return new Holdings(segments, within(window, ends), isLive.getAsBoolean(), span);
    }

    /** From the start of the first segment to the end of the last. */
    public Optional<UtcRange> span() throws IOException {
        OptionalLong first = firstListedHour();
        // Where nothing is listed, nobody need search backwards for it.
        OptionalLong last = first.isEmpty() ? first : listedHourAtOrBefore(hours.lastHour());
        if (first.isEmpty() || last.isEmpty()) {
            return Optional.empty();
        }
        long from = Long.MAX_VALUE;
        for (HourIndex index : hours.hour(first.getAsLong())) {
            from = index.isEmpty() ? from : Math.min(from, index.startUtcMicros());
        }
        long to = Long.MIN_VALUE;
        for (HourIndex index : hours.hour(last.getAsLong())) {
            to = index.isEmpty() ? to : Math.max(to, index.endUtcMicros());
        }
        return from < to ? Optional.of(new UtcRange(from, to)) : Optional.empty();
    }

    /**
     * Whether more was recorded before the first segment there is: its take began earlier, or is not the first of all, unless
     * the clock was set back and an earlier take stands behind it.
     */
    private boolean hasLostItsBeginning() throws IOException {
        OptionalLong first = firstListedHour();
        OptionalLong last = listedHourAtOrBefore(hours.lastHour());
        if (first.isEmpty() || last.isEmpty()) {
            return false;
        }
        Optional<HourIndex> earliest = hours.hour(first.getAsLong()).stream()
                .filter(index -> index.count() > 0)
                .min(Comparator.comparingInt(index -> index.header().ordinal()));
        if (earliest.isEmpty()) {
            return false;
        }
        int ordinal = earliest.get().header().ordinal();
        return ordinal == 0
                ? isLaterThanItsTake(earliest.get())
                : hours.hour(last.getAsLong()).stream()
                        .noneMatch(index -> index.header().ordinal() < ordinal);
    }

    /** Whether the first segment listed is not the one that its take began with. */
    private boolean isLaterThanItsTake(HourIndex index) {
        long beganMillis = index.take().startUtcMillis();
        return index.isLost(0)
                ? index.number(0) > grid.numberAt(beganMillis * 1_000) + SegmentGrid.MOST_AHEAD
                : index.segment(0).startUtcMicros() / 1_000 > beganMillis;
    }

    /** The highest number there is, of a damaged segment too: it is not to be used again. */
    OptionalLong lastNumber() throws IOException {
        OptionalLong hour = hours.lastHour();
        while (hour.isPresent()) {
            OptionalLong last = hours.hour(hour.getAsLong()).stream()
                    .filter(index -> index.count() > 0)
                    .mapToLong(index -> index.number(index.count() - 1))
                    .max();
            if (last.isPresent()) {
                return last;
            }
            hour = hours.hourBefore(hour.getAsLong());
        }
        return OptionalLong.empty();
    }

    /** The latest takes, an hour of each: {@value #MOST_LATEST} at most, from as many hours. */
    Collection<HourIndex> latestTakes() throws IOException {
        Map<TakeId, HourIndex> latest = new HashMap<>();
        OptionalLong hour = hours.lastHour();
        for (int looked = 0; looked < MOST_LATEST && hour.isPresent() && latest.size() < MOST_LATEST; looked++) {
            List<HourIndex> indexes = hours.hour(hour.getAsLong());
            for (int i = indexes.size() - 1; i >= 0 && latest.size() < MOST_LATEST; i--) {
                latest.putIfAbsent(indexes.get(i).take(), indexes.get(i));
            }
            hour = hours.hourBefore(hour.getAsLong());
        }
        return latest.values();
    }

    /** How many takes were recorded before, by what the latest of them says. */
    int nextOrdinal() throws IOException {
        OptionalLong hour = hours.lastHour();
        while (hour.isPresent()) {
            List<HourIndex> indexes = hours.hour(hour.getAsLong());
            if (!indexes.isEmpty()) {
                return indexes.stream()
                                .mapToInt(index -> index.header().ordinal())
                                .max()
                                .getAsInt()
                        + 1;
            }
            hour = hours.hourBefore(hour.getAsLong());
        }
        return 0;
    }

    /** The earliest hour that lists a segment; before it there may be directories with files that are not ours. */
    private OptionalLong firstListedHour() throws IOException {
        LookedUp known = firstListed;
        long changes = hours.changes();
        if (known.changes() == changes && known.hour().isPresent()) {
            return known.hour();
        }
        OptionalLong hour = hours.firstHour();
        while (hour.isPresent() && !isListed(hour.getAsLong())) {
            hour = hours.hourAfter(hour.getAsLong());
        }
        firstListed = new LookedUp(changes, hour);
        return hour;
    }

    /** The latest hour, not after a given one, that lists a segment: one just begun does not yet. */
    private OptionalLong listedHourAtOrBefore(OptionalLong latest) throws IOException {
        OptionalLong hour = latest;
        while (hour.isPresent() && !isListed(hour.getAsLong())) {
            hour = hours.hourBefore(hour.getAsLong());
        }
        return hour;
    }

    private boolean isListed(long hour) throws IOException {
        return hours.hour(hour).stream().anyMatch(index -> !index.isEmpty());
    }

    private static void collect(List<HourIndex> hour, UtcRange window, List<Segment> segments, List<TakeEnd> ends) {
        for (HourIndex index : hour) {
            index.addWithin(window, segments);
            ends.addAll(index.ends());
        }
    }

    /**
     * Where takes that went on from an hour into the next are gone from there, as it expired and this hour is kept.
     *
     * @param beforeMicros what is from there on is not looked up
     */
    public List<TakeEnd> expiredAfter(long hour, long beforeMicros) throws IOException {
        List<TakeEnd> ends = new ArrayList<>();
        for (HourIndex index : hours.hour(hour)) {
            OptionalLong at = index.goesOnAtMicros();
            if (at.isPresent()
                    && at.getAsLong() < beforeMicros
                    && hours.hour(hour + 1).stream()
                            .noneMatch(next -> next.take().equals(index.take()))) {
                ends.add(new TakeEnd(index.take(), at.getAsLong(), GapReason.EXPIRED));
            }
        }
        return ends;
    }

    /** The ends in a window and the last one before it, by time. */
    private static List<TakeEnd> within(UtcRange window, List<TakeEnd> ends) {
        ends.sort(Comparator.comparingLong(TakeEnd::utcMicros));
        int first = 0;
        while (first + 1 < ends.size() && ends.get(first + 1).utcMicros() < window.fromMicros()) {
            first++;
        }
        return ends.stream()
                .skip(first)
                .filter(end -> end.utcMicros() <= window.toMicros())
                .toList();
    }

    /** What ended the last take in the hours before one, for the reason of a hole at the window's start. */
    private Optional<TakeEnd> endBefore(long hour) throws IOException {
        EndBefore known = lastEndBefore;
        long changes = hours.changes();
        if (known.changes() != changes || known.hour() != hour) {
            known = new EndBefore(changes, hour, findEndBefore(hour));
            lastEndBefore = known;
        }
        return known.end();
    }

    private Optional<TakeEnd> findEndBefore(long hour) throws IOException {
        for (OptionalLong before = hours.hourBefore(hour);
                before.isPresent();
                before = hours.hourBefore(before.getAsLong())) {
            List<HourIndex> indexes = hours.hour(before.getAsLong());
            List<TakeEnd> ends = new ArrayList<>(hours.newerEnds(before.getAsLong()));
            if (!indexes.isEmpty() || !ends.isEmpty()) {
                indexes.forEach(index -> ends.addAll(index.ends()));
                ends.addAll(expiredAfter(before.getAsLong(), Long.MAX_VALUE));
                return ends.stream().max(Comparator.comparingLong(TakeEnd::utcMicros));
            }
        }
        return Optional.empty();
    }
}
