package org.red5.dvr.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/** Remembers what it was told. Used by the writer's thread, dropped packets by any. */
final class CountingMeter implements RecordingMeter {
    final List<GapReason> ends = new ArrayList<>();
    final Map<StreamKey, GapReason> failing = new TreeMap<>();
    int segments;
    long bytes;
    int dropped;
    int open;

    @Override
    public void segmentWritten(int segmentBytes, long nanos) {
        segments++;
        bytes += segmentBytes;
    }

    @Override
    public synchronized void packetDropped() {
        dropped++;
    }

    @Override
    public void takeBegan() {
        open++;
    }

    @Override
    public void takeEnded(GapReason reason) {
        open--;
        ends.add(reason);
    }

    @Override
    public void failing(StreamKey stream, GapReason reason) {
        failing.put(stream, reason);
    }

    @Override
    public void notFailing(StreamKey stream) {
        failing.remove(stream);
    }
}
