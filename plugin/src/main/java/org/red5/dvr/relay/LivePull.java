package org.red5.dvr.relay;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.live.LiveFeed;
import org.red5.dvr.live.LivePacket;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.client.LiveTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills a feed from the sources of its stream: from the current one, and when that one dies, is silent or sends garbage, from
 * the next one at once. When the current source becomes another, it changes over once that one's packets come. When no source
 * works it tries again, less and less often, and gives up after {@link #TIMEOUT}; when none did at the first try, at once.
 *
 * <p>Any thread may call; packets are handed to the feed under this object's lock, which is held for no longer than that.
 */
final class LivePull implements LiveConnection.Listener {
    /** So long viewers stay without a packet before the stream is taken for ended. */
    static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(LivePull.class);
    private static final Duration HEAD = Duration.ofSeconds(1);
    private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(500).toNanos();
    private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(2).toNanos();
    /** A source that failed is not gone back to before, as long as another one works. */
    private static final long WELL_NANOS = Duration.ofSeconds(30).toNanos();

    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

    private final LiveFeed feed;
    private final String self;
    private final LiveCandidates candidates;
    private final LiveTransport transport;
    private final LongSupplier nanoTime;

    @GuardedBy("this")
    private final LiveSplice splice = new LiveSplice();

    private final CompletableFuture<Boolean> begun = new CompletableFuture<>();

    @GuardedBy("this")
    private final Set<PeerAddress> failed = new HashSet<>(); // since a packet came

    @GuardedBy("this")
    private final Map<PeerAddress, Long> lastFailures = new HashMap<>();

    @GuardedBy("this")
    private @Nullable LiveConnection current;

    @GuardedBy("this")
    private @Nullable LiveConnection better;
    /** Its configurations before its first key frame. */
    @GuardedBy("this")
    private final List<LivePacket> ofBetter = new ArrayList<>();

    @GuardedBy("this")
    private Route asker = Route.START; // of the first viewer, who subscribes only later

    @GuardedBy("this")
    private boolean started;

    @GuardedBy("this")
    private boolean stopped;

    @GuardedBy("this")
    private long lastPacketNanos; // when the stream went on, for viewers or unseen by them

    @GuardedBy("this")
    private long lastSeenNanos; // when anything came of the current source

    @GuardedBy("this")
    private long openedNanos;

    @GuardedBy("this")
    private long betterNanos; // when it was opened, or something came of it

    @GuardedBy("this")
    private long lookedNanos;

    @GuardedBy("this")
    private long retryNanos;

    @GuardedBy("this")
    private long pauseNanos = FIRST_PAUSE_NANOS;

    /**
     * @param feed to be filled; ended here
     * @param self this server's node
     * @param nanoTime a clock that is never set
     */
    LivePull(LiveFeed feed, String self, LiveCandidates candidates, LiveTransport transport, LongSupplier nanoTime) {
        this.feed = feed;
        this.self = self;
        this.candidates = candidates;
        this.transport = transport;
        this.nanoTime = nanoTime;
        this.lastPacketNanos = nanoTime.getAsLong();
        this.lastSeenNanos = lastPacketNanos;
        this.lookedNanos = lastPacketNanos;
    }

    LiveFeed feed() {
        return feed;
    }

    /** True when the first packet or a sign of life came, false when no source had one. */
    CompletableFuture<Boolean> begun() {
        return begun;
    }

    /** Whether some source says that it has the stream. */
    synchronized boolean isKnown() {
        return allowed().stream().anyMatch(LiveCandidates.Candidate::live);
    }

    /** The source that the packets come from now, as it calls itself or else by its address. */
    synchronized Optional<String> source() {
        LiveConnection from = current;
        return from == null
                ? Optional.empty()
                : Optional.of(from.node().orElseGet(() -> from.peer().address().toString()));
    }

    /** The nodes that the packets come through, as far as known. */
    synchronized Set<String> upstream() {
        Set<String> nodes = new TreeSet<>();
        if (current != null) {
            nodes.addAll(current.peer().nodes());
            current.node().ifPresent(nodes::add);
        }
        return nodes;
    }

    /**
     * Asks the current source.
     *
     * @param route the way of the first viewer's question; whoever has it already is not asked
     */
    synchronized void start(Route route) {
        asker = route;
        started = true;
        if (!stopped) {
            tryNext();
        }
    }

    /** Gives up, and ends the feed. */
    void stop() {
        synchronized (this) {
            stopped = true;
            close(current);
            close(better);
            current = null;
            better = null;
        }
        begun.complete(false);
        feed.end();
    }

    /** Looks at the clock; to be called several times a second. */
    void tick() {
        boolean over;
        synchronized (this) {
            long now = nanoTime.getAsLong();
            over = started && !stopped && now - lastPacketNanos >= TIMEOUT.toNanos();
            if (started && !stopped && !over) {
                watch(now);
            }
        }
        if (over) {
            log.info("{}: no source has sent anything for {} s, its relay ends", feed.stream(), TIMEOUT.toSeconds());
            stop();
        }
    }

    @GuardedBy("this")
    private void watch(long now) {
        long silenceNanos = LiveFeed.SILENCE.toNanos();
        LiveConnection from = current;
        if (from != null && now - Math.max(openedNanos, lastSeenNanos) >= silenceNanos) {
            fail(from, "silent");
        } else if (from == null && now - retryNanos >= 0) {
            tryNext();
        }
        LiveConnection next = better;
        if (next != null && now - betterNanos >= silenceNanos) {
            better = null;
            noteFailure(next, "sends nothing");
        } else if (next == null && current != null && now - lookedNanos >= LOOK_NANOS) {
            lookedNanos = now;
            tryBetter(now);
        }
    }

    @GuardedBy("this")
    private void tryNext() {
        Set<PeerAddress> tried = failed;
        Optional<LiveCandidates.Candidate> next = allowed().stream()
                .filter(candidate -> !tried.contains(candidate.address()))
                .findFirst();
        if (next.isPresent()) {
            openedNanos = nanoTime.getAsLong();
            splice.newSource();
            LiveConnection opened = open(next.get());
            current = opened;
            opened.begin();
            return;
        }
        failed.clear();
        retryNanos = nanoTime.getAsLong() + pauseNanos;
        pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
        if (begun.complete(false)) {
            stop();
        }
    }

    /** The first of the candidates is the current source; when that is another than ours, it works again. */
    @GuardedBy("this")
    private void tryBetter(long now) {
        List<LiveCandidates.Candidate> all = allowed();
        LiveConnection from = current;
        if (from == null || all.isEmpty()) {
            return;
        }
        PeerAddress first = all.get(0).address();
        @Nullable Long failure = lastFailures.get(first);
        if (!first.equals(from.peer().address()) && (failure == null || now - failure >= WELL_NANOS)) {
            betterNanos = now;
            ofBetter.clear();
            LiveConnection opened = open(all.get(0));
            better = opened;
            opened.begin();
        }
    }

    /** The candidates that do not get the stream from here. */
    @GuardedBy("this")
    private List<LiveCandidates.Candidate> allowed() {
        Set<String> downstream = downstream();
        downstream.add(self);
        if (!begun.isDone()) {
            downstream.addAll(asker.asked());
        }
        return candidates.of(feed.stream()).stream()
                .filter(candidate -> candidate.nodes().stream().noneMatch(downstream::contains))
                .toList();
    }

    /** Which others are asked from here when a source does not have the stream: there is no need to ask them by way of it. */
    @GuardedBy("this")
    private Set<String> others(LiveCandidates.Candidate peer) {
        Set<String> nodes = new TreeSet<>(asker.asked());
        allowed().forEach(candidate -> candidate.nodes().stream().limit(1).forEach(nodes::add));
        peer.nodes().forEach(nodes::remove);
        return nodes;
    }

    @GuardedBy("this")
    private Set<String> downstream() {
        Set<String> nodes = feed.nodes();
        if (!begun.isDone()) {
            nodes.addAll(asker.passed());
        }
        return nodes;
    }

    @GuardedBy("this")
    private LiveConnection open(LiveCandidates.Candidate peer) {
        List<String> passed = new ArrayList<>(downstream());
        passed.remove(self);
        passed.add(self);
        Set<String> asked = peer.live() ? Set.of() : others(peer);
        Route route = new Route(passed, asked, Math.max(0, Route.MOST_HOPS - passed.size()));
        return new LiveConnection(peer, transport.openLive(peer.address(), peer.stream(), route, HEAD), this);
    }

    @Override
    public synchronized void packet(LiveConnection from, LivePacket packet) {
        if (from == better) {
            ofBetter(from, packet);
        } else if (from == current) {
            passOn(packet);
        }
    }

    /** Keeps configurations until there is something to begin with. */
    @GuardedBy("this")
    private void ofBetter(LiveConnection from, LivePacket packet) {
        betterNanos = nanoTime.getAsLong();
        boolean isSoundAlone = !packet.video() && ofBetter.stream().noneMatch(LivePacket::video);
        if (packet.isConfiguration()) {
            ofBetter.add(packet);
        } else if (packet.isKeyFrame() || isSoundAlone) {
            ofBetter.add(packet);
            changeOver(from);
        }
    }

    @GuardedBy("this")
    private void changeOver(LiveConnection to) {
        close(current);
        log.info("{}: back to {}", feed.stream(), to.peer().address());
        current = to;
        better = null;
        openedNanos = nanoTime.getAsLong();
        splice.newSource();
        List.copyOf(ofBetter).forEach(this::passOn);
        ofBetter.clear();
    }

    @GuardedBy("this")
    private void passOn(LivePacket packet) {
        long now = nanoTime.getAsLong();
        lastSeenNanos = now;
        List<LivePacket> news = packet.isSignOfLife() ? List.of() : splice.next(packet, now);
        if (news.isEmpty()) {
            feed.packet(LivePacket.signOfLife(packet.timestampMillis()));
        } else {
            pauseNanos = FIRST_PAUSE_NANOS;
            failed.clear();
            news.forEach(feed::packet);
        }
        // What a source has sent before tells nothing of whether the stream goes on.
        if (packet.isSignOfLife() || !news.isEmpty()) {
            lastPacketNanos = now;
            begun.complete(true);
        }
    }

    @Override
    public synchronized void ended(LiveConnection from, String why) {
        if (from == better) {
            better = null;
            noteFailure(from, why);
        } else if (from == current) {
            fail(from, why);
        }
    }

    @GuardedBy("this")
    private void fail(LiveConnection from, String why) {
        noteFailure(from, why);
        current = null;
        failed.add(from.peer().address());
        LiveConnection next = better;
        if (next != null) {
            changeOver(next);
        } else {
            tryNext();
        }
    }

    @GuardedBy("this")
    private void noteFailure(LiveConnection connection, String why) {
        log.info("{}: {} {}", feed.stream(), connection.peer().address(), why);
        connection.close();
        lastFailures.put(connection.peer().address(), nanoTime.getAsLong());
    }

    private static void close(@Nullable LiveConnection connection) {
        if (connection != null) {
            connection.close();
        }
    }
}
