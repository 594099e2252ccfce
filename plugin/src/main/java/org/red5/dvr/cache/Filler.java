package org.red5.dvr.cache;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.NotToBeFilledException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.cache.FillQueue.Waiting;
import org.red5.dvr.copies.HourCopier;
import org.red5.dvr.copies.HourFile;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.UnreachableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts segments into their places in a cache. Where an hour's index is not here, or does not list a segment yet as the hour grows, it
 * asks whoever the segment came from: at once for a new hour, and for one that grows when several segments wait, or one has for so long.
 * Used by one thread, which waits for the disk, and for other servers within a bound.
 */
final class Filler {
    private static final Logger log = LoggerFactory.getLogger(Filler.class);
    /** After a vain question about an hour it is not asked for again. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** So many segments that the index does not list wait for a longer one. */
    private static final int MOST_UNLISTED = 3;
    /** Or so long, three cells of the default grid. */
    private static final long UNLISTED_NANOS = TimeUnit.SECONDS.toNanos(12);

    private final LocalArchive archive;
    private final HourCopier copier;
    private final Supplier<TakeStore> behind;
    private final FillQueue queue;
    private final FilledHours hours;
    private final CacheCounts counts;
    private final LongSupplier nanoTime;
    /** Segments that the indexes here do not list. */
    private final Map<HourFile, Unlisted> unlisted = new HashMap<>();
    /** Hours that were asked for in vain, and until when they are not asked for again. */
    private final Map<HourFile, Long> notNow = new HashMap<>();

    private record Unlisted(List<Waiting> segments, long sinceNanos) {}

    /**
     * @param archive the cache's
     * @param here the same
     * @param behind whoever has what is to be cached
     * @param hours told of what was filled
     */
    Filler(
            LocalArchive archive,
            TakeStore here,
            Supplier<TakeStore> behind,
            FillQueue queue,
            FilledHours hours,
            CacheCounts counts,
            LongSupplier nanoTime) {
        this.archive = archive;
        this.copier = new HourCopier(archive, here);
        this.behind = behind;
        this.queue = queue;
        this.hours = hours;
        this.counts = counts;
        this.nanoTime = nanoTime;
    }

    /**
     * Puts a segment in its place, or keeps it until an index lists it.
     *
     * @throws IOException when the disk does not take it
     */
    void fill(Waiting segment) throws IOException {
        HourFile file = segment.file();
        Optional<FilledHours.Filled> known = hours.of(file);
        if (known.isPresent() && segment.number() <= known.get().lastListed()) {
            put(segment);
            return;
        }
        if (known.isPresent() && !known.get().mayGrow() || isRefused(file)) {
            giveUp(segment);
            return;
        }
        Unlisted others = unlisted.computeIfAbsent(file, key -> new Unlisted(new ArrayList<>(), nanoTime.getAsLong()));
        others.segments().add(segment);
        if (known.isEmpty() || others.segments().size() >= MOST_UNLISTED) {
            list(file, others);
        }
    }

    /** Sees to the segments that have waited long enough for an index that lists them. */
    void tick() throws IOException {
        long now = nanoTime.getAsLong();
        notNow.values().removeIf(until -> until - now <= 0);
        for (HourFile file : List.copyOf(unlisted.keySet())) {
            Unlisted one = unlisted.get(file);
            if (one != null && now - one.sinceNanos() >= UNLISTED_NANOS) {
                list(file, one);
            }
        }
    }

    /** Gives up all that waits. */
    void giveUpAll() {
        unlisted.values().forEach(one -> one.segments().forEach(this::giveUp));
        unlisted.clear();
    }

    private void list(HourFile file, Unlisted waiting) throws IOException {
        unlisted.remove(file);
        try {
            index(file, waiting.segments().stream().allMatch(Waiting::isForExport));
        } catch (NotToBeFilledException | UnreachableException e) {
            log.debug("{} is not cached now: {}", file, e.getMessage());
        } catch (IOException e) {
            waiting.segments().forEach(this::giveUp);
            throw e;
        }
        long lastListed = hours.of(file).map(FilledHours.Filled::lastListed).orElse(-1L);
        if (lastListed < waiting.segments().get(0).number()) {
            notNow.put(file, nanoTime.getAsLong() + RETRY_NANOS);
        }
        for (Waiting segment : waiting.segments()) {
            if (segment.number() <= lastListed) {
                put(segment);
            } else {
                giveUp(segment);
            }
        }
    }

    private boolean isRefused(HourFile file) {
        Long until = notNow.get(file);
        return until != null && until - nanoTime.getAsLong() > 0;
    }

    /** Brings the index here to what others have by now. */
    private void index(HourFile file, boolean isForExport) throws IOException {
        copier.list(file, behind.get(), HourIndex::count)
                .ifPresent(listed -> hours.listed(file, listed.here(), isForExport));
    }

    private void put(Waiting segment) throws IOException {
        HourFile file = segment.file();
        try {
            byte[] bytes =
                    segment.bytes().read(0, Math.toIntExact(segment.bytes().lengthBytes()));
            archive.put(file.stream(), file.take(), segment.number(), bytes);
            hours.filled(file, bytes.length, segment.isForExport());
            counts.filled(bytes.length);
        } catch (NotToBeFilledException e) {
            // Somebody removed it, or it is on its way out: next time it begins anew.
            log.debug("{} is not cached: {}", file, e.getMessage());
            hours.forget(file);
        } finally {
            queue.done(segment);
        }
    }

    /** It is not cached now. */
    void giveUp(Waiting segment) {
        counts.refuse();
        queue.done(segment);
    }
}
