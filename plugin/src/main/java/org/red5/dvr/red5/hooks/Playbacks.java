package org.red5.dvr.red5.hooks;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts who plays what over RTMP, on the whole server. Any thread may call any method. */
public final class Playbacks {
    private static final Logger log = LoggerFactory.getLogger(Playbacks.class);

    /**
     * The playbacks of one stream.
     *
     * @param liveViewers clients that play it live now; one that pauses counts
     * @param pastViewers clients that play a recording of it now
     * @param started how often somebody began to play it, live or recorded, since the server started
     */
    public record Count(int liveViewers, int pastViewers, long started) {
        private static final Count NONE = new Count(0, 0, 0);
    }

    @GuardedBy("this")
    private final Map<Object, StreamKey> liveByViewer = new HashMap<>();

    @GuardedBy("this")
    private final Map<Object, StreamKey> pastByViewer = new HashMap<>();

    @GuardedBy("this")
    private final Map<StreamKey, Count> counts = new TreeMap<>();

    /** The playbacks of a stream. */
    public synchronized Count of(StreamKey stream) {
        return counts.getOrDefault(stream, Count.NONE);
    }

    /** The playbacks of every stream that was ever played, by stream. */
    public synchronized Map<StreamKey, Count> all() {
        return new TreeMap<>(counts);
    }

    /** How many clients play live now, whatever stream. */
    public synchronized int liveViewers() {
        return liveByViewer.size();
    }

    /** How many clients play a recording now, whatever stream. */
    public synchronized int pastViewers() {
        return pastByViewer.size();
    }

    /**
     * Notes that a viewer begins to play a stream, and with it leaves the one played before.
     *
     * @param viewer tells viewers apart by {@code equals}
     */
    synchronized void begun(Object viewer, StreamKey stream, boolean live) {
        ended(viewer);
        (live ? liveByViewer : pastByViewer).put(viewer, stream);
        add(stream, live ? 1 : 0, live ? 0 : 1, 1);
    }

    /** Notes that a viewer plays nothing any more; nothing happens when it did not play. */
    synchronized void ended(Object viewer) {
        @Nullable StreamKey live = liveByViewer.remove(viewer);
        if (live != null) {
            add(live, -1, 0, 0);
        }
        @Nullable StreamKey past = pastByViewer.remove(viewer);
        if (past != null) {
            add(past, 0, -1, 0);
        }
    }

    private synchronized void add(StreamKey stream, int live, int past, int started) {
        Count before = of(stream);
        Count now = new Count(before.liveViewers() + live, before.pastViewers() + past, before.started() + started);
        counts.put(stream, now);
        log.info(
                "played over RTMP: {} has {} live viewers, {} since the start",
                stream,
                now.liveViewers(),
                now.started());
    }
}
