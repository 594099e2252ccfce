package org.red5.dvr.cluster.members;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.peer.NodeChanges;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.peer.client.PeerHealth;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.LruMap;

/**
 * A peer as this server sees it: whether it is up, and what its heartbeat said last. One whose answer to a question failed is
 * not asked until its heartbeat is well again, the longer the more often that happens. Any thread may call.
 */
public final class Peer implements PeerHealth {
    private static final int MOST_BROKEN_STREAMS = 1_000;

    private final PeerAddress address;
    private final Timing time;
    private final Consumer<Peer> wrong;
    private final Consumer<Peer> failed;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Heartbeat heartbeat;

    @GuardedBy("lock")
    private Optional<PeerStatus> status = Optional.empty();

    @GuardedBy("lock")
    private final PeerStreams streams = new PeerStreams();

    @GuardedBy("lock")
    private String why = "not heard of yet";

    @GuardedBy("lock")
    private Optional<String> ignored = Optional.empty();

    @GuardedBy("lock")
    private Optional<String> refused = Optional.empty();

    @GuardedBy("lock")
    private long latencyNanos;

    @GuardedBy("lock")
    private long aheadMicros;

    @GuardedBy("lock")
    private final CircuitBreaker breaker = new CircuitBreaker();
    /** Of its streams of which an answer was wrong. */
    @GuardedBy("lock")
    private final Map<StreamKey, CircuitBreaker> streamBreakers = new LruMap<>(MOST_BROKEN_STREAMS);

    /**
     * @param wrong told of it when an answer about a stream was wrong
     * @param failed told of it when no answer came
     */
    public Peer(PeerAddress address, Timing time, Consumer<Peer> wrong, Consumer<Peer> failed) {
        this.address = address;
        this.time = time;
        this.wrong = wrong;
        this.failed = failed;
        this.heartbeat = new Heartbeat(time.nanos());
    }

    @Override
    public PeerAddress address() {
        return address;
    }

    /** The time that it goes by, in nanoseconds. */
    @Override
    public long nanos() {
        return time.nanos();
    }

    /** This server's clock, in microseconds since the Unix epoch. */
    @Override
    public long micros() {
        return time.micros();
    }

    /** Its name, once it said it. */
    public Optional<String> node() {
        synchronized (lock) {
            return status.map(PeerStatus::node);
        }
    }

    /** Its name, or its address while that is not known or does not tell which server it is. */
    @Override
    public String name() {
        synchronized (lock) {
            return refused.isPresent() ? address.toString() : node().orElse(address.toString());
        }
    }

    /** How it is. */
    public PeerState state() {
        synchronized (lock) {
            if (ignored.isPresent()) {
                return PeerState.IGNORED;
            }
            return switch (heartbeat.state()) {
                case UP -> refused.isPresent() ? PeerState.REFUSED : isBroken() ? PeerState.FAILING : PeerState.UP;
                case DOWN -> PeerState.DOWN;
                case UNKNOWN -> PeerState.UNKNOWN;
            };
        }
    }

    /** Why it is not asked: a short phrase. */
    @Override
    public String why() {
        synchronized (lock) {
            return ignored.or(() -> heartbeat.state() == Heartbeat.State.UP ? refused : Optional.empty())
                    .orElse(why);
        }
    }

    /** How long its last heartbeat took, in nanoseconds. */
    public long latencyNanos() {
        synchronized (lock) {
            return latencyNanos;
        }
    }

    /** How far its clock is ahead of this server's, by its last heartbeat; negative when it is behind. */
    public long aheadMicros() {
        synchronized (lock) {
            return aheadMicros;
        }
    }

    /** What its last heartbeat said; the streams are left out. */
    public Optional<PeerStatus> status() {
        synchronized (lock) {
            return status;
        }
    }

    /** Why it must not be asked although it is up; what it holds is out of reach. */
    public Optional<String> refused() {
        synchronized (lock) {
            return refused;
        }
    }

    /** Whether questions may be put to it: it is up, or has not been heard of yet. */
    public boolean mayBeAsked() {
        synchronized (lock) {
            return state().isAsked();
        }
    }

    /** Whether questions about one of its streams may be put to it. */
    @Override
    public boolean mayBeAsked(StreamKey stream) {
        synchronized (lock) {
            return mayBeAsked() && !isBroken(stream);
        }
    }

    public Heartbeat.State heartbeatState() {
        synchronized (lock) {
            return heartbeat.state();
        }
    }

    /** How well it can serve one of its streams. */
    public CurrentSource.Level level(StreamSource source) {
        synchronized (lock) {
            if (!mayBeAsked(source.stream())) {
                return CurrentSource.Level.DOWN;
            }
            if (heartbeat.state() == Heartbeat.State.UNKNOWN) {
                return CurrentSource.Level.UNKNOWN;
            }
            return streams.level(source);
        }
    }

    /** Whether one of its streams comes in, there or, with {@link Scope#CHAIN}, anywhere behind it. */
    public boolean isLive(StreamKey stream, Scope scope) {
        synchronized (lock) {
            return heartbeat.state() == Heartbeat.State.UP && streams.isLive(stream, scope);
        }
    }

    /** The streams it knows. */
    public List<PeerStatus.Stream> streams() {
        synchronized (lock) {
            return mayBeAsked() ? lastStreams() : List.of();
        }
    }

    /** The streams that it knew when it was heard of last. */
    public List<PeerStatus.Stream> lastStreams() {
        synchronized (lock) {
            return streams.all();
        }
    }

