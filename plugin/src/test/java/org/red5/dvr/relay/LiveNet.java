package org.red5.dvr.relay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.live.LiveFeed;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.client.LivePeerReply;
import org.red5.dvr.timeline.StreamKey;

/** Servers of a cluster in one process, without Red5 and network: real feeds, relays and FLV between them, and one clock. */
final class LiveNet {
    static final StreamKey CAMERA = new StreamKey("live", "camera");

    private final Map<PeerAddress, Node> nodes = new HashMap<>();
    private long nowNanos = 1;
    /** Whether sources say beforehand what they have; then they are taken to have everything. */
    boolean knowing = true;

    /** What becomes of a server's replies. */
    enum Fault {
        NONE,
        /** Connections are refused, and those that are open break. */
        DEAD,
        /** Nothing comes any more. */
        FROZEN,
        /** Other bytes come. */
        GARBAGE,
    }

    /** One server. */
    final class Node {
        final String name;
        final PeerAddress address;
        final LiveFeeds feeds = new LiveFeeds(() -> nowNanos);
        final LiveRelays relays;
        final List<Node> sources = new ArrayList<>();
        final List<Cable> cables = new ArrayList<>();
        Fault fault = Fault.NONE;
        int asked;

        Node(String name) {
            this.name = name;
            this.address = new PeerAddress(name, 5080);
            this.relays =
                    new LiveRelays(name, feeds, this::candidates, LiveNet.this::open, Runnable::run, () -> nowNanos);
            nodes.put(address, this);
        }

        private List<LiveCandidates.Candidate> candidates(StreamKey stream) {
            return sources.stream()
                    .map(source -> new LiveCandidates.Candidate(source.address, stream, List.of(source.name), knowing))
                    .toList();
        }

        Node from(Node... inOrder) {
            sources.addAll(List.of(inOrder));
            return this;
        }

        void fail(Fault now) {
            fault = now;
            if (now == Fault.DEAD) {
                List.copyOf(cables).forEach(Cable::breakOff);
            }
        }
    }

    Node node(String name) {
        return new Node(name);
    }

    /** A pull of a server that has not begun. */
    LivePull pull(Node node, LiveFeed feed) {
        return new LivePull(feed, node.name, node::candidates, this::open, () -> nowNanos);
    }

    /** Lets time pass, looking at the clock as servers do. */
    void pass(int millis) {
        for (int passed = 0; passed < millis; passed += 100) {
            nowNanos += TimeUnit.MILLISECONDS.toNanos(Math.min(100, millis - passed));
            nodes.values().stream().filter(node -> node.fault != Fault.FROZEN).forEach(node -> node.relays.tick());
        }
    }

    private CompletableFuture<LivePeerReply> open(PeerAddress peer, StreamKey stream, Route route, Duration timeout) {
        Node node = nodes.get(peer);
        node.asked++;
        if (node.fault == Fault.DEAD) {
            return CompletableFuture.failedFuture(new IOException("cannot be connected to"));
        }
        if (node.fault == Fault.FROZEN) {
            return new CompletableFuture<>();
        }
        Optional<Flow.Publisher<ByteBuffer>> body = node.relays.open(stream, route);
        return body.isEmpty()
                ? CompletableFuture.failedFuture(new IOException("answered 404"))
                : CompletableFuture.completedFuture(
                        new LivePeerReply(node.name, to -> body.get().subscribe(new Cable(node, to))));
    }

    /** One reply on its way. */
    private static final class Cable implements Flow.Subscriber<ByteBuffer>, Flow.Subscription {
        private final Node node;
        private final Flow.Subscriber<? super List<ByteBuffer>> to;
        private Optional<Flow.Subscription> subscription = Optional.empty();

        Cable(Node node, Flow.Subscriber<? super List<ByteBuffer>> to) {
            this.node = node;
            this.to = to;
            node.cables.add(this);
        }

        void breakOff() {
            cancel();
            to.onError(new IOException("connection reset"));
        }

        @Override
        public void onSubscribe(Flow.Subscription opened) {
            subscription = Optional.of(opened);
            to.onSubscribe(this);
        }

        @Override
        public void onNext(ByteBuffer buffer) {
            if (node.fault == Fault.GARBAGE) {
                to.onNext(List.of(
                        ByteBuffer.wrap("<html><body>502 Bad Gateway</body></html>".getBytes(StandardCharsets.UTF_8))));
            } else if (node.fault == Fault.NONE) {
                to.onNext(List.of(buffer));
            }
        }

        @Override
        public void onError(Throwable failure) {
            to.onError(failure);
        }

        @Override
        public void onComplete() {
            node.cables.remove(this);
            to.onComplete();
        }

        @Override
        public void request(long buffers) {
            subscription.orElseThrow().request(buffers);
        }

        @Override
        public void cancel() {
            node.cables.remove(this);
            subscription.ifPresent(Flow.Subscription::cancel);
        }
    }
}
