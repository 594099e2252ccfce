package org.red5.dvr.relay;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.red5.dvr.live.FlvStream;
import org.red5.dvr.live.LiveFeed;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.peer.LiveSource;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.client.LiveTransport;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams that are relayed on demand: one pull for each, however many watch it. Gives peers what is published here, and what
 * is relayed. Any thread may call; nothing here blocks.
 */
public final class LiveRelays implements LiveSource, Closeable {
    private static final Logger log = LoggerFactory.getLogger(LiveRelays.class);

    private static final long MISSED_NANOS = 1_000_000_000;
    /** When so many streams that nobody has are asked for within a second, sources are not asked for more of them. */
    private static final int MOST_MISSED = 50;

    private final String self;
    private final LiveFeeds own;
    private final LiveCandidates candidates;
    private final LiveTransport transport;
    private final Executor executor;
    private final LongSupplier nanoTime;
    private final AtomicLong started = new AtomicLong();
    private final AtomicLong served = new AtomicLong();

    @GuardedBy("this")
    private final Map<StreamKey, LiveRelay> relays = new HashMap<>();

    private final Map<StreamKey, Long> missed = new ConcurrentHashMap<>(); // that no source had, and when

    @GuardedBy("this")
    private boolean closed;

    /**
     * @param self this server's node
     * @param own what is published here
     * @param executor sends to peers; its threads are not blocked
     * @param nanoTime a clock that is never set
     */
    public LiveRelays(
            String self,
            LiveFeeds own,
            LiveCandidates candidates,
            LiveTransport transport,
            Executor executor,
            LongSupplier nanoTime) {
        this.self = self;
        this.own = own;
        this.candidates = candidates;
        this.transport = transport;
        this.executor = executor;
        this.nanoTime = nanoTime;
    }

    @Override
    public Optional<Flow.Publisher<ByteBuffer>> open(StreamKey stream, Route route) {
        Optional<LiveFeed> feed =
                own.isLive(stream) ? own.find(stream) : join(stream, route).map(LiveRelay::feed);
        feed.ifPresent(found -> served.incrementAndGet());
        return feed.map(found -> new FlvStream(found, route.passed(), executor));
    }

    /**
     * Joins the relay of a stream, which begins with that. Who joins has to subscribe to its feed within {@link
     * LiveRelay#LINGER}.
     *
     * @param route the way of the question; {@link Route#START} for a viewer of this server
     * @return empty when there is no source that may be asked, or the packets would go in a circle
     */
    public Optional<LiveRelay> join(StreamKey stream, Route route) {
        if (!route.mayGoOnFrom(self)) {
            return Optional.empty();
        }
        LiveRelay joined;
        synchronized (this) {
            LiveRelay running = relays.get(stream);
            if (running != null && !running.feed().hasEnded()) {
                running.want();
                Set<String> upstream = running.pull().upstream();
                return route.passed().stream().anyMatch(upstream::contains) ? Optional.empty() : Optional.of(running);
            }
            if (closed || !mayBegin(stream, route)) {
                return Optional.empty();
            }
            joined = new LiveRelay(
                    new LivePull(new LiveFeed(stream, nanoTime), self, candidates, transport, nanoTime), nanoTime);
            relays.put(stream, joined);
        }
        log.info("{} is asked for, its relay begins", stream);
        started.incrementAndGet();
        joined.pull().begun().thenAccept(has -> {
            if (!has) {
                missed.put(stream, nanoTime.getAsLong());
            }
        });
        joined.pull().start(route);
        return Optional.of(joined);
    }

    /** Sources that do not say that they have a stream are not asked for it again and again. */
    private boolean mayBegin(StreamKey stream, Route route) {
        long now = nanoTime.getAsLong();
        missed.values().removeIf(at -> now - at >= MISSED_NANOS);
        boolean isMissed = missed.containsKey(stream) || missed.size() >= MOST_MISSED;
        return candidates.of(stream).stream()
                .anyMatch(candidate -> (candidate.live() || !isMissed)
                        && candidate.nodes().stream().noneMatch(route::knows));
    }

    /** Ends the relay of a stream, for it is published here now. */
    public void end(StreamKey stream) {
        LiveRelay relay;
        synchronized (this) {
            relay = relays.remove(stream);
        }
        if (relay != null) {
            relay.pull().stop();
        }
    }

    /** The relays that run now. */
    public synchronized List<LiveRelay> running() {
        return relays.values().stream()
                .filter(relay -> !relay.feed().hasEnded())
                .toList();
    }

    /** The relay of a stream, if one runs. */
    public Optional<LiveRelay> find(StreamKey stream) {
        return running().stream()
                .filter(relay -> relay.feed().stream().equals(stream))
                .findFirst();
    }

    /** How many other servers pull a stream now, published here or relayed. */
    public int peersOf(StreamKey stream) {
        return own.find(stream).map(LiveFeed::peers).orElse(0)
                + find(stream).map(relay -> relay.feed().peers()).orElse(0);
    }

    /** How many streams go to other servers now, one for each of them. */
    public int peersServed() {
        return own.published().stream()
                        .flatMap(stream -> own.find(stream).stream())
                        .mapToInt(LiveFeed::peers)
                        .sum()
                + running().stream()
                        .map(LiveRelay::feed)
                        .mapToInt(LiveFeed::peers)
                        .sum();
    }

    /** How often another server began to pull since the server started. */
    public long peersServedStarted() {
        return served.get();
    }

    /** How many relays have begun since the server started. */
    public long started() {
        return started.get();
    }

    /** Looks at the clock; to be called several times a second. */
    public void tick() {
        List<LiveRelay> all;
        synchronized (this) {
            relays.values().removeIf(relay -> relay.feed().hasEnded());
            all = List.copyOf(relays.values());
        }
        all.forEach(LiveRelay::tick);
    }

    /** Ends all relays; none begins any more. */
    @Override
    public void close() {
        List<LiveRelay> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(relays.values());
            relays.clear();
        }
        all.forEach(relay -> relay.pull().stop());
    }
}