    /**
     * The nodes of a question's way that it could ask on, and does not because of the way: with others of them its answer may be another.
     */
    public Set<String> skips(Route route, Scope scope) {
        if (scope == Scope.OWN) {
            return Set.of();
        }
        Set<String> skipped = new TreeSet<>(route.passed());
        skipped.addAll(route.asked());
        skipped.retainAll(changes().keySet());
        node().ifPresent(skipped::remove);
        return skipped;
    }

    /** When lists became untrue last, of all nodes it knows. */
    public Map<String, NodeChanges> changes() {
        synchronized (lock) {
            return status.map(PeerStatus::changes).orElse(Map.of());
        }
    }

    /**
     * What changes when lists of its closed hours may have become untrue; empty while that is not known.
     *
     * @param scope of the lists
     */
    public Optional<Map<String, NodeChanges>> stamp(Scope scope) {
        synchronized (lock) {
            if (heartbeat.state() != Heartbeat.State.UP || status.isEmpty()) {
                return Optional.empty();
            }
            Map<String, NodeChanges> changes = status.get().changes();
            String own = status.get().node();
            NodeChanges ofOwn = changes.getOrDefault(own, new NodeChanges(0, 0)).ofItself();
            return Optional.of(scope == Scope.CHAIN ? changes : Map.of(own, ofOwn));
        }
    }

    /** The tag of the streams that are known. */
    String tag() {
        synchronized (lock) {
            return status.map(PeerStatus::tag).orElse("");
        }
    }

    /**
     * A heartbeat came.
     *
     * @param sentNanos when it was asked for
     * @param heard what it said, with its streams unless they are as before
     * @param ownNode this server's name: streams that come through it are left out
     * @return whether streams were left out
     */
    boolean heard(PeerStatus heard, long sentNanos, String ownNode) {
        synchronized (lock) {
            long now = time.nanos();
            latencyNanos = now - sentNanos;
            heartbeat.answered(now, latencyNanos);
            aheadMicros = heard.utcMillis() * 1_000 - (time.micros() - latencyNanos / 2_000);
            breaker.well(sentNanos);
            streamBreakers.values().forEach(each -> each.well(sentNanos));
            boolean loops =
                    heard.streams().isPresent() && streams.keep(heard.streams().get(), ownNode);
            status = Optional.of(status.map(heard::after).orElseGet(heard::withoutStreams));
            return loops;
        }
    }

    /**
     * It is there and speaks another version of the peer interface.
     *
     * @param sentNanos when it was asked for its heartbeat
     */
    void speaksOtherVersion(String reason, long sentNanos) {
        synchronized (lock) {
            long now = time.nanos();
            heartbeat.answered(now, now - sentNanos);
            refuse(reason);
        }
    }

    /** Instead of a heartbeat there came a refusal. */
    void missed(String reason) {
        synchronized (lock) {
            heartbeat.refused(time.nanos());
            why = reason;
        }
    }

    /** Looks at the clock. */
    void tick() {
        synchronized (lock) {
            boolean wasDown = heartbeat.state() == Heartbeat.State.DOWN;
            heartbeat.tick(time.nanos());
            if (!wasDown && heartbeat.state() == Heartbeat.State.DOWN) {
                why = "no answer for " + heartbeat.silentMillis() + " ms";
            }
        }
    }

    /** For how long nothing may come from it while it is up. */
    Duration silent() {
        synchronized (lock) {
            return Duration.ofMillis(heartbeat.silentMillis());
        }
    }

    /** It is this server itself. */
    void ignore(String reason) {
        synchronized (lock) {
            ignored = Optional.of(reason);
            refused = Optional.empty();
        }
    }

    /** From now on it is not asked, and what it holds is out of reach. */
    void refuse(String reason) {
        synchronized (lock) {
            ignored = Optional.empty();
            refused = Optional.of(reason);
        }
    }

    /** It takes part. */
    void accept() {
        synchronized (lock) {
            ignored = Optional.empty();
            refused = Optional.empty();
        }
    }

    /**
     * An answer of it failed: it gets no questions until a heartbeat that is asked for from now on is well.
     *
     * @param sentNanos when it was asked
     */
    @Override
    public void failed(String reason, long sentNanos) {
        synchronized (lock) {
            breaker.failed(sentNanos, time.nanos());
            why = reason;
        }
        failed.accept(this);
    }

    /**
     * An answer of it about one of its streams was wrong: it gets no questions about that one for a while.
     *
     * @param sentNanos when it was asked
     */
    @Override
    public void failed(StreamKey stream, String reason, long sentNanos) {
        synchronized (lock) {
            streamBreakers.computeIfAbsent(stream, key -> new CircuitBreaker()).failed(sentNanos, time.nanos());
            why = reason;
        }
        wrong.accept(this);
    }

    /** It answered a question as it should. */
    @Override
    public void succeeded(StreamKey stream) {
        synchronized (lock) {
            breaker.succeeded();
            CircuitBreaker ofStream = streamBreakers.get(stream);
            if (ofStream != null) {
                ofStream.succeeded();
            }
        }
    }

    @GuardedBy("lock")
    private boolean isBroken() {
        return breaker.isOpen(time.nanos());
    }

    @GuardedBy("lock")
    private boolean isBroken(StreamKey stream) {
        CircuitBreaker ofStream = streamBreakers.get(stream);
        return ofStream != null && ofStream.isOpen(time.nanos());
    }
}
