package org.red5.dvr.store;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

/**
 * The hour files of a stream in a range of hours.
 *
 * @param live whether the stream comes in now
 * @param span from the first to the last segment of the stream, in whatever hour; empty when there is none
 * @param hours in the order of preference of the servers that hold them, each's by hour, then take; several nodes may hold the same
 * @param ends what no index tells: ends of takes without a file, and the last end before the first hour
 * @param unanswered servers that were asked and did not answer in time
 * @param skipped servers that were not asked
 */
public record HourListing(
        boolean live,
        Optional<UtcRange> span,
        List<Hour> hours,
        List<TakeEnd> ends,
        List<Unanswered> unanswered,
        Skipped skipped) {
    /**
     * One take in one hour at one node.
     *
     * @param hour hours since the Unix epoch
     * @param take the take
     * @param node that holds it
     * @param segments how many segments it lists now
     * @param closed whether it will stay as it is until it is deleted
     * @param digest of a closed one: the first 16 bytes of SHA-256 over its index, in 32 hexadecimal digits
     */
    public record Hour(long hour, TakeId take, String node, int segments, boolean closed, Optional<String> digest) {
        public Hour {
            if (closed != digest.isPresent()) {
                throw new IllegalArgumentException(take + " in hour " + hour + ": closed " + closed + ", " + digest);
            }
        }
    }

    public HourListing {
        hours = List.copyOf(hours);
        ends = List.copyOf(ends);
        unanswered = List.copyOf(unanswered);
    }

    /** A list of nothing but which servers could not be asked. */
    public static HourListing ofUnanswered(List<Unanswered> unanswered, Skipped skipped) {
        return new HourListing(false, Optional.empty(), List.of(), List.of(), unanswered, skipped);
    }

    /** Whether a server knows the stream; otherwise it says only which did not answer. */
    public boolean isKnown() {
        return live || span.isPresent() || !hours.isEmpty() || (unanswered.isEmpty() && skipped.isNone());
    }

    /** The same, with other words on whether the stream comes in, and its span. */
    public HourListing with(boolean otherLive, Optional<UtcRange> otherSpan) {
        return new HourListing(otherLive, otherSpan, hours, ends, unanswered, skipped);
    }

    /** The same of the hours from one to another, both included. */
    public HourListing within(long fromHour, long toHour) {
        List<Hour> some = hours.stream()
                .filter(hour -> hour.hour() >= fromHour && hour.hour() <= toHour)
                .toList();
        return new HourListing(live, span, some, ends, unanswered, skipped);
    }

    /** The same, with a server more that did not answer. */
    public HourListing without(Unanswered one) {
        List<Unanswered> all = new ArrayList<>(unanswered);
        Unanswered.add(all, one);
        return new HourListing(live, span, hours, ends, all, skipped);
    }

    /** Several lists as one, in their order, in which nothing stands twice. */
    public static HourListing joined(List<HourListing> lists) {
        boolean live = false;
        Optional<UtcRange> span = Optional.empty();
        Set<Hour> hours = new LinkedHashSet<>();
        Set<TakeEnd> ends = new LinkedHashSet<>();
        List<Unanswered> unanswered = new ArrayList<>();
        Skipped skipped = Skipped.NONE;
        for (HourListing one : lists) {
            live |= one.live;
            span = UtcRange.spanning(span, one.span);
            hours.addAll(one.hours);
            ends.addAll(one.ends);
            one.unanswered.forEach(each -> Unanswered.add(unanswered, each));
            skipped = skipped.and(one.skipped);
        }
        return new HourListing(live, span, List.copyOf(hours), List.copyOf(ends), unanswered, skipped);
    }
}
