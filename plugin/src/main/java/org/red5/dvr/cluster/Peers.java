package org.red5.dvr.cluster;

import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.config.PeerAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps up with all peers: one status request a second to each, without a thread that waits. Says in the log, once for each
 * change, who is up and who is down, and which peer is this server itself or leads back to it. Any thread may call.
 */
public final class Peers implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(Peers.class);

    private final String node;
    private final int gridMillis;
    private final PeerTransport transport;
    private final ClusterTime time;
    /** Each peer there ever was; one that is named again goes on as it was. */
    private final Map<PeerAddress, Peer> known = new ConcurrentHashMap<>();
    /** Those of the configuration, in its order. */
    private volatile Set<PeerAddress> named;

    private final Set<PeerAddress> underWay = ConcurrentHashMap.newKeySet();
    private final Map<PeerAddress, Long> turns = new ConcurrentHashMap<>();
    private final Map<PeerAddress, String> reported = new ConcurrentHashMap<>();
    private final Set<PeerAddress> loops = ConcurrentHashMap.newKeySet();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /**
     * @param node this server's name
     * @param gridMillis period of this server's segment grid
     */
    public Peers(
            String node, int gridMillis, Collection<PeerAddress> addresses, PeerTransport transport, ClusterTime time) {
        this.node = node;
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
        all().forEach(this::beat);
    }

    /** Keeps up with these peers from now on, and not with others. */
    public void use(Collection<PeerAddress> addresses) {
        Set<PeerAddress> before = named;
        named = inOrder(addresses);
        named.stream().filter(address -> !before.contains(address)).forEach(address -> beat(at(address)));
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
        return known.computeIfAbsent(address, key -> new Peer(key, time, this::news));
    }

    /** Calls somebody whenever something was heard of a peer, or was not; on any thread, and shortly. */
    public void onNews(Runnable listener) {
        listeners.add(listener);
    }

    /**
     * An answer of a peer failed: it is asked at once how it is.
     *
     * @param sentNanos when the question was sent
     */
    void failed(Peer peer, String why, long sentNanos) {
        peer.failed(why, sentNanos);
        news(peer);
        beat(peer);
    }

    private void beat(Peer peer) {
        if (closed || !named.contains(peer.address()) || !underWay.add(peer.address())) {
            return;
        }
        long turn = turns.merge(peer.address(), 1L, Long::sum);
        long sentNanos = time.nanos();
        String query = peer.tag().isEmpty() ? "" : "tag=" + peer.tag();
        PeerRequest request = new PeerRequest("/peer/v1/status", query, Route.START, Heartbeat.PATIENCE);
        transport.send(peer.address(), request).whenComplete((reply, failure) -> {
            underWay.remove(peer.address());
            Duration next = judged(peer, sentNanos, reply, failure);
            news(peer);
            time.timer().after(next, () -> {
                if (Long.valueOf(turn).equals(turns.get(peer.address()))) {
                    beat(peer);
                }
            });
        });
    }

    private Duration judged(Peer peer, long sentNanos, @Nullable PeerReply reply, @Nullable Throwable failure) {
        try {
            if (reply == null) {
                throw cause(failure);
            }
            if (reply.status() != 200) {
                throw new IOException(
                        "status " + reply.status() + (reply.status() == 401 ? ", other cluster_key?" : ""));
            }
            heard(peer, PeerStatusJson.parse(reply.body()), sentNanos);
            time.timer().after(Duration.ofMillis(Heartbeat.SILENT_MILLIS), () -> tick(peer));
            return Heartbeat.PERIOD;
        } catch (HttpTimeoutException e) {
            peer.missed(false, "no answer within " + Heartbeat.PATIENCE.toMillis() + " ms");
        } catch (IOException e) {
            peer.missed(true, PeerFailure.phrase(e));
        }
        return peer.heartbeatState() == Heartbeat.State.DOWN ? Heartbeat.PERIOD : Heartbeat.RETRY;
    }

    private static IOException cause(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof IOException io ? io : new IOException(String.valueOf(cause), cause);
    }

    private void heard(Peer peer, PeerStatus status, long sentNanos) {
        boolean loopsBack =
                peer.heard(status, sentNanos, node) && !status.node().equals(node);
        if (loopsBack && loops.add(peer.address())) {
            log.warn(
                    "{}, the source at {}, has streams by way of this server: a loop in the configuration; questions do not go round",
                    status.node(),
                    peer.address());
        }
        if (status.node().equals(node)) {
            peer.ignore("this server itself, or another of its name");
        } else if (status.gridMillis() != gridMillis) {
            peer.ignore("numbers segments on another grid, " + status.gridMillis() + " ms");
        } else {
            peer.ignoreNoMore();
        }
    }

    private void tick(Peer peer) {
        if (!closed) {
            String before = peer.state();
            peer.tick();
            if (!before.equals(peer.state())) {
                news(peer);
            }
        }
    }

    private void news(Peer peer) {
        String state = peer.state();
        if (!state.equals(reported.put(peer.address(), state))) {
            switch (state) {
                case "up" -> log.info("{} at {} is up", peer.name(), peer.address());
                case "unknown" -> log.debug("{} has not answered yet", peer.address());
                case "ignored" -> log.error("the source at {} is ignored: {}", peer.address(), peer.why());
                default -> log.warn("{} at {} is {}: {}", peer.name(), peer.address(), state, peer.why());
            }
        }
        listeners.forEach(Runnable::run);
    }
}
