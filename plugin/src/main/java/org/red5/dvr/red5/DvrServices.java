package org.red5.dvr.red5;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.red5.dvr.archive.ArchiveLocks;
import org.red5.dvr.archive.ArchiveOptions;
import org.red5.dvr.archive.Disk;
import org.red5.dvr.archive.DiskSync;
import org.red5.dvr.archive.Disks;
import org.red5.dvr.archive.Expiry;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.MountCheck;
import org.red5.dvr.archive.Recovery;
import org.red5.dvr.archive.RetentionRule;
import org.red5.dvr.archive.RootCheck;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.DvrRule;
import org.red5.dvr.config.Retention;
import org.red5.dvr.config.StreamGlob;
import org.red5.dvr.http.BasicAuth;
import org.red5.dvr.http.DvrHandler;
import org.red5.dvr.http.LockRequests;
import org.red5.dvr.metrics.DvrMetrics;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.record.Recorders;
import org.red5.dvr.record.UtcClock;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a configuration asks for, at work: the archive, its recorders, its clean-up and the HTTP handler. */
final class DvrServices implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(DvrServices.class);
    private static final int SWEEP_SECONDS = 10;

    private final LocalArchive archive;
    private final Recorders recorders;
    private final DvrHandler handler;
    private final DvrMetrics metrics;
    private final LongSupplier utcMicros;
    private final ScheduledExecutorService housekeeping = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "dvr-housekeeping");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param liveViewers how many clients play live over RTMP
     */
    DvrServices(DvrConfiguration configuration, IntSupplier liveViewers) {
        metrics = new DvrMetrics(DvrServices::usableBytes, liveViewers, System::nanoTime);
        UtcClock clock = new UtcClock(Clock.systemUTC(), System::nanoTime);
        utcMicros = clock::micros;
        Function<StreamKey, Optional<Path>> rootOf =
                stream -> configuration.ruleFor(stream).dvr().map(DvrRule::root);
        List<Path> roots = configuration.streams().stream()
                .flatMap(rule -> rule.dvr().stream())
                .map(DvrRule::root)
                .distinct()
                .toList();
        MountCheck mounts = new MountCheck(MountCheck::ofSystem);
        RootCheck mounted = (stream, root) -> {
            if (configuration.ruleFor(stream).checkMount()) {
                mounts.check(root);
            }
        };
        ArchiveOptions options = ArchiveOptions.DEFAULT
                .with(mounted)
                .withSyncOf(stream -> sync(configuration, stream))
                .with(metrics);
        archive = new LocalArchive(rootOf, roots, configuration.grid(), options);
        new Recovery(archive).run();
        recorders = new Recorders(archive, rootOf, configuration.grid(), configuration.node(), utcMicros, metrics);
        roots.forEach(recorders::prepare);
        Playback playback = new Playback(
                List.of(archive),
                configuration.grid(),
                stream -> configuration.ruleFor(stream).window(),
                clock);
        ArchiveLocks locks = new ArchiveLocks(archive);
        Expiry expiry = new Expiry(
                archive,
                locks,
                stream -> retentionRule(configuration, stream),
                Disks::ofSystem,
                utcMicros,
                System::nanoTime,
                metrics::segmentsDeleted);
        Optional<BasicAuth> editors = configuration
                .editAuth()
                .map(auth -> new BasicAuth(auth.user(), auth.password().value()));
        handler = new DvrHandler(playback, metrics, expiry::status, Optional.of(new LockRequests(locks, editors)));
        housekeeping.scheduleWithFixedDelay(expiry::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    Recorders recorders() {
        return recorders;
    }

    /** The clock that recordings go by, microseconds since the Unix epoch. */
    LongSupplier clock() {
        return utcMicros;
    }

    DvrHandler handler() {
        return handler;
    }

    /** Ends all recordings and waits until they are written. */
    @Override
    public void close() {
        housekeeping.shutdownNow();
        recorders.close();
        archive.close();
        metrics.close();
    }

    private static DiskSync sync(DvrConfiguration configuration, StreamKey stream) {
        return switch (configuration.ruleFor(stream).sync()) {
            case SEGMENT -> DiskSync.SEGMENT;
            case NONE -> DiskSync.NONE;
        };
    }

    private static Optional<RetentionRule> retentionRule(DvrConfiguration configuration, StreamKey stream) {
        return configuration
                .blockFor(stream)
                .flatMap(block -> block.dvr().map(dvr -> retentionRule(block.glob(), dvr.retention())));
    }

    private static RetentionRule retentionRule(StreamGlob block, Retention kept) {
        OptionalLong ageMicros =
                kept.age().map(age -> OptionalLong.of(age.toMillis() * 1_000)).orElse(OptionalLong.empty());
        return new RetentionRule(block.toString(), ageMicros, kept.bytes(), kept.diskPercent());
    }

    private static long usableBytes(Path root) {
        try {
            return Disk.LOCAL.usableBytes(root);
        } catch (IOException e) {
            log.debug("{}: its disk does not say what is left: {}", root, e.toString());
            return -1;
        }
    }
}
