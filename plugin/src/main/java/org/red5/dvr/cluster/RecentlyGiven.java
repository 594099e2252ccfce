package org.red5.dvr.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.GivenOut;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;

/**
 * Remembers which takes' segments a server gave out near the live end of one stream, so that it gives them out again although
 * another server would be chosen by now. Any thread may call.
 */
public final class RecentlyGiven implements GivenOut {
    private static final long NEAR_MICROS = 600_000_000L;
    private static final long KEPT_MICROS = 7_200_000_000L;

    private final SegmentGrid grid;
    /** By first number; they do not overlap. */
    @GuardedBy("runs")
    private final TreeMap<Long, Run> runs = new TreeMap<>();

    private record Run(long lastNumber, TakeId take) {}

    public RecentlyGiven(SegmentGrid grid) {
        this.grid = grid;
    }

    @Override
    public @Nullable TakeId take(long number) {
        synchronized (runs) {
            Map.Entry<Long, Run> run = runs.floorEntry(number);
            return run == null || run.getValue().lastNumber() < number
                    ? null
                    : run.getValue().take();
        }
    }

    /**
     * Notes what is given out.
     *
     * @param segments by number
     * @param nowMicros the present; what is older than ten minutes is not noted, what is older than two hours forgotten
     */
    public void note(List<Segment> segments, long nowMicros) {
        long nearest = grid.numberAt(nowMicros - NEAR_MICROS);
        int from = segments.size();
        while (from > 0 && segments.get(from - 1).number() >= nearest) {
            from--;
        }
        synchronized (runs) {
            forgetBefore(grid.numberAt(nowMicros - KEPT_MICROS));
            for (Segment segment : segments.subList(from, segments.size())) {
                add(segment.number(), segment.take());
            }
        }
    }

    @GuardedBy("runs")
    private void forgetBefore(long number) {
        while (!runs.isEmpty() && runs.firstEntry().getValue().lastNumber() < number) {
            runs.pollFirstEntry();
        }
    }

    /** A number keeps the take that it has unless it is given out of another now. */
    @GuardedBy("runs")
    private void add(long number, TakeId take) {
        Map.Entry<Long, Run> at = runs.floorEntry(number);
        if (at != null && at.getValue().lastNumber() >= number) {
            if (at.getValue().take().equals(take)) {
                return;
            }
            split(at.getKey(), at.getValue(), number);
            at = runs.lowerEntry(number);
        }
        if (at != null
                && at.getValue().lastNumber() == number - 1
                && at.getValue().take().equals(take)) {
            runs.put(at.getKey(), new Run(number, take));
        } else {
            runs.put(number, new Run(number, take));
        }
    }

    /** Takes one number out of a run. */
    @GuardedBy("runs")
    private void split(long first, Run run, long number) {
        if (first < number) {
            runs.put(first, new Run(number - 1, run.take()));
        } else {
            runs.remove(first);
        }
        if (run.lastNumber() > number) {
            runs.put(number + 1, run);
        }
    }
}
