package org.red5.dvr.metrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UnrecordedTrack;

/** Which tracks of which streams are not recorded, until a later publish: of the last streams that had such. Any thread may call. */
final class UnrecordedTracks {
    /** A publisher may make up names without end. */
    private static final int MOST_STREAMS = 1_000;

    @GuardedBy("this")
    private final Map<StreamKey, Map<String, String>> streams = new LinkedHashMap<>();

    synchronized void add(StreamKey stream, String track, String why) {
        streams.computeIfAbsent(stream, key -> new TreeMap<>()).put(track, why);
        if (streams.size() > MOST_STREAMS) {
            streams.remove(streams.keySet().iterator().next());
        }
    }

    synchronized void remove(StreamKey stream, String track) {
        Map<String, String> tracks = streams.getOrDefault(stream, new TreeMap<>());
        tracks.remove(track);
        if (tracks.isEmpty()) {
            streams.remove(stream);
        }
    }

    synchronized List<UnrecordedTrack> of(StreamKey stream) {
        return streams.getOrDefault(stream, Map.of()).entrySet().stream()
                .map(entry -> new UnrecordedTrack(entry.getKey(), entry.getValue()))
                .toList();
    }
}
