package org.red5.dvr.relay;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.red5.dvr.live.LiveFeed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream that is pulled from a source for those who watch it here. It lives as long as somebody subscribes to its feed, and
 * {@link #LINGER} longer. Any thread may call.
 */
public final class LiveRelay {
    private static final Logger log = LoggerFactory.getLogger(LiveRelay.class);
    /** So long a relay without a viewer goes on. */
    static final Duration LINGER = Duration.ofSeconds(10);

    private final LivePull pull;
    private final LongSupplier nanoTime;
    private volatile long wantedNanos;

    LiveRelay(LivePull pull, LongSupplier nanoTime) {
        this.pull = pull;
        this.nanoTime = nanoTime;
        want();
    }

    /** What comes in; it ends when no source has the stream any more, and when nobody watches it. */
    public LiveFeed feed() {
        return pull.feed();
    }

    /** True as soon as packets come, false when no source has any. Never exceptional. */
    public CompletableFuture<Boolean> begun() {
        return pull.begun().copy();
    }

    /** Whether some source says that it has the stream, be its packets there or not. */
    public boolean isKnown() {
        return pull.isKnown();
    }

    /** The source that the packets come from now; empty while there is none. */
    public Optional<String> source() {
        return pull.source();
    }

    LivePull pull() {
        return pull;
    }

    /** Somebody is about to join. */
    final void want() {
        wantedNanos = nanoTime.getAsLong();
    }

    /** Lets it go on, or end. */
    void tick() {
        if (feed().subscribers() > 0) {
            want();
        }
        if (nanoTime.getAsLong() - wantedNanos >= LINGER.toNanos()) {
            log.info("nobody has watched {} for {} s, its relay ends", feed().stream(), LINGER.toSeconds());
            pull.stop();
        } else {
            pull.tick();
        }
    }
}
