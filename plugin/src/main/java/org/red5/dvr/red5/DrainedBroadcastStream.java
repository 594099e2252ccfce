package org.red5.dvr.red5;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.red5.server.api.event.IEvent;
import org.red5.server.stream.ClientBroadcastStream;

/**
 * Red5's published stream, which is closed only after the packets that have arrived before.
 *
 * <p>Red5 1.3.17 hands the packets of a connection over to other threads twice, but closes its streams on the thread that
 * reads the network; so the last tenth of a second of every publish would be thrown away.
 */
class DrainedBroadcastStream extends ClientBroadcastStream {
    /** How long to wait for all packets. The waiting thread reads the network for other connections too. */
    private static final long LIMIT_NANOS = Duration.ofSeconds(1).toNanos();

    /** How long to wait for the next packet: one may never come, as Red5 drops audio when it is overloaded. */
    private static final long QUIET_NANOS = Duration.ofMillis(100).toNanos();

    private final AtomicReference<@Nullable IEvent> lastArrived = new AtomicReference<>();
    private final Object progress = new Object();
    private volatile @Nullable IEvent lastDispatched;
    private volatile @Nullable Thread dispatching;
    private volatile boolean awaited;

    /** Notes a packet that came from the network and will be dispatched by and by. Called by one thread. */
    void arrived(IEvent packet) {
        lastArrived.set(packet);
    }

    @Override
    public void dispatchEvent(IEvent event) {
        dispatching = Thread.currentThread();
        try {
            super.dispatchEvent(event);
        } finally {
            dispatching = null;
            lastDispatched = event;
            if (awaited) {
                synchronized (progress) {
                    progress.notifyAll();
                }
            }
        }
    }

    @Override
    public void close() {
        IEvent last = lastArrived.getAndSet(null);
        // A packet's own thread cannot wait for the packets behind it: a subscriber may close the stream.
        if (last != null && dispatching != Thread.currentThread()) {
            await(last);
        }
        super.close();
    }

    private void await(IEvent last) {
        awaited = true;
        long endNanos = System.nanoTime() + LIMIT_NANOS;
        synchronized (progress) {
            boolean quiet = false;
            while (lastDispatched != last && !quiet && System.nanoTime() < endNanos) {
                IEvent before = lastDispatched;
                try {
                    progress.wait(Duration.ofNanos(QUIET_NANOS).toMillis());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
                quiet = lastDispatched == before;
            }
        }
    }
}
