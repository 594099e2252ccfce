package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.red5.dvr.timeline.GapReason;
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
 * seen as they grow. Only this process changes the files below. Any thread may call; the lock guards what is known of
 * the hours on disk and is held while an index is read, never while media is written.
 */
final class StreamArchive {
    private static final Logger log = LoggerFactory.getLogger(StreamArchive.class);
    /** Stands before all that is left of an archive whose beginning is gone. */
    private static final TakeEnd EXPIRED = new TakeEnd(TakeId.of(0, "expired"), 0, GapReason.EXPIRED);

    private final Disk disk;
    private final Path directory;
    private final HourCache cache;
    private final SegmentGrid grid;
    private final RootCheck.OfStream rootCheck;
    private final StorageTrouble trouble = new StorageTrouble();
    private final CondemnedTakes condemned = new CondemnedTakes();
    private final CopyOnWriteArrayList<HourWriter> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger recordings = new AtomicInteger();
    private final Object lock = new Object();
    /** The earliest and the latest hour on disk, once they were looked up. Guarded by the lock. */
    private OptionalLong firstHour = OptionalLong.empty();

    /** Hours to look at again for their bytes. Guarded by the lock. */
    private final Set<Long> changed = new HashSet<>();

    private OptionalLong lastHour = OptionalLong.empty();
    /** The earliest hour that lists a segment, once it was looked up. Guarded by the lock. */
    private OptionalLong firstListedHour = OptionalLong.empty();

    /**
     * @param rootCheck says whether anything may be created below the directory
     */
    StreamArchive(Disk disk, Path directory, SegmentGrid grid, HourCache cache, RootCheck.OfStream rootCheck) {
        this.disk = disk;
        this.directory = directory;
        this.grid = grid;
        this.cache = cache;
        this.rootCheck = rootCheck;
    }

    Path directory() {
        return directory;
    }

    Path root() {
        return ArchiveLayout.rootOf(directory);
    }

    long periodMicros() {
        return grid.periodMicros();
    }

    /**
     * Must be called before anything is created below the stream's directory.
     *
     * @param utcMicros from when on a refusal makes a hole
     * @throws IOException when the root is not fit to be written to; remembered as the reason of the hole
     */
    void mayWrite(TakeId take, long utcMicros) throws IOException {
        trouble.watch(take, utcMicros, rootCheck);
    }

    /** Whether the root is there as it should be. */
    void checkRoot() throws IOException {
        rootCheck.check();
    }

    Disk disk() {
        return disk;
    }

    Path hourDirectory(long hour) {
        return ArchiveLayout.hourDirectory(directory, hour);
    }

    /** Whether the stream is being recorded, between two takes of one publish too. */
    boolean isLive() {
        return recordings.get() > 0 || open.stream().anyMatch(HourWriter::isRecording);
    }

    void recordingBegins() {
        recordings.incrementAndGet();
    }

    void recordingEnds() {
        recordings.decrementAndGet();
    }

    /** From now on readers see what the writer lists. */
    void opened(HourWriter writer) {
        synchronized (lock) {
            open.add(writer);
            changed(writer.hour());
        }
    }

    /**
     * The take has left the writer's hour. Its files are as they will stay, unless the end could not be written: then the
     * writer is kept, and readers go on seeing what it says.
     */
    void ended(HourWriter writer) throws IOException {
        if (writer.isEndDue()) {
            return;
        }
        try (writer) {
            synchronized (lock) {
                open.remove(writer);
                changed(writer.hour());
            }
        }
    }

    /**
     * Writes the ends that could not be written when their takes ended. Called by the thread that writes the stream.
     *
     * @throws IOException when one still cannot be
     */
    void writeDueEnds() throws IOException {
        for (HourWriter writer : open) {
            if (writer.isEndDue()) {
                writer.writeDueEnd();
                ended(writer);
            }
        }
    }

    /** The hours whose files may have changed since the last call. */
    Set<Long> takeChanged() {
        synchronized (lock) {
            Set<Long> hours = new TreeSet<>(changed);
            changed.clear();
            open.forEach(writer -> hours.add(writer.hour()));
            return hours;
        }
    }

    /** All hours that have a directory, in order. */
    List<Long> hours() throws IOException {
        return ArchiveLayout.hours(directory);
    }

    /** How many bytes an hour has on disk, without what is condemned. */
    long bytes(long hour) throws IOException {
        return HourFiles.bytes(hourDirectory(hour), take -> !condemned.contains(hour, take));
    }

