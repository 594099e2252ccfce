package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream's part of an archive: hours on disk, read when asked for and kept for a while, and hours being written,
 * seen as they grow. What an earlier process left is put right when it is read first. Only this process changes the files below. Any thread may call; the lock guards what is known of
 * the hours on disk and is held while an index is read, never while media is written.
 */
final class StreamArchive {
    private static final Logger log = LoggerFactory.getLogger(StreamArchive.class);

    private final Path directory;
    private final Aside aside;
    private final HourCache cache;
    private final SegmentGrid grid;
    private final CopyOnWriteArrayList<HourWriter> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger recordings = new AtomicInteger();
    /** What this process records or has recorded: whole, or known to be not. */
    private final Set<TakeId> own = ConcurrentHashMap.newKeySet();
    /** Hours that were or are being deleted. Guarded by the lock. */
    private final Set<Long> leaving = new HashSet<>();

    private final Object lock = new Object();
    /** The earliest and the latest hour on disk, once they were looked up. Guarded by the lock. */
    private OptionalLong firstHour = OptionalLong.empty();

    private OptionalLong lastHour = OptionalLong.empty();
    /** The earliest hour that lists a segment, once it was looked up. Guarded by the lock. */
    private OptionalLong firstListedHour = OptionalLong.empty();

    /**
     * @param aside where files of the same root go that cannot be used
     */
    StreamArchive(Path directory, Aside aside, SegmentGrid grid, HourCache cache) {
        this.aside = aside;
        this.directory = directory;
        this.grid = grid;
        this.cache = cache;
    }

    Path hourDirectory(long hour) {
        return ArchiveLayout.hourDirectory(directory, hour);
    }

    /** Whether the stream is being recorded, between two takes of one publish too. */
    boolean isLive() {
        return recordings.get() > 0 || !open.isEmpty();
    }

    void recordingBegins() {
        recordings.incrementAndGet();
    }

    void recordingEnds() {
        recordings.decrementAndGet();
    }

    /** Says, before its first file is made, that this process records a take: it is not to be recovered. */
    void begins(TakeId take) {
        own.add(take);
    }

    /** From now on readers see what the writer lists. */
    void opened(HourWriter writer) {
        synchronized (lock) {
            open.add(writer);
            changed(writer.hour());
        }
    }

    /** The writer's files are as they will stay. */
    void closed(HourWriter writer) {
        synchronized (lock) {
            open.remove(writer);
            changed(writer.hour());
        }
    }

    /** Says, before the first of its files goes, that an hour is deleted: nothing in it is put right any more. */
    void deleting(long hour) {
        synchronized (lock) {
            leaving.add(hour);
        }
    }

    /** Forgets what was known of an hour whose files were deleted. */
    void deleted(long hour) {
        synchronized (lock) {
            changed(hour);
        }
    }

    private void changed(long hour) {
        cache.forget(directory, hour);
        firstHour = OptionalLong.empty();
        lastHour = OptionalLong.empty();
        firstListedHour = OptionalLong.empty();
    }

    /** Whether an hour is being written. */
    boolean isOpen(long hour) {
        return open.stream().anyMatch(writer -> writer.hour() == hour);
    }

    /** The takes that have something in an hour, by take. */
    List<HourIndex> hour(long hour) throws IOException {
        List<HourIndex> indexes = new ArrayList<>();
        synchronized (lock) {
            for (HourWriter writer : open) {
                if (writer.hour() == hour) {
                    indexes.add(writer.snapshot());
                }
            }
            indexes.addAll(cache.get(directory, hour, () -> readHour(hour, indexes)));
        }
        indexes.sort(Comparator.comparing(HourIndex::take));
        return indexes;
    }

    Optional<HourIndex> find(TakeId take, long number) throws IOException {
        long hour = ArchiveLayout.hourAt(grid.startUtcMicros(number));
        for (HourIndex index : hour(hour)) {
            if (index.take().equals(take) && index.positionOf(number) >= 0) {
                return Optional.of(index);
            }
        }
        return Optional.empty();
    }

    /**
     * Any hour of a take. It has no holes, so it is in the hour that it starts in, or, when that one is gone or
     * unreadable, in the next there is, or in the first that has not expired: never is the whole archive searched.
     */
    Optional<HourIndex> find(TakeId take) throws IOException {
        long start = ArchiveLayout.hourAt(grid.startUtcMicros(grid.numberAt(take.startUtcMillis() * 1_000)));
        Optional<HourIndex> found = find(take, OptionalLong.of(start));
        if (found.isEmpty()) {
            found = find(take, hourAfter(start));
        }
        OptionalLong first = firstListedHour();
        return found.isEmpty() && first.isPresent() && first.getAsLong() > start ? find(take, first) : found;
    }

