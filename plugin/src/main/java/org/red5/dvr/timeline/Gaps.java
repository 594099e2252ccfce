package org.red5.dvr.timeline;

import java.util.ArrayList;
import java.util.List;

/** Finds the holes of a timeline and says why each is one. */
final class Gaps {
    private final List<TakeEnd> ends;
    private final boolean someUnanswered;

    /**
     * @param ends of takes, from all servers that answered
     * @param someUnanswered whether somebody did not answer who may hold what is missing
     */
    Gaps(List<TakeEnd> ends, boolean someUnanswered) {
        this.ends = ends;
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
        long[] changes = ends.stream().mapToLong(TakeEnd::utcMicros).sorted().toArray();
        for (long change : changes) {
            boolean isInside =
                    change > from + Timeline.TOLERANCE_MICROS && change < toMicros - Timeline.TOLERANCE_MICROS;
            GapReason next = isInside ? reason(change) : reason;
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
        TakeEnd nearest = null;
        for (TakeEnd end : ends) {
            if (end.utcMicros() <= gapStartMicros + Timeline.TOLERANCE_MICROS
                    && (nearest == null || end.utcMicros() >= nearest.utcMicros())) {
                nearest = end;
            }
        }
        if (nearest != null && isOfEncoder(nearest, gapStartMicros)) {
            return nearest.reason();
        }
        if (someUnanswered) {
            return GapReason.NOT_REACHABLE;
        }
        return nearest == null ? GapReason.NOT_PUBLISHED : nearest.reason();
    }

    /** Whether the hole is in what the encoder sent, so that nobody else has what is missing. */
    private static boolean isOfEncoder(TakeEnd end, long gapStartMicros) {
        return switch (end.reason()) {
            case CONFIGURATION_CHANGED, TIMESTAMP_JUMP -> gapStartMicros - end.utcMicros() <= Timeline.TOLERANCE_MICROS;
            default -> false;
        };
    }
}
