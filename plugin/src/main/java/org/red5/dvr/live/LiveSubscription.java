package org.red5.dvr.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What waits for one subscriber of a {@link LiveFeed}. It is bounded: a subscriber that falls behind loses what waits, and
 * gets pictures again from the next key frame on. While it waits for one, as one that joins within a long group does, it gets
 * the sound, and signs of life in place of the pictures. Polled by one thread at a time; any thread may close it.
 */
public final class LiveSubscription implements AutoCloseable {
    static final int MOST_WAITING_BYTES = 4 << 20;

    private final Consumer<LiveSubscription> leave;
    private final Runnable whenReady;
    private final List<String> nodes;

    @GuardedBy("this")
    private final ArrayDeque<LivePacket> waiting = new ArrayDeque<>();

    @GuardedBy("this")
    private int waitingBytes;

    @GuardedBy("this")
    private boolean skipping = true; // pictures, until a packet to start with

    @GuardedBy("this")
    private boolean prepared; // has the codec configurations, and gets each that comes

    @GuardedBy("this")
    private boolean asleep; // the last poll gave nothing

    @GuardedBy("this")
    private boolean over;

    @GuardedBy("this")
    private int skips;

    LiveSubscription(Consumer<LiveSubscription> leave, Runnable whenReady, Collection<String> nodes) {
        this.leave = leave;
        this.whenReady = whenReady;
        this.nodes = List.copyOf(nodes);
    }

    List<String> nodes() {
        return nodes;
    }

    /**
     * Begins with what is there already.
     *
     * @param group from a key frame on; empty: the next one is waited for
     */
    synchronized void begin(List<LivePacket> configurations, List<LivePacket> group) {
        prepare(configurations);
        group.forEach(this::add);
        skipping = group.isEmpty();
    }

    @GuardedBy("this")
    private void prepare(List<LivePacket> configurations) {
        if (!prepared) {
            configurations.forEach(this::add);
            prepared = true;
        }
    }

    /**
     * Puts a packet in.
     *
     * @param start whether the subscriber can begin with it
     * @param needed the configurations that it needs for it
     * @return whether the subscriber is to be woken
     */
    synchronized boolean offer(LivePacket packet, boolean start, Configurations needed) {
        if (over) {
            return false;
        }
        if (waitingBytes + packet.sizeBytes() > MOST_WAITING_BYTES) {
            fallBehind();
        }
        skipping &= !start;
        if (packet.isSignOfLife() || (skipping && packet.video() && !packet.isConfiguration())) {
            if (waiting.isEmpty()) {
                add(LivePacket.signOfLife(packet.timestampMillis()));
            }
        } else if (prepared || !packet.isConfiguration()) {
            prepare(needed.before(packet.timestampMillis()));
            add(packet);
        }
        boolean wake = asleep && !waiting.isEmpty();
        asleep &= !wake;
        return wake;
    }

    @GuardedBy("this")
    private void fallBehind() {
        waiting.clear();
        waitingBytes = 0;
        skipping = true;
        prepared = false;
        skips++;
    }

    @GuardedBy("this")
    private void add(LivePacket packet) {
        waiting.add(packet);
        waitingBytes += packet.sizeBytes();
    }

    void wake() {
        whenReady.run();
    }

    void end() {
        synchronized (this) {
            over = true;
            asleep = false;
        }
        whenReady.run();
    }

    /** Takes out the next packet, empty when none waits. */
    public synchronized Optional<LivePacket> poll() {
        LivePacket packet = waiting.poll();
        if (packet == null) {
            asleep = true;
            return Optional.empty();
        }
        waitingBytes -= packet.sizeBytes();
        return Optional.of(packet);
    }

    /** Whether the stream has ended and nothing waits any more. */
    public synchronized boolean isOver() {
        return over && waiting.isEmpty();
    }

    /** How often the subscriber fell behind. */
    public synchronized int skips() {
        return skips;
    }

    /** Leaves the feed. What waits is lost. */
    @Override
    public void close() {
        leave.accept(this);
        synchronized (this) {
            over = true;
            waiting.clear();
            waitingBytes = 0;
        }
    }
}
