package org.red5.dvr.web;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.timeline.StreamKey;

/**
 * Counts the players that follow live playlists, about: whoever asks for one again and again is one player for each address and
 * User-Agent. Any thread may call.
 */
public final class HlsViewers {
    /** Beyond so many nobody is counted any more; made-up names must not fill the memory. */
    private static final int MOST = 100_000;

    private record Viewer(StreamKey stream, String client, String agent) {}

    private final long presentNanos;
    private final LongSupplier nanoTime;

    @GuardedBy("this")
    private final Map<Viewer, Long> seen = new HashMap<>();

    @GuardedBy("this")
    private long sweptNanos;

    /**
     * @param present how long somebody counts after the last request, three target durations
     * @param nanoTime a clock that is never set
     */
    public HlsViewers(Duration present, LongSupplier nanoTime) {
        this.presentNanos = present.toNanos();
        this.nanoTime = nanoTime;
        this.sweptNanos = nanoTime.getAsLong();
    }

    /** Somebody asks for a live media playlist. */
    public void asked(StreamKey stream, HttpRequest request) {
        String agent = request.header("User-Agent").orElse("");
        Viewer viewer = new Viewer(stream, request.client(), Integer.toHexString(agent.hashCode()));
        synchronized (this) {
            sweep();
            if (seen.size() < MOST || seen.containsKey(viewer)) {
                seen.put(viewer, nanoTime.getAsLong());
            }
        }
    }

    /** How many follow a stream now. */
    public synchronized int of(StreamKey stream) {
        long now = nanoTime.getAsLong();
        return (int) seen.entrySet().stream()
                .filter(each -> each.getKey().stream().equals(stream) && now - each.getValue() < presentNanos)
                .count();
    }

    /** How many there are now, whatever stream. */
    public synchronized int all() {
        long now = nanoTime.getAsLong();
        return (int)
                seen.values().stream().filter(at -> now - at < presentNanos).count();
    }

    @GuardedBy("this")
    private void sweep() {
        long now = nanoTime.getAsLong();
        if (now - sweptNanos >= presentNanos) {
            sweptNanos = now;
            seen.values().removeIf(at -> now - at >= presentNanos);
        }
    }
}
