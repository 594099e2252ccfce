package org.red5.dvr.cache;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.LocalTakes;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.cache.FillQueue.Waiting;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.copies.HourFile;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.MediaBytes;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.SegmentSource;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Segments that viewers and other servers were given, on disks of their own: in front of slower disks of this server, and of other
 * servers. It is an archive of copies like any other ({@code docs/format-hour-file.md}), which fills itself with what is asked for, and gives up what was used least, an
 * hour of a take at a time. What is not here is never an error, and a disk that does not answer is as if nothing were there. Any thread may
 * call.
 */
public final class SegmentCache implements SegmentSource, Closeable {
    /** Below the directory that the configuration names, which may lie in an archive's: no application can have this name. */
    static final String DIRECTORY = ".dvr-cache";

    private static final Logger log = LoggerFactory.getLogger(SegmentCache.class);

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
        ArchiveOptions options =
                ArchiveOptions.DEFAULT.withSyncOf(stream -> DiskSync.NONE).with(new CacheTroubles(meter));
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

    /** The cache of a stream. */
    private Optional<CacheRoot> rootOf(StreamKey stream) {
        Map<Path, CacheRoot> now = roots;
        return now.isEmpty()
                ? Optional.empty()
                : ruleOf.apply(stream).flatMap(rule -> Optional.ofNullable(now.get(directory(rule))));
    }

    private HourFile file(StreamKey stream, TakeId take, long number) {
        return new HourFile(stream, grid.hourOf(number), take);
    }

    /** Whether a stream has a cache. */
    public boolean isFor(StreamKey stream) {
        return rootOf(stream).isPresent();
    }

    /** Has a segment cached that is not here. Nothing happens for a stream without a cache, and when the disk is behind. */
    public void offer(StreamKey stream, TakeId take, long number, MediaBytes bytes) {
        rootOf(stream).ifPresent(root -> root.offer(new Waiting(file(stream, take, number), number, bytes)));
    }

    /** The same when all of it has come; not when it breaks off. */
    void offerWhole(StreamKey stream, TakeId take, long number, MediaBytes bytes) {
        bytes.whole().thenRun(() -> offer(stream, take, number, bytes));
    }

    /** Whether a segment is here; nobody is told of its use. The disk is asked only where there is something of its hour. */
    boolean has(StreamKey stream, TakeId take, long number) {
        HourFile file = file(stream, take, number);
        return rootOf(stream).filter(root -> root.mayHave(file)).isPresent()
                && here(() -> archive.segment(stream, take, number, Part.MUXED)).isPresent();
    }

    @Override
    public Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) {
        return look(stream, take, number, () -> archive.segment(stream, take, number, part), MediaBytes::lengthBytes);
    }

    /** A segment with all its tracks, as other servers get it. */
    public Optional<SegmentReply> segment(StreamKey stream, TakeId take, long number) {
        return look(
                stream,
                take,
                number,
                () -> takes.segment(stream, take, number).join(),
                reply -> reply.bytes().lengthBytes());
    }

    /** What is cached, hour by hour. */
    TakeStore takes() {
        return takes;
    }

    private <T> Optional<T> look(
            StreamKey stream,
            TakeId take,
            long number,
            DiskReaders.Reading<Optional<T>> reading,
            Function<T, Long> length) {
        Optional<CacheRoot> root = rootOf(stream);
        if (root.isEmpty()) {
            return Optional.empty();
        }
        HourFile file = file(stream, take, number);
        Optional<T> found = root.get().mayHave(file) ? here(reading) : Optional.empty();
        found.ifPresentOrElse(
                bytes -> {
                    root.get().used(file);
                    counts.hit(length.apply(bytes));
                },
                counts::miss);
        return found;
    }

    /** What the cache holds; nothing when its disk does not say. */
    private static <T> Optional<T> here(DiskReaders.Reading<Optional<T>> reading) {
        try {
            return reading.read();
        } catch (IOException | RuntimeException e) {
            log.debug("not found in the cache: {}", e.toString());
            return Optional.empty();
        }
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
        return isFor(stream) ? here(() -> archive.find(stream, window)) : Optional.empty();
    }

    @Override
    public Optional<Take> take(StreamKey stream, TakeId take) {
        return isFor(stream) ? here(() -> archive.take(stream, take)) : Optional.empty();
    }

    @Override
    public Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) {
        return isFor(stream) ? here(() -> archive.initSegment(stream, take, part)) : Optional.empty();
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

    @Override
    public void close() {
        roots.values().forEach(CacheRoot::close);
        archive.close();
    }
}
