package org.red5.dvr.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.red5.dvr.timeline.StreamKey;

/**
 * The packets of one stream from when it begins to be live to its end, for any number of subscribers that come and go. Who
 * joins gets the codec configurations, then the packets since the last key frame, which are kept for that unless they are too
 * many, then what comes.
 *
 * <p>Packets come on one thread at a time, and wait for no subscriber. Any thread may call the other methods.
 */
public final class LiveFeed {
    /** A stream none of whose packets came for so long is silent: nobody can tell its publisher from a dead one. */
    public static final Duration SILENCE = Duration.ofSeconds(2);
    /** Of a longer group nothing is kept, and who joins waits for the next key frame, with sound meanwhile. */
    private static final int MOST_GROUP_BYTES = 3 << 20;

    private final StreamKey stream;
    private final LongSupplier nanoTime;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final List<LiveSubscription> subscriptions = new ArrayList<>();

    @GuardedBy("lock")
    private final List<LivePacket> group = new ArrayList<>(); // since the last key frame

    @GuardedBy("lock")
    private int groupBytes;

    @GuardedBy("lock")
    private Configurations beforeGroup = Configurations.NONE;

    @GuardedBy("lock")
    private Configurations configurations = Configurations.NONE;

    @GuardedBy("lock")
    private boolean hasVideo;

    @GuardedBy("lock")
    private int lastMillis; // of the packet that came last

    @GuardedBy("lock")
    private boolean ended;

    private volatile long lastPacketNanos;

    /**
     * @param nanoTime a clock that is never set, as {@link System#nanoTime}
     */
    public LiveFeed(StreamKey stream, LongSupplier nanoTime) {
        this.stream = stream;
        this.nanoTime = nanoTime;
        this.lastPacketNanos = nanoTime.getAsLong();
    }

    public StreamKey stream() {
        return stream;
    }

    /** Takes in the next packet. Returns without having waited for anybody. */
    public void packet(LivePacket packet) {
        List<LiveSubscription> waiting = new ArrayList<>(0);
        synchronized (lock) {
            if (ended) {
                return;
            }
            lastPacketNanos = nanoTime.getAsLong();
            boolean start = isStart(packet);
            Configurations needed = configurations;
            if (!packet.isSignOfLife()) {
                keep(packet);
            }
            for (LiveSubscription subscription : subscriptions) {
                if (subscription.offer(packet, start, needed)) {
                    waiting.add(subscription);
                }
            }
        }
        waiting.forEach(LiveSubscription::wake);
    }

    /** Whether who has nothing yet can begin with a packet. */
    @GuardedBy("lock")
    private boolean isStart(LivePacket packet) {
        return packet.isKeyFrame() || !hasVideo && !packet.video() && !packet.isConfiguration();
    }

    @GuardedBy("lock")
    private void keep(LivePacket packet) {
        hasVideo |= packet.video();
        lastMillis = packet.timestampMillis();
        if (packet.isKeyFrame()) {
            group.clear();
            groupBytes = 0;
            beforeGroup = configurations;
        }
        if (packet.isConfiguration()) {
            configurations = configurations.with(packet);
        }
        if (packet.isKeyFrame() || !group.isEmpty()) {
            group.add(packet);
            groupBytes += packet.sizeBytes();
        }
        if (groupBytes > MOST_GROUP_BYTES) {
            group.clear();
            groupBytes = 0;
        }
    }

    /** Says that the stream is over; packets that come later are ignored. */
    public void end() {
        List<LiveSubscription> all;
        synchronized (lock) {
            ended = true;
            all = List.copyOf(subscriptions);
            subscriptions.clear();
            group.clear();
            groupBytes = 0;
        }
        all.forEach(LiveSubscription::end);
    }

    /** Joins on behalf of somebody on this server, as {@link #subscribe(Runnable, Collection)}. */
    public LiveSubscription subscribe(Runnable whenReady) {
        return subscribe(whenReady, List.of());
    }

    /**
     * Joins.
     *
     * @param whenReady called when there is something to poll after a poll that gave nothing, also when the feed has ended; on
     *     the publisher's thread, so that it must do no more than tell another one
     * @param nodes the servers that the packets go to through this subscriber
     */
    public LiveSubscription subscribe(Runnable whenReady, Collection<String> nodes) {
        LiveSubscription subscription = new LiveSubscription(this::leave, whenReady, nodes);
        synchronized (lock) {
            if (!group.isEmpty()) {
                subscription.begin(beforeGroup.before(group.get(0).timestampMillis()), group);
            } else if (hasVideo) {
                subscription.begin(configurations.before(lastMillis), group);
            }
            if (!ended) {
                subscriptions.add(subscription);
                return subscription;
            }
        }
        subscription.end();
        return subscription;
    }

    private void leave(LiveSubscription subscription) {
        synchronized (lock) {
            subscriptions.remove(subscription);
        }
    }

    /** How many have joined and not left. */
    public int subscribers() {
        synchronized (lock) {
            return subscriptions.size();
        }
    }

    /** How many of them are other servers. */
    public int peers() {
        synchronized (lock) {
            return (int) subscriptions.stream()
                    .filter(subscription -> !subscription.nodes().isEmpty())
                    .count();
        }
    }

    /** The servers that the packets go to now. */
    public Set<String> nodes() {
        synchronized (lock) {
            Set<String> nodes = new TreeSet<>();
            subscriptions.forEach(subscription -> nodes.addAll(subscription.nodes()));
            return nodes;
        }
    }

    public boolean hasEnded() {
        synchronized (lock) {
            return ended;
        }
    }

    /** Whether no packet has come for {@link #SILENCE}. */
    public boolean isSilent() {
        return nanoTime.getAsLong() - lastPacketNanos >= SILENCE.toNanos();
    }
}
