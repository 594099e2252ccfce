package org.red5.dvr.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/** Remembers what it was told, by any thread; read by one when nobody tells it more. */
final class CountingMeter implements RecordingMeter {
    final List<GapReason> ends = new ArrayList<>();
    final Map<StreamKey, GapReason> failing = new TreeMap<>();
    final Map<String, String> unrecorded = new TreeMap<>();
    int segments;
    long bytes;
    int dropped;
    int open;

    @Override
    public synchronized void segmentWritten(int segmentBytes, long nanos) {
        segments++;
        bytes += segmentBytes;
    }

    @Override
    public synchronized void packetDropped() {
        dropped++;
    }

    @Override
    public synchronized void takeBegan() {
        open++;
    }

    @Override
    public synchronized void takeEnded(GapReason reason) {
        open--;
        ends.add(reason);
    }

    @Override
    public synchronized void failing(StreamKey stream, GapReason reason) {
        failing.put(stream, reason);
    }

    @Override
    public synchronized void trackNotRecorded(StreamKey stream, String track, String why) {
        unrecorded.put(stream + " " + track, why);
    }

    @Override
    public synchronized void trackRecorded(StreamKey stream, String track) {
        unrecorded.remove(stream + " " + track);
    }

    @Override
    public synchronized void notFailing(StreamKey stream) {
        failing.remove(stream);
    }
}
