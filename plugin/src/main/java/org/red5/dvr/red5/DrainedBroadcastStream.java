package org.red5.dvr.red5;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
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
    private static final long QUIET_NANOS = Duration.ofMillis(250).toNanos();

    private final Object progress = new Object();
    private volatile @Nullable IEvent lastDispatched;
    private volatile @Nullable Thread dispatching;
    private volatile boolean awaited;

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
        // A packet's own thread cannot wait for the packets behind it: a subscriber may close the stream.
        if (!closed.get() && dispatching != Thread.currentThread()) {
            if (getConnection() instanceof MendedConnection connection) {
                connection.lastArrived(getStreamId()).ifPresent(this::await);
            }
        }
        super.close();
    }

    private void await(IEvent last) {
        awaited = true;
        long endNanos = System.nanoTime() + LIMIT_NANOS;
        long quietNanos = System.nanoTime() + QUIET_NANOS;
        IEvent seen = lastDispatched;
        synchronized (progress) {
            while (lastDispatched != last) {
                if (lastDispatched != seen) {
                    seen = lastDispatched;
                    quietNanos = System.nanoTime() + QUIET_NANOS;
                }
                long leftNanos = Math.min(endNanos, quietNanos) - System.nanoTime();
                if (leftNanos <= 0) {
                    return;
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(progress, leftNanos);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }
}
