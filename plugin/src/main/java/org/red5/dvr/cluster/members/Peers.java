package org.red5.dvr.cluster.members;

import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.PeerFailure;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.client.OtherVersionException;
import org.red5.dvr.peer.client.PeerReply;
import org.red5.dvr.peer.client.PeerRequest;
import org.red5.dvr.peer.client.PeerTransport;
import org.red5.dvr.peer.client.Refusal;
import org.red5.dvr.peer.wire.PeerCall;
import org.red5.dvr.peer.wire.PeerStatusJson;
import org.red5.dvr.time.Timing;
import org.red5.dvr.util.Futures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps up with all peers: one status request a second to each, without a thread that waits. Says in the log, once for each
 * change, which is up and which is down, and which peer is this server itself, leads back to it or cannot be told from another. Any thread
 * may call.
 */
public final class Peers implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(Peers.class);

    private final Identities identities;
    private final int gridMillis;
    private final PeerTransport transport;
    private final Timing time;
    /** Each peer there ever was; one that is named again goes on as it was. */
    private final Map<PeerAddress, Peer> known = new ConcurrentHashMap<>();
    /** Those of the configuration, in its order. */
    private volatile Set<PeerAddress> named;

    /** How often each was asked how it is. */
    private final Map<PeerAddress, Long> turns = new ConcurrentHashMap<>();
    /** How many of those questions are not answered yet. */
    private final Map<PeerAddress, Integer> underWay = new ConcurrentHashMap<>();

    private final Map<PeerAddress, PeerState> reported = new ConcurrentHashMap<>();
    private final Set<PeerAddress> loops = ConcurrentHashMap.newKeySet();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /**
     * @param identities knows this server's
     * @param gridMillis period of this server's segment grid
     */
    public Peers(
            Identities identities,
            int gridMillis,
            Collection<PeerAddress> addresses,
            PeerTransport transport,
            Timing time) {
        this.identities = identities;
        this.gridMillis = gridMillis;
        this.transport = transport;
        this.time = time;
        this.named = inOrder(addresses);
    }

    private static Set<PeerAddress> inOrder(Collection<PeerAddress> addresses) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(addresses));
    }

    /** Begins to ask. */
    public void start() {
        all().forEach(this::begin);
    }

    private void begin(Peer peer) {
        reported.remove(peer.address());
        beat(peer);
        tickWhenSilent(peer);
    }

    /** Keeps up with these peers from now on, and not with others. */
    public void use(Collection<PeerAddress> addresses) {
        Set<PeerAddress> before = named;
        named = inOrder(addresses);
        named.stream().filter(address -> !before.contains(address)).forEach(address -> begin(at(address)));
        listeners.forEach(Runnable::run);
    }

    @Override
    public void close() {
        closed = true;
    }

    /** In the order of the configuration. */
    public List<Peer> all() {
        return named.stream().map(this::at).toList();
    }

    /** A peer that the configuration names, or did when the question began that is about it. */
    public Peer at(PeerAddress address) {
        return known.computeIfAbsent(address, key -> new Peer(key, time, this::news, this::failed));
    }

    /** Calls a listener whenever something was heard of a peer, or was not; on any thread, and shortly. */
    public void onNews(Runnable listener) {
        listeners.add(listener);
    }

    /** An answer of a peer failed: it is asked at once how it is. */
    private void failed(Peer peer) {
        news(peer);
        if (underWay.getOrDefault(peer.address(), 0) == 0) {
            beat(peer);
        }
    }

    /** Asks it, and again after a while, whether an answer has come by then or not: what is on its way may be lost. */
    private void beat(Peer peer) {
        if (closed || !named.contains(peer.address())) {
            return;
        }
        long turn = turns.merge(peer.address(), 1L, Long::sum);
        underWay.merge(peer.address(), 1, Integer::sum);
        long sentNanos = time.nanos();
        PeerRequest request = new PeerRequest(PeerCall.STATUS.path(), query(peer), Route.START, Heartbeat.TIMEOUT);
        transport.send(peer.address(), request).whenComplete((reply, failure) -> {
            underWay.merge(peer.address(), -1, Integer::sum);
            boolean isRefused = !judged(peer, sentNanos, reply, failure);
            news(peer);
            if (isRefused && peer.heartbeatState() != Heartbeat.State.DOWN) {
                beatAfter(Heartbeat.RETRY, peer, turn);
            }
        });
        beatAfter(Heartbeat.PERIOD, peer, turn);
    }

    private void beatAfter(Duration delay, Peer peer, long turn) {
        time.timer().after(delay, () -> {
            if (Long.valueOf(turn).equals(turns.get(peer.address()))) {
                beat(peer);
            }
        });
    }

    /** With this server's name and identity, so that the other one can tell as well whether two have one name. */
    private String query(Peer peer) {
        String self = "node=" + identities.node() + "&instance=" + identities.instance();
        return peer.tag().isEmpty() ? self : "tag=" + peer.tag() + '&' + self;
    }

    /** Gives whether it answered, or may still. */
    private boolean judged(Peer peer, long sentNanos, @Nullable PeerReply reply, @Nullable Throwable failure) {
        try {
            if (reply == null) {
                throw cause(failure);
            }
            if (reply.status() != 200) {
                throw Refusal.of(reply, time.micros());
            }
            heard(peer, PeerStatusJson.parse(reply.body()), sentNanos);
            tickWhenSilent(peer);
            return true;
        } catch (OtherVersionException e) {
            peer.speaksOtherVersion("it " + e.getMessage(), sentNanos);
            tickWhenSilent(peer);
            return true;
        } catch (HttpTimeoutException e) {
            return true; // The clock is what tells that nothing comes.
        } catch (IOException e) {
            peer.missed(PeerFailure.phrase(e));
            return false;
        }
    }

    private void tickWhenSilent(Peer peer) {
        time.timer().after(peer.silent(), () -> tick(peer));
    }

    private static IOException cause(@Nullable Throwable failure) {
        Throwable cause = failure == null ? null : Futures.unwrapped(failure);
        return cause instanceof IOException io ? io : new IOException(String.valueOf(cause), cause);
    }

    private void heard(Peer peer, PeerStatus status, long sentNanos) {
        identities.answered(status.node(), status.instance(), peer.address().toString(), sentNanos);
        boolean loopsBack = peer.heard(status, sentNanos, identities.node());
        if (identities.isOwn(status.node(), status.instance())) {
            peer.ignore("this server itself");
            return;
        }
        Optional<String> refused = refused(peer, status);
        refused.ifPresentOrElse(peer::refuse, peer::accept);
        if (loopsBack && refused.isEmpty() && !identities.isDisputed(identities.node()) && loops.add(peer.address())) {
            log.warn(
                    "{}, the source at {}, has streams by way of this server: a loop in the configuration; questions do not go round",
                    status.node(),
                    peer.address());
        }
    }

    /** Why a peer that is up cannot be asked. */
    private Optional<String> refused(Peer peer, PeerStatus status) {
        if (status.gridMillis() != gridMillis) {
            return Optional.of("it numbers segments on another grid, " + status.gridMillis() + " ms");
        }
        if (status.node().equals(identities.node())) {
            return Optional.of("it has this server's name, " + status.node());
        }
        return identities.isDisputed(status.node())
                ? sameNameBefore(peer, status)
                        .map(other -> "it has the name of the source at " + other.address() + ", " + status.node())
                : Optional.empty();
    }

    /** Of several sources of one name the first that is up is asked. */
    private Optional<Peer> sameNameBefore(Peer peer, PeerStatus status) {
        return all().stream()
                .takeWhile(other -> !other.equals(peer))
                .filter(other -> other.mayBeAsked() && other.heartbeatState() == Heartbeat.State.UP)
                .filter(other -> other.status()
                        .filter(said -> said.node().equals(status.node())
                                && !said.instance().equals(status.instance()))
                        .isPresent())
                .findFirst();
    }

    private void tick(Peer peer) {
        if (!closed) {
            PeerState before = peer.state();
            peer.tick();
            if (before != peer.state()) {
                news(peer);
            }
        }
    }

    private void news(Peer peer) {
        PeerState state = peer.state();
        boolean isNamed = named.contains(peer.address());
        if (isNamed && state != reported.put(peer.address(), state)) {
            switch (state) {
                case UP -> log.info("{} at {} is up", peer.name(), peer.address());
                case UNKNOWN -> log.debug("{} has not answered yet", peer.address());
                case IGNORED -> log.info("the source at {} is {}: it is not asked", peer.address(), peer.why());
                case REFUSED -> log.error("the source at {} is refused: {}", peer.address(), peer.why());
                case FAILING, DOWN ->
                    log.warn("{} at {} is {}: {}", peer.name(), peer.address(), state.word(), peer.why());
            }
        }
        listeners.forEach(Runnable::run);
    }
}
