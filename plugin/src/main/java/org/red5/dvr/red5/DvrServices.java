package org.red5.dvr.red5;

import java.io.Closeable;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.red5.dvr.archive.DiskSync;
import org.red5.dvr.archive.Expiry;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.Recovery;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.DvrRule;
import org.red5.dvr.http.DvrHandler;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.record.Recorders;
import org.red5.dvr.timeline.StreamKey;

/** What a configuration asks for, at work: the archive, its recorders, its clean-up and the HTTP handler. */
final class DvrServices implements Closeable {
    private static final int SWEEP_SECONDS = 60;

    private final LocalArchive archive;
    private final Recorders recorders;
    private final DvrHandler handler;
    private final ScheduledExecutorService housekeeping = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "dvr-housekeeping");
        thread.setDaemon(true);
        return thread;
    });

    DvrServices(DvrConfiguration configuration) {
        LongSupplier utcMicros = DvrServices::utcMicros;
        Function<StreamKey, Optional<Path>> rootOf =
                stream -> configuration.ruleFor(stream).dvr().map(DvrRule::root);
        List<Path> roots = configuration.streams().stream()
                .flatMap(rule -> rule.dvr().stream())
                .map(DvrRule::root)
                .distinct()
                .toList();
        archive = new LocalArchive(rootOf, roots, configuration.grid(), stream -> sync(configuration, stream));
        new Recovery(archive).run();
        recorders = new Recorders(archive, rootOf, configuration.grid(), configuration.node(), utcMicros);
        Playback playback = new Playback(
                List.of(archive),
                configuration.grid(),
                stream -> configuration.ruleFor(stream).window(),
                Clock.systemUTC());
        handler = new DvrHandler(playback);
        Expiry expiry = new Expiry(archive, stream -> ageMicros(configuration, stream), utcMicros);
        housekeeping.scheduleWithFixedDelay(expiry::sweep, 1, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    Recorders recorders() {
        return recorders;
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
    }

    private static DiskSync sync(DvrConfiguration configuration, StreamKey stream) {
        return switch (configuration.ruleFor(stream).sync()) {
            case SEGMENT -> DiskSync.SEGMENT;
            case NONE -> DiskSync.NONE;
        };
    }

    private static OptionalLong ageMicros(DvrConfiguration configuration, StreamKey stream) {
        return configuration
                .ruleFor(stream)
                .dvr()
                .flatMap(dvr -> dvr.retention().age())
                .map(age -> OptionalLong.of(age.toMillis() * 1_000))
                .orElse(OptionalLong.empty());
    }

    private static long utcMicros() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }
}
