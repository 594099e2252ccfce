package org.red5.dvr.cluster.known;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;

/**
 * The streams of one peer that were asked for shortly before, however many names viewers think of. One that no server knows is
 * forgotten after a second, one that is not in use after ten minutes, and of more than the most, in number or in bytes, the one
 * asked for longest ago. Any thread may call.
 */
public final class OpenStreams {
    /** Each of them may hold the indexes of two hours. */
    public static final int MOST = 1_000;

    private static final long IDLE_NANOS = 600_000_000_000L;
    /** Questions for a stream that no server knows share an answer for so long. */
    private static final long UNKNOWN_NANOS = 1_000_000_000L;

    private static final long SWEEP_NANOS = 1_000_000_000L;

    private final Function<StreamKey, OpenStream> opened;
    private final long mostBytes;
    private final Timing time;
    /** By least recent use; all in it is guarded as well. */
    @GuardedBy("streams")
    private final LinkedHashMap<Key, Used> streams = new LinkedHashMap<>(64, 0.75f, true);

    @GuardedBy("streams")
    private long sweptNanos;

    /** @param skips nodes that the peer does not ask: without them it may have less */
    private record Key(StreamKey stream, Set<String> skips) {}

    private static final class Used {
        private final OpenStream stream;
        private long usedNanos;

        Used(OpenStream stream) {
            this.stream = stream;
        }
    }

    /** @param mostBytes of all together, as looked at once a second */
    OpenStreams(Function<StreamKey, OpenStream> opened, long mostBytes, Timing time) {
        this.opened = opened;
        this.mostBytes = mostBytes;
        this.time = time;
        this.sweptNanos = time.nanos();
    }

    /** A stream, which is opened if it was not yet. */
    OpenStream of(StreamKey stream, Set<String> skips) {
        List<OpenStream> dropped = new ArrayList<>();
        Used used;
        synchronized (streams) {
            Key key = new Key(stream, skips);
            @Nullable Used known = streams.get(key);
            used = known == null ? new Used(opened.apply(stream)) : known;
            used.usedNanos = time.nanos();
            sweep(used, dropped);
            if (known == null) {
                makeRoom(dropped);
                streams.put(key, used);
            }
        }
        dropped.forEach(OpenStream::stopFollowing);
        return used.stream;
    }

    /** A stream that was opened. */
    Optional<OpenStream> find(StreamKey stream, Set<String> skips) {
        synchronized (streams) {
            @Nullable Used known = streams.get(new Key(stream, skips));
            if (known == null) {
                return Optional.empty();
            }
            known.usedNanos = time.nanos();
            return Optional.of(known.stream);
        }
    }

    List<OpenStream> all() {
        synchronized (streams) {
            return streams.values().stream().map(used -> used.stream).toList();
        }
    }

    @GuardedBy("streams")
    private void sweep(Used asked, List<OpenStream> dropped) {
        long now = time.nanos();
        if (now - sweptNanos < SWEEP_NANOS) {
            return;
        }
        sweptNanos = now;
        streams.values().removeIf(used -> isOver(used, now));
        long bytes =
                streams.values().stream().mapToLong(used -> used.stream.bytes()).sum();
        Iterator<Used> eldest = streams.values().iterator();
        while (bytes > mostBytes && eldest.hasNext()) {
            Used used = eldest.next();
            if (used != asked) {
                bytes -= used.stream.bytes();
                dropped.add(used.stream);
                eldest.remove();
            }
        }
    }

    @GuardedBy("streams")
    private void makeRoom(List<OpenStream> dropped) {
        Iterator<Used> eldest = streams.values().iterator();
        while (streams.size() >= MOST) {
            dropped.add(eldest.next().stream);
            eldest.remove();
        }
    }

    private static boolean isOver(Used used, long now) {
        long idleNanos = now - used.usedNanos;
        return idleNanos >= UNKNOWN_NANOS
                && !used.stream.isInUse()
                && (idleNanos >= IDLE_NANOS || !used.stream.isThere());
    }
}
