package org.red5.dvr.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/**
 * Segments that viewers and other servers were given, on disks of their own: in front of slower disks of this server, and of other
 * servers. It is an archive of copies like any other ({@code docs/format-hour-file.md}), which fills itself with what is asked for, and gives up what was used least, an
 * hour of a take at a time. What is not here is never an error, and a disk that does not answer is as if nothing were there. Any thread may
 * call.
 */
public final class SegmentCache implements SegmentSource, Closeable {
    /** Below the directory that the configuration names, which may lie in an archive's: no application can have this name. */
    static final String DIRECTORY = ".dvr-cache";

    private static final long CHANGES_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Function<StreamKey, Optional<CacheRule>> ruleOf;
    private final SegmentGrid grid;
    private final Supplier<TakeStore> behind;
    private final long queueBytes;
    private final ArchiveMeter meter;
    private final LongSupplier nanoTime;
    private final LocalArchive archive;
    private final LocalTakes takes;
    private final CacheCounts counts = new CacheCounts();
    private volatile Map<Path, CacheRoot> roots = Map.of();

    @GuardedBy("this")
    private long changesNanos;

    @GuardedBy("this")
    private long changes;

    /**
     * @param ruleOf where a stream is cached, empty for one that is not
     * @param node this server's name
     * @param behind whoever has what is to be cached
     * @param queueBytes how much may wait for the disk of each cache
     * @param meter told what is wrong
     * @param nanoTime a clock that never steps
     */
    public SegmentCache(
            Function<StreamKey, Optional<CacheRule>> ruleOf,
            String node,
            SegmentGrid grid,
            Supplier<TakeStore> behind,
            long queueBytes,
            ArchiveMeter meter,
            Clock clock,
            LongSupplier nanoTime) {
        this.ruleOf = ruleOf;
        this.grid = grid;
        this.behind = behind;
        this.queueBytes = queueBytes;
        this.meter = meter;
        this.nanoTime = nanoTime;
        this.changesNanos = nanoTime.getAsLong();
        ArchiveOptions options = ArchiveOptions.DEFAULT
                .withSyncOf(stream -> DiskSync.NONE)
                .with(new CacheTroubles(meter))
                .withKnownHours(this::anHour);
        archive =
                new LocalArchive(stream -> ruleOf.apply(stream).map(SegmentCache::directory), List.of(), grid, options);
        takes = new LocalTakes(archive, clock, node, Runnable::run);
    }

    private static Path directory(CacheRule rule) {
        return rule.root().resolve(DIRECTORY);
    }

    /** Takes other directories or limits; those that are not named any more are left as they are. One thread at a time. */
    public void use(List<CacheRule> rules) {
        Map<Path, CacheRoot> before = roots;
        Map<Path, CacheRoot> now = new LinkedHashMap<>();
        for (CacheRule rule : rules) {
            now.computeIfAbsent(directory(rule), root -> {
                        CacheRoot known = before.get(root);
                        return known != null
                                ? known
                                : new CacheRoot(
                                        root, rule, archive, takes, behind, queueBytes, meter, counts, nanoTime);
                    })
                    .use(rule);
        }
        archive.useRoots(List.copyOf(now.keySet()));
        roots = now;
        now.forEach((root, cache) -> {
            if (!before.containsKey(root)) {
                cache.start();
            }
        });
        before.forEach((root, cache) -> {
            if (!now.containsKey(root)) {
                cache.close();
            }
        });
    }

    private OptionalLong anHour(StreamKey stream, TakeId take) {
        return roots.values().stream()
                .map(root -> root.hourOf(stream, take))
                .filter(OptionalLong::isPresent)
                .findFirst()
                .orElse(OptionalLong.empty());
    }

    /**
     * Grows when what was told of closed hours is not true any more; at most once a minute, so that those who were told something need not
     * ask again all the time.
     */
    public synchronized long closedChanges() {
        long now = nanoTime.getAsLong();
        if (now - changesNanos >= CHANGES_NANOS) {
            changesNanos = now;
            changes = archive.closedChanges();
        }
        return changes;
    }

    /** The cache of a stream; empty for one that is not cached. */
    Optional<StreamCache> of(StreamKey stream) {
        Map<Path, CacheRoot> now = roots;
        return now.isEmpty()
                ? Optional.empty()
                : ruleOf.apply(stream)
                        .flatMap(rule -> Optional.ofNullable(now.get(directory(rule))))
                        .map(root -> new StreamCache(stream, root, archive, takes, grid, counts));
    }

    @Override
    public Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) {
        return of(stream).flatMap(cached -> cached.segment(take, number, part));
    }

    /** What is cached, hour by hour. */
    TakeStore takes() {
        return takes;
    }

    @Override
    public List<StreamKey> streams() {
        return roots.isEmpty() ? List.of() : archive.streams();
    }

    /** From memory, spans to the hour. */
    @Override
    public List<StreamListing> listings() {
        Map<StreamKey, Optional<UtcRange>> spans = new TreeMap<>();
        roots.values().stream()
                .flatMap(root -> root.hours().stream())
                .forEach(file -> spans.merge(
                        file.stream(),
                        Optional.of(new UtcRange(Hours.beginMicros(file.hour()), Hours.beginMicros(file.hour() + 1))),
                        UtcRange::spanning));
        List<StreamListing> listings = new ArrayList<>();
        spans.forEach((stream, span) -> listings.add(new StreamListing(stream, false, span)));
        return listings;
    }

    @Override
    public Optional<Holdings> find(StreamKey stream, UtcRange window) {
        return of(stream).flatMap(cached -> StreamCache.here(() -> archive.find(stream, window)));
    }

    @Override
    public Optional<Take> take(StreamKey stream, TakeId take) {
        return of(stream).flatMap(cached -> StreamCache.here(() -> archive.take(stream, take)));
    }

    @Override
    public Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) {
        return of(stream).flatMap(cached -> StreamCache.here(() -> archive.initSegment(stream, take, part)));
    }

    /** What was done so far. */
    public CacheCounts counts() {
        return counts;
    }

    /** How much room the cache in each directory takes, as the configuration names them. */
    public Map<Path, Long> bytes() {
        Map<Path, Long> bytes = new LinkedHashMap<>();
        roots.forEach((root, cache) -> bytes.put(root.resolve("..").normalize(), cache.bytes()));
        return bytes;
    }

    /** How many segments have come and wait for the disks. */
    public int waitingSegments() {
        return roots.values().stream().mapToInt(CacheRoot::waiting).sum();
    }

    /** For how long nobody has used that cached hour of a take that nobody has used for longest; nothing while nothing is cached. */
    public Duration longestUnused() {
        long nanos = roots.values().stream()
                .mapToLong(root -> root.longestUnusedNanos().orElse(0))
                .max()
                .orElse(0);
        return Duration.ofNanos(nanos);
    }

    @Override
    public void close() {
        roots.values().forEach(CacheRoot::close);
        archive.close();
    }
}
