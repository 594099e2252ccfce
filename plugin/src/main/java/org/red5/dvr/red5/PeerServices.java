package org.red5.dvr.red5;

import java.io.Closeable;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.archive.HeldHours;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.cluster.LiveSource;
import org.red5.dvr.cluster.OwnHoldings;
import org.red5.dvr.cluster.OwnStatus;
import org.red5.dvr.cluster.PeerSignature;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.Secret;
import org.red5.dvr.http.PeerHandler;
import org.red5.dvr.live.LiveFeeds;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a server does for the others of its cluster. */
final class PeerServices implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(PeerServices.class);
    /** One may hang on a disk, and the other goes on. */
    private static final int THREADS = 2;

    private final PeerHandler handler;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(THREADS, task -> {
        Thread thread = new Thread(task, "dvr-peers");
        thread.setDaemon(true);
        return thread;
    });

    PeerServices(
            DvrConfiguration configuration,
            Secret key,
            LocalArchive archive,
            Clock clock,
            LiveFeeds feeds,
            LiveSource live) {
        String node = configuration.node();
        HeldHours held = new HeldHours(archive, clock);
        OwnHoldings own = new OwnHoldings(archive, held, node, threads);
        OwnStatus status = new OwnStatus(archive, held, feeds, node, configuration.grid(), clock);
        PeerSignature signature = new PeerSignature(key, node, clock, new SecureRandom());
        handler = new PeerHandler(node, signature, status, own, own, live, clock);
        threads.scheduleWithFixedDelay(status::refresh, 0, 1, TimeUnit.SECONDS);
        log.info("the servers of the cluster are answered as node {}", node);
    }

    /** Answers the other servers. */
    PeerHandler handler() {
        return handler;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
