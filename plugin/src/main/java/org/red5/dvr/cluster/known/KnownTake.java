package org.red5.dvr.cluster.known;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.UtcRange;

/**
 * What a peer has told of one take in one hour; immutable.
 *
 * @param entry of its list
 * @param index as far as it was fetched; empty when only segments were told
 * @param since segments that were told one by one, without their bytes, by number: behind those of the index
 */
public record KnownTake(HourListing.Hour entry, Optional<HourIndex> index, List<FollowReply.New> since) {
    /** Of a segment that was told, about. */
    private static final long TOLD_BYTES = 150;

    public KnownTake {
        since = List.copyOf(since);
    }

    KnownTake(HourListing.Hour entry, HourIndex index) {
        this(entry, Optional.of(index), List.of());
    }

    /** The same in a later list. */
    KnownTake in(HourListing.Hour later) {
        return new KnownTake(later, index, since);
    }

    /** This and a segment behind all that is known. */
    KnownTake and(HourListing.Hour later, FollowReply.New one) {
        List<FollowReply.New> all = new ArrayList<>(since);
        all.add(withoutMedia(one));
        return new KnownTake(later, index, all);
    }

    /** Those segments alone that fulfil a condition; where it has holes then is not said. */
    KnownTake only(Predicate<Segment> condition) {
        List<FollowReply.New> some = new ArrayList<>();
        index.ifPresent(known -> {
            for (int i = 0; i < known.count(); i++) {
                if (known.isHere(i) && condition.test(known.segment(i))) {
                    some.add(told(known, i));
                }
            }
        });
        since.stream().filter(one -> condition.test(one.segment())).forEach(some::add);
        return new KnownTake(entry, Optional.empty(), some);
    }

    /** How many records of the index are known, from the first on without a hole. */
    int records() {
        int records = index.map(HourIndex::count).orElse(0);
        if (records > 0) {
            long next = index.get().number(records - 1) + 1;
            for (int i = 0; i < since.size() && since.get(i).segment().number() == next + i; i++) {
                records++;
            }
        }
        return records;
    }

    /** Adds the segments that can be had and intersect a range, by number. */
    void addWithin(UtcRange range, List<Segment> segments) {
        index.ifPresent(known -> known.addWithin(range, segments));
        for (FollowReply.New one : since) {
            if (range.intersects(one.segment().startUtcMicros(), one.segment().endUtcMicros())) {
                segments.add(one.segment());
            }
        }
    }

    /** A segment, without its bytes; empty when it is not known that it can be had. */
    Optional<FollowReply.New> find(long number) {
        int position = index.map(known -> known.positionOf(number)).orElse(-1);
        return position >= 0
                ? Optional.of(told(index.get(), position))
                : since.stream().filter(one -> one.segment().number() == number).findFirst();
    }

    /** The highest number that can be had, -1 when there is none. */
    long lastNumber() {
        return since.isEmpty()
                ? index.map(HourIndex::lastNumber).orElse(-1L)
                : since.get(since.size() - 1).segment().number();
    }

    /** Where a hole begins in this hour, and why, as far as the index says it. */
    List<TakeEnd> ends() {
        return index.map(HourIndex::ends).orElse(List.of());
    }

    /** Of the take at the server that recorded it. */
    int ordinal() {
        return index.map(known -> known.header().ordinal())
                .orElseGet(() -> since.get(0).ordinal());
    }

    /** About how many bytes of the heap it takes, without its entry. */
    long bytes() {
        return index.map(HourIndex::sizeBytes).orElse(0L) + TOLD_BYTES * since.size();
    }

    private FollowReply.New told(HourIndex known, int position) {
        return new FollowReply.New(
                known.segment(position),
                entry.node(),
                known.header().ordinal(),
                known.mediaCrc(position),
                Optional.empty());
    }

    private static FollowReply.New withoutMedia(FollowReply.New one) {
        return new FollowReply.New(one.segment(), one.node(), one.ordinal(), one.crc(), Optional.empty());
    }
}