    /**
     * Hides what an hour holds, to delete it when nobody reads it any more. What is recorded into the hour later is not
     * concerned.
     *
     * @return false, and nothing is done, while the hour is being written or holds what is condemned already
     */
    boolean condemn(long hour) throws IOException {
        synchronized (lock) {
            if (isOpen(hour) || !condemned.of(hour).isEmpty()) {
                return false;
            }
            condemned.add(hour, HourFiles.takes(hourDirectory(hour)));
            changed(hour);
            return true;
        }
    }

    /** Shows again what was hidden. */
    void pardon(long hour) {
        synchronized (lock) {
            condemned.remove(hour);
            changed(hour);
        }
    }

    /** Deletes what was condemned, and the directories that are empty then; gives how many files there were. */
    int deleteCondemned(long hour) throws IOException {
        int files = HourFiles.delete(hourDirectory(hour), condemned.of(hour));
        HourFiles.deleteEmpty(hourDirectory(hour));
        synchronized (lock) {
            condemned.remove(hour);
            changed(hour);
        }
        return files;
    }

    private void changed(long hour) {
        changed.add(hour);
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
                        .filter(index -> index.count() > 0 && index.take().equals(take))
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
        ends.addAll(trouble.ends());
        if (span.isPresent() && window.fromMicros() < span.get().fromMicros() && hasLostItsBeginning()) {
            ends.add(EXPIRED);
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
            from = index.count() == 0 ? from : Math.min(from, index.segment(0).startUtcMicros());
        }
        long to = Long.MIN_VALUE;
        for (HourIndex index : hour(last.getAsLong())) {
            to = index.count() == 0
                    ? to
                    : Math.max(to, index.segment(index.count() - 1).endUtcMicros());
        }
        return from < to ? Optional.of(new UtcRange(from, to)) : Optional.empty();
    }

    /**
     * Whether more was recorded before the first segment there is: its take began earlier, or is not the first of all, unless
     * the clock was set back and an earlier take stands behind it.
     */
    private boolean hasLostItsBeginning() throws IOException {
        OptionalLong first = firstListedHour();
        OptionalLong last = listedHourAtOrBefore(lastHour());
        if (first.isEmpty() || last.isEmpty()) {
            return false;
        }
        Optional<HourIndex> earliest = hour(first.getAsLong()).stream()
                .filter(index -> index.count() > 0)
                .min(Comparator.comparingInt(index -> index.header().ordinal()));
        if (earliest.isEmpty()) {
            return false;
        }
        int ordinal = earliest.get().header().ordinal();
        return ordinal == 0
                ? earliest.get().segment(0).number()
                        > grid.numberAt(earliest.get().take().startUtcMillis() * 1_000)
                : hour(last.getAsLong()).stream()
                        .noneMatch(index -> index.header().ordinal() < ordinal);
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
                        .mapToLong(index -> index.segment(index.count() - 1).number())
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
        return hour(hour).stream().anyMatch(index -> index.count() > 0);
    }

    private static void collect(List<HourIndex> hour, UtcRange window, List<Segment> segments, List<TakeEnd> ends) {
        for (HourIndex index : hour) {
            for (int i = 0; i < index.count(); i++) {
                Segment segment = index.segment(i);
                if (window.intersects(segment.startUtcMicros(), segment.endUtcMicros())) {
                    segments.add(segment);
                }
            }
            index.takeEnd().ifPresent(ends::add);
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
                        .flatMap(index -> index.takeEnd().stream())
                        .max(Comparator.comparingLong(TakeEnd::utcMicros));
    }

    private List<HourIndex> readHour(long hour, List<HourIndex> beingWritten) throws IOException {
        Path hourDirectory = hourDirectory(hour);
        List<HourIndex> indexes = new ArrayList<>();
        for (Path file : ArchiveLayout.children(hourDirectory)) {
            Optional<TakeId> take = ArchiveLayout.takeOf(file, ArchiveLayout.INDEX);
            if (take.isPresent()
                    && !condemned.contains(hour, take.get())
                    && beingWritten.stream().noneMatch(index -> index.take().equals(take.get()))) {
                try {
                    indexes.add(HourIndexReader.read(hourDirectory, take.get()));
                } catch (CorruptArchiveException e) {
                    log.warn("left out of the archive: {}", e.getMessage());
                }
            }
        }
        return List.copyOf(indexes);
    }
}
