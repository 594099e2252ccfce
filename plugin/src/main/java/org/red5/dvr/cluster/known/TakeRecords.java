package org.red5.dvr.cluster.known;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.red5.dvr.archive.index.HourRecords;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeEnd;

/**
 * What is known of one take in one hour.
 *
 * @param ordinal of the take at the server that recorded it
 * @param records how many segments were listed, damaged ones too
 * @param segments that can be had, by number
 * @param crcs CRC-32C of the bytes of each of the segments; not to be changed
 * @param ends where holes begin: before damaged segments, and where the take ends
 */
@SuppressWarnings("ArrayRecordComponent")
record TakeRecords(int ordinal, int records, List<Segment> segments, int[] crcs, List<TakeEnd> ends) {
    TakeRecords {
        segments = List.copyOf(segments);
        ends = List.copyOf(ends);
        if (crcs.length != segments.size()) {
            throw new IllegalArgumentException(segments.size() + " segments, " + crcs.length + " CRCs");
        }
    }

    /** What an index says, or a part of it. */
    static TakeRecords of(HourRecords index) {
        List<Segment> segments = new ArrayList<>(index.count());
        int[] crcs = new int[index.count()];
        for (int i = 0; i < index.count(); i++) {
            if (!index.isDamaged(i)) {
                crcs[segments.size()] = index.crc(i);
                segments.add(index.segment(i));
            }
        }
        return new TakeRecords(
                index.ordinal(), index.count(), segments, Arrays.copyOf(crcs, segments.size()), index.ends());
    }

    /** This, and what follows on it. */
    TakeRecords and(TakeRecords next) {
        List<Segment> all = new ArrayList<>(segments);
        all.addAll(next.segments);
        int[] allCrcs = Arrays.copyOf(crcs, all.size());
        System.arraycopy(next.crcs, 0, allCrcs, crcs.length, next.crcs.length);
        List<TakeEnd> allEnds = new ArrayList<>(ends);
        allEnds.addAll(next.ends);
        return new TakeRecords(ordinal, records + next.records, all, allCrcs, allEnds);
    }

    /** Those segments alone that fulfil a condition. */
    TakeRecords only(Predicate<Segment> condition) {
        List<Segment> some = new ArrayList<>();
        int[] someCrcs = new int[segments.size()];
        for (int i = 0; i < segments.size(); i++) {
            if (condition.test(segments.get(i))) {
                someCrcs[some.size()] = crcs[i];
                some.add(segments.get(i));
            }
        }
        return new TakeRecords(ordinal, records, some, Arrays.copyOf(someCrcs, some.size()), List.of());
    }

    /** The highest number, -1 when there is none. */
    long lastNumber() {
        return segments.isEmpty() ? -1 : segments.get(segments.size() - 1).number();
    }

    /** The position of a number among the segments, negative when it is not there. */
    int positionOf(long number) {
        int low = 0;
        int high = segments.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long at = segments.get(middle).number();
            if (at == number) {
                return middle;
            }
            if (at < number) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }
}
