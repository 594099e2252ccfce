package org.red5.dvr.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.StreamArchive;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.cache.FillQueue.Waiting;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.copies.HourFile;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.DaemonThreads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory of a segment cache, and the thread that fills it and keeps it within its limits. What goes is offered to nobody at once, and
 * its files go when those who were sent to them have opened them; until then nothing more is put in than there is room for. While the disk refuses
 * what it is given, nothing is, and an operator is told. Any thread may call.
 */
final class CacheRoot implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(CacheRoot.class);
    private static final long TICK_MILLIS = 1_000;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);
    /** A file that a reply was promised is opened within this time. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** After a failure of the disk nothing is put there for so long. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** What nothing is put into for so long, the disk is told to keep. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** By so much a cache may be larger than its limit. */
    private static final int EXCESS_SHARE = 200;

    private final Path root;
    private final LocalArchive archive;
    private final TakeStore here;
    private final ArchiveMeter meter;
    private final CacheCounts counts;
    private final LongSupplier nanoTime;
    private final Eviction<HourFile> eviction = new Eviction<>();
    private final FilledHours hours;
    private final FillQueue queue;
    private final Filler filler;

    @GuardedBy("going")
    private final List<Going> going = new ArrayList<>();

    private final Thread thread;
    private volatile CacheRule rule;
    private volatile boolean isRestored;
    private volatile boolean isClosed;
    private long pausedUntilNanos;
    private long lastTickNanos;
    private Optional<String> trouble = Optional.empty();

    /** What is to be deleted. */
    private record Going(HourFile file, long bytes, long dueNanos) {}

    /** What was here when the server began. */
    private record Found(HourFile file, HourIndex index, long usedMillis) {}

    /**
     * @param root below which its files lie
     * @param archive of the caches of this server
     * @param here the same
     * @param behind whoever has what is to be cached
     * @param queueBytes how much may wait for the disk
     * @param meter told what is wrong
     */
    CacheRoot(
            Path root,
            CacheRule rule,
            LocalArchive archive,
            TakeStore here,
            Supplier<TakeStore> behind,
            long queueBytes,
            ArchiveMeter meter,
            CacheCounts counts,
            LongSupplier nanoTime) {
        this.root = root;
        this.rule = rule;
        this.archive = archive;
        this.here = here;
        this.meter = meter;
        this.counts = counts;
        this.nanoTime = nanoTime;
        this.hours = new FilledHours(eviction, nanoTime);
        this.queue = new FillQueue(queueBytes);
        this.filler = new Filler(archive, here, behind, queue, hours, counts, nanoTime);
        this.pausedUntilNanos = nanoTime.getAsLong();
        this.lastTickNanos = pausedUntilNanos;
        this.thread = DaemonThreads.named("dvr-cache " + rule.root(), this::run);
    }

    void start() {
        thread.start();
    }

    /** Takes other limits. */
    void use(CacheRule now) {
        rule = now;
    }

    /** Whether there may be something of an hour; only while the cache is looked through after the start nobody knows. */
    boolean mayHave(HourFile file) {
        return !isRestored || hours.has(file);
    }

    /** An hour that there is something of a take in; while the cache is looked through after the start nobody knows. */
    OptionalLong hourOf(StreamKey stream, TakeId take) {
        return hours.ofTake(stream, take);
    }

    /** All of which there is something. */
    Set<HourFile> hours() {
        return hours.all();
    }

    /** Somebody was given something of an hour. */
    void used(HourFile file) {
        eviction.used(file, nanoTime.getAsLong());
    }

    /** Takes a segment that is not here, when there is room for it to wait. */
    void offer(Waiting segment) {
        if (!queue.offer(segment)) {
            counts.refuse();
        }
    }

    /** How much room it takes, about, with what is to be deleted. */
    long bytes() {
        long pending;
        synchronized (going) {
            pending = going.stream().mapToLong(Going::bytes).sum();
        }
        return eviction.bytes() + pending;
    }

    /** How many segments wait for the disk, or for an index that lists them. */
    int waiting() {
        return queue.size();
    }

    /** For how long that hour has not been used for which it is longest. */
    OptionalLong longestUnusedNanos() {
        return eviction.longestUnusedNanos(nanoTime.getAsLong());
    }

    private void run() {
        restore();
        while (!isClosed) {
            try {
                Optional<Waiting> next = queue.next(TICK_MILLIS);
                if (next.isPresent()) {
                    take(next.get());
                }
                if (nanoTime.getAsLong() - lastTickNanos >= TICK_NANOS) {
                    lastTickNanos = nanoTime.getAsLong();
                    tick();
                }
            } catch (InterruptedException e) {
                break;
            } catch (RuntimeException e) {
                log.error("the cache at {} goes on after a defect", root, e);
            }
        }
        filler.giveUpAll();
        hours.unforced(0).forEach(this::force);
    }

    private void take(Waiting segment) {
        if (nanoTime.getAsLong() - pausedUntilNanos < 0 || !hasRoom(segment)) {
            filler.giveUp(segment);
            return;
        }
        try {
            filler.fill(segment);
            troubleEnds();
        } catch (IOException e) {
            pause(e);
        }
    }

    private boolean hasRoom(Waiting segment) {
        long length = segment.bytes().lengthBytes();
        evictOver(length);
        OptionalLong most = rule.bytes();
        return most.isEmpty() || bytes() + length <= most(most.getAsLong());
    }

    private static long most(long limit) {
        return limit + limit / EXCESS_SHARE;
    }

    private void tick() {
        try {
            filler.tick();
        } catch (IOException e) {
            pause(e);
        }
        evictUnused();
        evictOver(0);
        deleteDue();
        hours.unforced(IDLE_NANOS).forEach(this::force);
    }

    private void pause(IOException e) {
        pausedUntilNanos = nanoTime.getAsLong() + PAUSE_NANOS;
        String sentence = rule.root() + ": nothing is cached there: " + e;
        if (trouble.isEmpty()) {
            trouble = Optional.of(sentence);
            log.warn(sentence);
            meter.troubleBegins(sentence);
        }
    }

    private void troubleEnds() {
        trouble.ifPresent(sentence -> {
            log.info("{}: segments are cached there again", rule.root());
            meter.troubleEnds(sentence);
        });
        trouble = Optional.empty();
    }

    private void force(HourFile file) {
        try {
            Optional<StreamArchive> stream = archive.archive(file.stream());
            if (stream.isPresent()) {
                stream.get().hours().force(file.hour(), file.take());
            }
            hours.forced(file);
        } catch (IOException e) {
            log.debug("{}: its disk does not say that it is kept: {}", file, e.toString());
            hours.forced(file); // It is looked at after the next start.
        }
    }

    private void evictUnused() {
        rule.age()
                .ifPresent(most -> eviction.unusedSince(nanoTime.getAsLong() - most.toNanos(), file -> false)
                        .forEach(gone -> evict(gone, true)));
    }

    /** @param moreBytes that there is to be room for */
    private void evictOver(long moreBytes) {
        OptionalLong most = rule.bytes();
        if (most.isPresent()) {
            eviction.over(most.getAsLong() - moreBytes, file -> false).forEach(gone -> evict(gone, false));
        }
    }

    private void evict(Eviction.Evicted<HourFile> gone, boolean byAge) {
        HourFile file = gone.file();
        hours.forget(file);
        counts.evicted(byAge);
        try {
            Optional<StreamArchive> stream = archive.archive(file.stream());
            if (stream.isPresent() && stream.get().hours().markDeleted(file.hour(), file.take())) {
                synchronized (going) {
                    going.add(new Going(file, gone.bytes(), nanoTime.getAsLong() + GRACE_NANOS));
                }
            }
        } catch (IOException e) {
            log.warn("{} stays in the cache's directory: {}", file, e.toString());
        }
    }

    private void deleteDue() {
        long now = nanoTime.getAsLong();
        List<Going> due = new ArrayList<>();
        synchronized (going) {
            for (Iterator<Going> all = going.iterator(); all.hasNext(); ) {
                Going each = all.next();
                if (each.dueNanos() - now <= 0) {
                    due.add(each);
                    all.remove();
                }
            }
        }
        due.forEach(this::delete);
    }

    private void delete(Going each) {
        HourFile file = each.file();
        try {
            Optional<StreamArchive> stream = archive.archive(file.stream());
            if (stream.isPresent()) {
                stream.get().hours().deleteMarked(file.hour(), Set.of(file.take()));
            }
        } catch (IOException e) {
            log.warn("{} stays in the cache's directory: {}", file, e.toString());
            synchronized (going) {
                going.add(new Going(file, each.bytes(), nanoTime.getAsLong() + PAUSE_NANOS));
            }
        }
    }

    /** Looks what an earlier process has left, the most recently filled last. */
    private void restore() {
        List<Found> found = new ArrayList<>();
        for (StreamKey stream : archive.streams(root)) {
            try {
                found.addAll(found(stream));
            } catch (IOException | RuntimeException e) {
                log.warn("{}: what is cached of {} cannot be read: {}", root, stream, e.toString());
            }
        }
        found.sort(Comparator.comparingLong(Found::usedMillis));
        long nowNanos = nanoTime.getAsLong();
        long nowMillis = System.currentTimeMillis();
        for (Found one : found) {
            long ageNanos = TimeUnit.MILLISECONDS.toNanos(Math.max(0, nowMillis - one.usedMillis()));
            hours.restored(one.file(), one.index(), FilledHours.bytes(one.index()), nowNanos - ageNanos);
        }
        isRestored = true;
        if (!found.isEmpty()) {
            log.info("{}: {} hours of takes are cached, {} MB", root, found.size(), eviction.bytes() >> 20);
        }
    }

    private List<Found> found(StreamKey stream) throws IOException {
        List<Found> found = new ArrayList<>();
        Optional<StreamArchive> known = archive.archive(stream);
        Optional<HourListing> listing =
                here.hours(stream, 0, Long.MAX_VALUE - 1).join();
        for (HourListing.Hour hour : listing.map(HourListing::hours).orElse(List.of())) {
            Optional<IndexReply> index =
                    here.openIndex(stream, hour.hour(), hour.take(), 0).join();
            if (index.isPresent() && known.isPresent()) {
                Path media = ArchiveLayout.mediaFile(known.get().hours().hourDirectory(hour.hour()), hour.take());
                long usedMillis = Files.getLastModifiedTime(media).toMillis();
                found.add(new Found(
                        new HourFile(stream, hour.hour(), hour.take()),
                        index.get().index(),
                        usedMillis));
            }
        }
        return found;
    }

    /** Waits until the disk has what is being written. */
    @Override
    public void close() {
        isClosed = true;
        queue.close();
        try {
            thread.join(TimeUnit.NANOSECONDS.toMillis(GRACE_NANOS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        troubleEnds();
    }
}
