package org.red5.dvr.red5;

import java.io.Closeable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.peer.client.LiveTransport;
import org.red5.dvr.red5.hooks.RelayedStreams;
import org.red5.dvr.relay.LiveCandidates;
import org.red5.dvr.relay.LiveRelays;
import org.red5.dvr.util.DaemonThreads;
import org.red5.dvr.util.Unending;

/** Live streams between servers, at work: what is published here, what is relayed to which server, and the threads for it. */
final class LiveServices implements Closeable {
    private static final int THREADS = 4;
    private static final int TICK_MILLIS = 100;

    private final LiveFeeds feeds;
    private final LiveRelays relays;
    private final RelayedStreams relayed;
    private final AtomicInteger threads = new AtomicInteger();
    private final ExecutorService executor = Executors.newFixedThreadPool(
            THREADS, task -> DaemonThreads.named("dvr-live-" + threads.incrementAndGet(), task));
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("dvr-live-clock"));

    /**
     * @param node this server's name
     */
    LiveServices(String node, LiveFeeds feeds, LiveCandidates candidates, LiveTransport transport) {
        this.feeds = feeds;
        relays = new LiveRelays(node, feeds, candidates, transport, executor, System::nanoTime);
        relayed = new RelayedStreams(relays, executor, System::nanoTime);
        feeds.listen(stream -> {
            if (feeds.find(stream).isPresent()) {
                relays.end(stream);
            }
        });
        clock.scheduleWithFixedDelay(
                new Unending("the relay of live streams", this::tick), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        relays.tick();
        relayed.tick();
    }

    LiveFeeds feeds() {
        return feeds;
    }

    LiveRelays relays() {
        return relays;
    }

    RelayedStreams relayed() {
        return relayed;
    }

    /** Ends all relays. */
    @Override
    public void close() {
        clock.shutdownNow();
        relays.close();
        relayed.close();
        executor.shutdown();
    }
}