    private Optional<HourIndex> find(TakeId take, OptionalLong hour) throws IOException {
        return hour.isEmpty()
                ? Optional.empty()
                : hour(hour.getAsLong()).stream()
                        .filter(index -> index.take().equals(take))
                        .findFirst();
    }

    Holdings holdings(UtcRange window) throws IOException {
        List<Segment> segments = new ArrayList<>();
        List<TakeEnd> ends = new ArrayList<>();
        Optional<UtcRange> span = span();
        if (span.isPresent() && span.get().fromMicros() < window.toMicros()) {
            long from = Math.max(window.fromMicros(), span.get().fromMicros());
            long to = Math.min(window.toMicros(), span.get().toMicros());
            // A segment may start up to two cells before the window and still reach into it.
            long first = ArchiveLayout.hourAt(Math.min(from, to) - 2 * grid.periodMicros());
            for (long hour = first; hour <= ArchiveLayout.hourAt(to); hour++) {
                collect(hour(hour), window, segments, ends);
            }
            if (segments.stream().noneMatch(segment -> segment.startUtcMicros() <= window.fromMicros())
                    && ends.stream().noneMatch(end -> end.utcMicros() <= window.fromMicros())) {
                endBefore(first).ifPresent(ends::add);
            }
        }
        segments.sort(Comparator.comparingLong(Segment::number).thenComparing(Segment::take));
        return new Holdings(segments, within(window, ends), isLive(), span);
    }

    /** From the start of the first segment to the end of the last. */
    Optional<UtcRange> span() throws IOException {
        OptionalLong first = firstListedHour();
        OptionalLong last = listedHourAtOrBefore(lastHour());
        if (first.isEmpty() || last.isEmpty()) {
            return Optional.empty();
        }
        long from = Long.MAX_VALUE;
        for (HourIndex index : hour(first.getAsLong())) {
            from = index.isEmpty() ? from : Math.min(from, index.startUtcMicros());
        }
        long to = Long.MIN_VALUE;
        for (HourIndex index : hour(last.getAsLong())) {
            to = index.isEmpty() ? to : Math.max(to, index.endUtcMicros());
        }
        return from < to ? Optional.of(new UtcRange(from, to)) : Optional.empty();
    }

    /** The earliest hour that has a directory, whatever is in it. */
    OptionalLong firstHour() throws IOException {
        synchronized (lock) {
            if (firstHour.isEmpty()) {
                firstHour = ArchiveLayout.hourAtOrAfter(directory, 0);
            }
            return firstHour;
        }
    }

    OptionalLong hourAfter(long hour) throws IOException {
        return ArchiveLayout.hourAtOrAfter(directory, hour + 1);
    }

    /** The highest number there is. */
    OptionalLong lastNumber() throws IOException {
        OptionalLong last = listedHourAtOrBefore(lastHour());
        return last.isEmpty()
                ? last
                : hour(last.getAsLong()).stream()
                        .filter(index -> index.count() > 0)
                        .mapToLong(index -> index.number(index.count() - 1))
                        .max();
    }

    /** How many takes were recorded before, by what the latest of them says. */
    int nextOrdinal() throws IOException {
        OptionalLong hour = lastHour();
        while (hour.isPresent()) {
            List<HourIndex> indexes = hour(hour.getAsLong());
            if (!indexes.isEmpty()) {
                return indexes.stream()
                                .mapToInt(index -> index.header().ordinal())
                                .max()
                                .getAsInt()
                        + 1;
            }
            hour = ArchiveLayout.hourAtOrBefore(directory, hour.getAsLong() - 1);
        }
        return 0;
    }

    /**
     * Puts right what may have been open when the last process ended: the latest hour and, as a take is in two hours
     * for a moment, the one before. What lies between their files and is not the archive's is set aside.
     */
    void recover() throws IOException {
        OptionalLong last = lastHour();
        if (last.isPresent()) {
            OptionalLong before = ArchiveLayout.hourAtOrBefore(directory, last.getAsLong() - 1);
            recover(last.getAsLong());
            if (before.isPresent() && before.getAsLong() == last.getAsLong() - 1) {
                recover(before.getAsLong());
            }
        }
    }

    private void recover(long hour) throws IOException {
        hour(hour);
        for (Path file : ArchiveLayout.children(hourDirectory(hour))) {
            if (!ArchiveLayout.isTakes(file) && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                aside.take(file, "not a file of the archive");
            }
        }
    }

