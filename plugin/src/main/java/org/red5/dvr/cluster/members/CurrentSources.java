package org.red5.dvr.cluster.members;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.LruMap;

/**
 * Knows for every stream that is in use which of its sources is the current one, whether anybody asks or not: looked at with
 * every news of a peer. Any thread may call.
 */
public final class CurrentSources {
    private static final long FORGOTTEN_NANOS = 600_000_000_000L;
    /** Viewers may ask for any names; of more streams the one asked for longest ago is forgotten. */
    public static final int MOST_STREAMS = 2_000;

    private final StreamSources sources;
    private final Peers peers;
    private final Timing time;
    /** By least recent use; all in it is guarded as well. */
    @GuardedBy("streams")
    private final Map<StreamKey, Watched> streams = new LruMap<>(MOST_STREAMS);

    private final AtomicLong switches = new AtomicLong();

    /** What is known of one stream's sources. */
    private static final class Watched {
        private final List<StreamSource> sources;
        private final CurrentSource current;
        private long askedNanos;
        private int index = -1;

        Watched(List<StreamSource> sources) {
            this.sources = sources;
            this.current = new CurrentSource(sources.size());
        }
    }

    public CurrentSources(StreamSources sources, Peers peers, Timing time) {
        this.sources = sources;
        this.peers = peers;
        this.time = time;
        peers.onNews(this::updateAll);
    }

    /** The source in use for a stream; empty when it has none that works. */
    public Optional<StreamSource> current(StreamKey stream) {
        synchronized (streams) {
            Watched known = streams.get(stream);
            List<StreamSource> usable = known == null ? usable(stream) : known.sources;
            if (usable.isEmpty()) {
                return Optional.empty();
            }
            Watched watched = streams.computeIfAbsent(stream, key -> new Watched(usable));
            watched.askedNanos = time.nanos();
            int current = update(watched);
            return current < 0 ? Optional.empty() : Optional.of(watched.sources.get(current));
        }
    }

    /** The sources to try for a live stream: the one in use, then those that have it, then the rest, as far as they are up. */
    public List<StreamSource> inOrder(StreamKey stream) {
        Optional<StreamSource> current = current(stream);
        List<StreamSource> order = new ArrayList<>();
        current.ifPresent(order::add);
        for (CurrentSource.Level level : List.of(
                CurrentSource.Level.LIVE,
                CurrentSource.Level.RELAYS,
                CurrentSource.Level.KNOWS,
                CurrentSource.Level.UP,
                CurrentSource.Level.UNKNOWN)) {
            for (StreamSource source : usable(stream)) {
                if (!order.contains(source) && peers.at(source.peer()).level(source) == level) {
                    order.add(source);
                }
            }
        }
        return order;
    }

    /** Chooses anew for each stream, as its sources may be others by now. */
    public void forget() {
        synchronized (streams) {
            streams.clear();
        }
        switches.incrementAndGet();
    }

    /** For how many of the streams that are in use a peer's is the current one. */
    public int countOf(PeerAddress peer) {
        synchronized (streams) {
            return (int) streams.values().stream()
                    .filter(watched -> watched.index >= 0
                            && watched.sources.get(watched.index).peer().equals(peer))
                    .count();
        }
    }

    /** How many streams it is known of. */
    public int size() {
        synchronized (streams) {
            return streams.size();
        }
    }

    /** How often a stream has gone from one source to another. */
    long switches() {
        return switches.get();
    }

    private void updateAll() {
        synchronized (streams) {
            long now = time.nanos();
            streams.values().removeIf(watched -> now - watched.askedNanos > FORGOTTEN_NANOS);
            streams.values().forEach(this::update);
        }
    }

    private int update(Watched watched) {
        CurrentSource.Level[] levels = watched.sources.stream()
                .map(source -> peers.at(source.peer()).level(source))
                .toArray(CurrentSource.Level[]::new);
        int before = watched.index;
        watched.index = watched.current.update(time.nanos(), levels);
        if (before >= 0 && before != watched.index) {
            switches.incrementAndGet();
        }
        return watched.index;
    }

    /** Without this server itself, which may only become known later: then its level is down. */
    private List<StreamSource> usable(StreamKey stream) {
        return sources.of(stream).stream()
                .filter(source -> peers.at(source.peer()).state().isSource())
                .toList();
    }
}
