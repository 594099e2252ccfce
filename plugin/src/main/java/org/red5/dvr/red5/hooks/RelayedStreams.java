package org.red5.dvr.red5.hooks;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.peer.Route;
import org.red5.dvr.relay.LiveRelay;
import org.red5.dvr.relay.LiveRelays;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.scope.IScope;
import org.red5.server.stream.IProviderService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Relays streams to this server's RTMP players when they ask for one that is not published here. Any thread may call any
 * method.
 */
public final class RelayedStreams {
    private static final Logger log = LoggerFactory.getLogger(RelayedStreams.class);
    /** So long a player may wait for the first packet before it is told that the stream is there. */
    private static final Duration BEGIN = Duration.ofSeconds(1);
    /** So many players' threads may wait at a time; Red5 has not many. */
    private static final int MOST_WAITING = 8;
    /** A player that was told that the stream is there is ready by then, or has gone. */
    private static final Duration READY = Duration.ofSeconds(2);

    private record Place(IScope scope, String name) {}

    /** A stream, and when somebody asked for it last. */
    private static final class Entry {
        final RelayedStream stream;
        long askedNanos;

        Entry(RelayedStream stream, long askedNanos) {
            this.stream = stream;
            this.askedNanos = askedNanos;
        }
    }

    private final LiveRelays relays;
    private final Executor executor;
    private final LongSupplier nanoTime;
    private final Semaphore waiting = new Semaphore(MOST_WAITING);

    @GuardedBy("this")
    private final Map<Place, Entry> streams = new HashMap<>();

    /**
     * @param executor packets go to players there
     * @param nanoTime a clock that is never set
     */
    public RelayedStreams(LiveRelays relays, Executor executor, LongSupplier nanoTime) {
        this.relays = relays;
        this.executor = executor;
        this.nanoTime = nanoTime;
    }

    /**
     * Has a stream relayed that is not published here. Waits for its first packet, up to a second.
     *
     * @return whether players can subscribe to it now
     */
    boolean offer(IScope scope, String name, IProviderService scopes) {
        Optional<LiveRelay> relay = relays.join(StreamKeys.of(scope, name), Route.START);
        return relay.isPresent() && comes(relay.get()) && subscribe(scope, name, scopes, relay.get());
    }

    private boolean comes(LiveRelay relay) {
        CompletableFuture<Boolean> begun = relay.begun();
        if (begun.isDone()) {
            return begun.join();
        }
        if (!waiting.tryAcquire()) {
            return false;
        }
        try {
            return begun.get(BEGIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return relay.isKnown(); // Then the player waits on.
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            waiting.release();
        }
    }

    private synchronized boolean subscribe(IScope scope, String name, IProviderService scopes, LiveRelay relay) {
        Place place = new Place(scope, name);
        Entry entry = streams.get(place);
        if (entry != null && entry.stream.feed() == relay.feed() && !entry.stream.hasEnded()) {
            entry.askedNanos = nanoTime.getAsLong();
            return true;
        }
        if (entry != null) {
            entry.stream.end(true);
        }
        IBroadcastScope pipe = (IBroadcastScope) scopes.getLiveProviderInput(scope, name, true);
        if (pipe == null || !pipe.getProviders().isEmpty()) {
            return pipe != null; // Somebody publishes it here by now.
        }
        RelayedStream stream = new RelayedStream(scope, name, pipe, relay.feed(), executor);
        streams.put(place, new Entry(stream, nanoTime.getAsLong()));
        stream.begin();
        return true;
    }

    /** A player has subscribed and is ready for packets. */
    void playing(IScope scope, String name) {
        Entry entry;
        synchronized (this) {
            entry = streams.get(new Place(scope, name));
        }
        if (entry != null) {
            entry.stream.release();
        }
    }

    /**
     * Lets somebody publish here what may be relayed; the relay ends, and its players are told so.
     *
     * @param publish registers the stream of the publisher
     */
    synchronized boolean published(IScope scope, String name, BooleanSupplier publish) {
        Entry entry = streams.remove(new Place(scope, name));
        if (entry != null) {
            log.info("{} is published here now, its relay ends", StreamKeys.of(scope, name));
            entry.stream.end(true);
        }
        return publish.getAsBoolean();
    }

    /** Looks at the clock, and leaves the relays that nobody plays any more; to be called several times a second. */
    public synchronized void tick() {
        long now = nanoTime.getAsLong();
        List<Place> over = new ArrayList<>();
        streams.forEach((place, entry) -> {
            if (now - entry.askedNanos >= READY.toNanos()) {
                entry.stream.release(); // The first player has gone, or another way than we know.
                if (entry.stream.isDeserted()) {
                    entry.stream.end(false);
                }
            }
            if (entry.stream.hasEnded()) {
                over.add(place);
            }
        });
        over.forEach(this::forget);
    }

    @GuardedBy("this")
    private void forget(Place place) {
        streams.remove(place);
        @Nullable IBroadcastScope pipe = place.scope().getBroadcastScope(place.name());
        if (pipe != null && pipe.getConsumers().isEmpty() && pipe.getProviders().isEmpty()) {
            place.scope().removeChildScope(pipe); // Else Red5 would take the name for live ever after.
        }
    }

    public synchronized void close() {
        streams.values().forEach(entry -> entry.stream.end(true));
        streams.clear();
    }
}
