package org.red5.dvr.timeline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.red5.dvr.timeline.TakeChoice.Candidate;

/** Finds what can be shown beside segments that are shown already, so that every moment is shown once. */
final class FreeMoments {
    private static final Comparator<Candidate> BY_TIME = Comparator.<Candidate>comparingLong(
                    each -> each.segment().startUtcMicros())
            .thenComparing(each -> each.segment().take());
    /** A take's name says when it starts to the millisecond. */
    private static final long NAMED_MICROS = 1_000_000;

    private FreeMoments() {}

    /**
     * Whether two segments show the same moment: more than half of the shorter one. Where one take begins as another ends, the clocks
     * of two servers may differ by what is no hole either.
     */
    static boolean isSameMoment(Segment one, Segment other) {
        long commonMicros = Math.min(one.endUtcMicros(), other.endUtcMicros())
                - Math.max(one.startUtcMicros(), other.startUtcMicros());
        if (commonMicros <= Math.min(one.durationMicros(), other.durationMicros()) / 2) {
            return false;
        }
        Segment later = one.startUtcMicros() < other.startUtcMicros() ? other : one;
        return commonMicros > Timeline.TOLERANCE_MICROS || one.take().equals(other.take()) || !beginsTake(later);
    }

    private static boolean beginsTake(Segment segment) {
        return Math.abs(segment.startUtcMicros() - segment.take().startUtcMillis() * 1_000) < NAMED_MICROS;
    }

    /**
     * Those of some segments whose moment nobody shows, by time; of two of one moment the first, unless the second is longer.
     *
     * @param shown by time, but for what is no hole
     */
    static List<Candidate> of(List<Candidate> shown, List<Candidate> others) {
        List<Candidate> free = new ArrayList<>();
        List<Candidate> sorted = new ArrayList<>(others);
        sorted.sort(BY_TIME);
        int at = 0;
        for (Candidate other : sorted) {
            while (at < shown.size()
                    && shown.get(at).segment().endUtcMicros() <= other.segment().startUtcMicros()) {
                at++;
            }
            if (!isShown(other.segment(), shown, at)) {
                add(free, other);
            }
        }
        return free;
    }

    private static boolean isShown(Segment segment, List<Candidate> shown, int from) {
        for (int i = from; i < shown.size() && shown.get(i).segment().startUtcMicros() < segment.endUtcMicros(); i++) {
            if (isSameMoment(segment, shown.get(i).segment())) {
                return true;
            }
        }
        return false;
    }

    private static void add(List<Candidate> free, Candidate other) {
        Segment last = free.isEmpty() ? null : free.get(free.size() - 1).segment();
        if (last == null || !isSameMoment(last, other.segment())) {
            free.add(other);
        } else if (other.segment().durationMicros() > last.durationMicros() + Timeline.TOLERANCE_MICROS) {
            free.set(free.size() - 1, other);
        }
    }

    /** All of both in order of time. */
    static List<Candidate> byTime(List<Candidate> shown, List<Candidate> free) {
        List<Candidate> all = new ArrayList<>(shown);
        all.addAll(free);
        all.sort(BY_TIME);
        return all;
    }
}
