package org.red5.dvr.timeline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds the holes of a timeline and says why each is one; takes little longer for many holes than for few. */
final class Gaps {
    /** By time; of one time in the order that they were given in. */
    private final List<TakeEnd> ends;

    private final boolean someUnanswered;

    /**
     * @param ends of takes, from all servers that answered
     * @param someUnanswered whether somebody did not answer who may hold what is missing
     */
    Gaps(List<TakeEnd> ends, boolean someUnanswered) {
        this.ends = ends.stream()
                .sorted(Comparator.comparingLong(TakeEnd::utcMicros))
                .toList();
        this.someUnanswered = someUnanswered;
    }

    List<Timeline.Gap> between(List<Segment> segments, UtcRange window, boolean live) {
        List<Timeline.Gap> gaps = new ArrayList<>();
        long end = window.fromMicros();
        for (Segment segment : segments) {
            add(gaps, end, segment.startUtcMicros());
            end = Math.max(end, segment.endUtcMicros());
        }
        if (segments.isEmpty() || !isGrowing(segments.get(segments.size() - 1), live)) {
            add(gaps, end, window.toMicros());
        }
        return List.copyOf(gaps);
    }

    /** Adds a hole, in pieces where something else happened inside of it that keeps it open. */
    private void add(List<Timeline.Gap> gaps, long fromMicros, long toMicros) {
        if (toMicros - fromMicros <= Timeline.TOLERANCE_MICROS) {
            return;
        }
        long from = fromMicros;
        GapReason reason = reason(from);
        int last = countUpTo(toMicros - Timeline.TOLERANCE_MICROS - 1);
        for (int i = countUpTo(from + Timeline.TOLERANCE_MICROS); i < last; i++) {
            long change = ends.get(i).utcMicros();
            GapReason next = change > from + Timeline.TOLERANCE_MICROS ? reason(change) : reason;
            if (next != reason) {
                gaps.add(new Timeline.Gap(new UtcRange(from, change), reason));
                from = change;
                reason = next;
            }
        }
        gaps.add(new Timeline.Gap(new UtcRange(from, toMicros), reason));
    }

    /** Whether the time behind a segment is not missing but only not yet written. */
    private boolean isGrowing(Segment last, boolean live) {
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

    private GapReason reason(long gapStartMicros) {
        int before = countUpTo(gapStartMicros + Timeline.TOLERANCE_MICROS);
        TakeEnd nearest = before == 0 ? null : ends.get(before - 1);
        if (nearest != null && isOfEncoder(nearest, gapStartMicros)) {
            return nearest.reason();
        }
        if (someUnanswered) {
            return GapReason.NOT_REACHABLE;
        }
        return nearest == null ? GapReason.NOT_PUBLISHED : nearest.reason();
    }

    /** How many takes had ended by an instant. */
    private int countUpTo(long utcMicros) {
        int low = 0;
        int high = ends.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends.get(middle).utcMicros() <= utcMicros) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Whether the hole is in what the encoder sent, so that nobody else has what is missing. */
    private static boolean isOfEncoder(TakeEnd end, long gapStartMicros) {
        return switch (end.reason()) {
            case CONFIGURATION_CHANGED, TIMESTAMP_JUMP -> gapStartMicros - end.utcMicros() <= Timeline.TOLERANCE_MICROS;
            default -> false;
        };
    }
}