    private OptionalLong lastHour() throws IOException {
        synchronized (lock) {
            if (lastHour.isEmpty()) {
                lastHour = ArchiveLayout.hourAtOrBefore(directory, Long.MAX_VALUE);
            }
            return lastHour;
        }
    }

    /** The earliest hour that lists a segment; before it there may be directories with files that are not ours. */
    private OptionalLong firstListedHour() throws IOException {
        synchronized (lock) {
            OptionalLong hour = firstListedHour.isPresent() ? firstListedHour : firstHour();
            while (hour.isPresent() && !isListed(hour.getAsLong())) {
                hour = hourAfter(hour.getAsLong());
            }
            firstListedHour = hour;
            return hour;
        }
    }

    /** The latest hour, not after a given one, that lists a segment: one just begun does not yet. */
    private OptionalLong listedHourAtOrBefore(OptionalLong latest) throws IOException {
        OptionalLong hour = latest;
        while (hour.isPresent() && !isListed(hour.getAsLong())) {
            hour = ArchiveLayout.hourAtOrBefore(directory, hour.getAsLong() - 1);
        }
        return hour;
    }

    private boolean isListed(long hour) throws IOException {
        return hour(hour).stream().anyMatch(index -> !index.isEmpty());
    }

    private static void collect(List<HourIndex> hour, UtcRange window, List<Segment> segments, List<TakeEnd> ends) {
        for (HourIndex index : hour) {
            for (int i = 0; i < index.count(); i++) {
                if (index.isDamaged(i)) {
                    continue;
                }
                Segment segment = index.segment(i);
                if (window.intersects(segment.startUtcMicros(), segment.endUtcMicros())) {
                    segments.add(segment);
                }
            }
            ends.addAll(index.ends());
        }
    }

    /** The ends in a window and the last one before it, by time. */
    private static List<TakeEnd> within(UtcRange window, List<TakeEnd> ends) {
        ends.sort(Comparator.comparingLong(TakeEnd::utcMicros));
        int first = 0;
        while (first + 1 < ends.size() && ends.get(first + 1).utcMicros() < window.fromMicros()) {
            first++;
        }
        return ends.stream()
                .skip(first)
                .filter(end -> end.utcMicros() <= window.toMicros())
                .toList();
    }

    /** What ended the last take in the hours before one, for the reason of a hole at the window's start. */
    private Optional<TakeEnd> endBefore(long hour) throws IOException {
        OptionalLong before = listedHourAtOrBefore(ArchiveLayout.hourAtOrBefore(directory, hour - 1));
        return before.isEmpty()
                ? Optional.empty()
                : hour(before.getAsLong()).stream()
                        .flatMap(index -> index.ends().stream())
                        .max(Comparator.comparingLong(TakeEnd::utcMicros));
    }

    private List<HourIndex> readHour(long hour, List<HourIndex> beingWritten) throws IOException {
        Path hourDirectory = hourDirectory(hour);
        Set<TakeId> takes = new TreeSet<>();
        for (Path file : ArchiveLayout.children(hourDirectory)) {
            ArchiveLayout.takeOf(file, ArchiveLayout.INDEX).ifPresent(takes::add);
            ArchiveLayout.takeOf(file, ArchiveLayout.MEDIA).ifPresent(takes::add);
        }
        beingWritten.forEach(index -> takes.remove(index.take()));
        List<HourIndex> indexes = new ArrayList<>();
        for (TakeId take : takes) {
            try {
                readTake(hour, hourDirectory, take).ifPresent(indexes::add);
            } catch (CorruptArchiveException e) {
                log.warn("left out of the archive: {}", e.getMessage());
            }
        }
        return List.copyOf(indexes);
    }

    /** What this process wrote is read as it stands; the rest is looked at as after a crash, which changes nothing that is whole. */
    private Optional<HourIndex> readTake(long hour, Path hourDirectory, TakeId take) throws IOException {
        boolean hasIndex = Files.exists(ArchiveLayout.indexFile(hourDirectory, take));
        if (own.contains(take) || leaving.contains(hour)) {
            return hasIndex ? Optional.of(HourIndexReader.read(hourDirectory, take)) : Optional.empty();
        }
        TakeNeighbours neighbours = new TakeNeighbours(directory, hour);
        try {
            return new HourRecovery(hourDirectory, take, grid, aside, neighbours).open();
        } catch (CorruptArchiveException e) {
            throw e;
        } catch (IOException e) {
            log.warn("{}: take {} could not be put right: {}", hourDirectory, take, e.toString());
            return hasIndex ? Optional.of(HourIndexReader.read(hourDirectory, take)) : Optional.empty();
        }
    }
}
