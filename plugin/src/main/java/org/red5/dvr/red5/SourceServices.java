package org.red5.dvr.red5;

import java.io.Closeable;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.red5.dvr.cluster.ClusterTime;
import org.red5.dvr.cluster.CurrentSources;
import org.red5.dvr.cluster.HttpPeerTransport;
import org.red5.dvr.cluster.LiveCandidates;
import org.red5.dvr.cluster.PeerSignature;
import org.red5.dvr.cluster.Peers;
import org.red5.dvr.cluster.SourceCandidates;
import org.red5.dvr.cluster.StreamSources;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.Secret;
import org.red5.dvr.record.UtcClock;

/** A server's sources: whether they are up, which one of a stream is the current one, and how they are asked. */
final class SourceServices implements Closeable {
    private static final int THREADS = 4;

    private final HttpPeerTransport transport;
    private final Peers peers;
    private final CurrentSources current;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(THREADS, task -> {
        Thread thread = new Thread(task, "dvr-sources");
        thread.setDaemon(true);
        return thread;
    });

    SourceServices(DvrConfiguration configuration, Secret key, UtcClock clock) {
        ClusterTime time = ClusterTime.ofSystem(clock::micros, threads);
        PeerSignature signature = new PeerSignature(key, configuration.node(), Clock.systemUTC(), new SecureRandom());
        StreamSources sources = new StreamSources(configuration);
        transport = new HttpPeerTransport(signature, threads);
        peers = new Peers(
                configuration.node(),
                configuration.grid().periodMillis(),
                sources.peers().keySet(),
                transport,
                time);
        current = new CurrentSources(sources, peers, time);
        peers.start();
    }

    HttpPeerTransport transport() {
        return transport;
    }

    /** Whom live streams are pulled from. */
    LiveCandidates live() {
        return new SourceCandidates(current, peers);
    }

    @Override
    public void close() {
        peers.close();
        threads.shutdownNow();
    }
}
