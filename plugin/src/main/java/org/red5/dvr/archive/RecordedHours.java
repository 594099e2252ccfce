package org.red5.dvr.archive;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
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
import java.util.stream.Collectors;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.DiskFullException;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.HourFiles;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hours of one stream: on disk, read when asked for and kept for a while, and being written, seen as they grow. Only this
 * process changes the files below. Any thread may call; the lock guards what is known of the hours, and is held while no file or
 * directory is read, written or put right.
 */
public final class RecordedHours {
    private static final Logger log = LoggerFactory.getLogger(RecordedHours.class);

    private final Path directory;
    private final HourCache cache;
    private final SegmentGrid grid;
    private final HourTakes markedDeleted;
    private final HoursOnDisk files;
    private final CopyOnWriteArrayList<HourWriter> open = new CopyOnWriteArrayList<>();
    /** Takes whose files are being made. */
    private final HourTakes creating = new HourTakes();

    private final Object lock = new Object();
    /** Hours to look at again for their bytes. */
    @GuardedBy("lock")
    private final Set<Long> changed = new HashSet<>();

    /** Hours that not all could be read of when they were read last. */
    @GuardedBy("lock")
    private final Set<Long> incomplete = new HashSet<>();

    /** How often the hours' files changed. */
    @GuardedBy("lock")
    private long changes;
    /** Up to which hour others were told that nothing comes any more. */
    @GuardedBy("lock")
    private long closedUpTo = Long.MIN_VALUE;
    /** How often what others were told of such hours became untrue. */
    @GuardedBy("lock")
    private long closedChanges;
    /** The earliest and the latest hour on disk, once they were looked up. */
    @GuardedBy("lock")
    private OptionalLong firstHour = OptionalLong.empty();

    @GuardedBy("lock")
    private OptionalLong lastHour = OptionalLong.empty();
    /** No earlier hour holds anything but what is marked deleted. */
    @GuardedBy("lock")
    private long firstKept;

    /**
     * @param directory of the stream
     * @param files below that directory
     * @param markedDeleted what will be deleted, which is as if it were not there
     */
    RecordedHours(Path directory, SegmentGrid grid, HourCache cache, HoursOnDisk files, HourTakes markedDeleted) {
        this.directory = directory;
        this.grid = grid;
        this.cache = cache;
        this.files = files;
        this.markedDeleted = markedDeleted;
    }

    public Path hourDirectory(long hour) {
        return files.hourDirectory(hour);
    }

    /**
     * Whether something is being written, or will be: takes that have not ended. A take's next hour is open before the one before it is
     * closed: where the first look was before that and met a closed one, a second look sees the next.
     */
    boolean isRecording() {
        for (int look = 0; look < 2; look++) {
            if (open.stream().anyMatch(HourWriter::isRecording)) {
                return true;
            }
        }
        return false;
    }

    /** Says, before it makes the first file, that this process writes a take: from now on the hour is being written. */
    void creating(long hour, TakeId take) {
        synchronized (lock) {
            creating.add(hour, Set.of(take));
        }
        files.creating(hour, take);
    }

    /** The files are there and {@link #opened}, or there are none. */
    void created(long hour, TakeId take) {
        creating.remove(hour, Set.of(take));
    }

    /** From now on readers see what the writer lists. */
    void opened(HourWriter writer) {
        synchronized (lock) {
            open.add(writer);
            firstKept = Math.min(firstKept, writer.hour());
            changed(writer.hour());
            closedChanges += writer.hour() <= closedUpTo ? 1 : 0;
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
     * @throws DiskFullException when one still cannot be as the disk is full; others stay in memory, and stop nothing
     */
    void writeDueEnds() throws DiskFullException {
        for (HourWriter writer : open) {
            try {
                if (writer.isEndDue()) {
                    writer.writeDueEnd();
                    ended(writer);
                }
            } catch (DiskFullException e) {
                throw e;
            } catch (IOException e) {
                log.warn(
                        "{}: why a recording ended could not be written: {}",
                        hourDirectory(writer.hour()),
                        e.toString());
            }
        }
    }

    /**
     * Takes the index of an hour from elsewhere, with the init segment of its take; from then on it is listed, with nothing
     * here. What it lists more than one that is here and may grow is added; nothing happens when it is here.
     *
     * @throws NotToBeFilledException when the take is recorded here, or has another index here
     * @throws IOException when the index or the init segment is not what it should be, or cannot be written
     */
    void putIndex(HourIndex index, byte[] init, DiskSync sync) throws IOException {
        requireNotRecorded(index.hour(), index.take());
        files.putIndex(index, init, sync);
        filled(index.hour());
    }

    /**
     * Puts the bytes of a segment in their place, in whatever order they come.
     *
     * @throws NotToBeFilledException when the take is recorded here, or no index here lists the segment
     * @throws IOException when they are not the bytes that the index lists, or cannot be written
     */
    void put(TakeId take, long number, byte[] bytes, DiskSync sync) throws IOException {
        long hour = Hours.at(grid.startUtcMicros(number));
        requireNotRecorded(hour, take);
        if (files.put(hour, take, number, bytes, sync)) {
            filled(hour);
        }
    }

    private void requireNotRecorded(long hour, TakeId take) throws NotToBeFilledException {
        if (isBeingRecorded(hour, take)) {
            throw new NotToBeFilledException(take + " is being recorded here");
        }
    }

    /** Whether this process writes a take in an hour, or is about to. */
    public boolean isBeingRecorded(long hour, TakeId take) {
        return creating.contains(hour, take)
                || open.stream()
                        .anyMatch(writer -> writer.hour() == hour
                                && writer.snapshot().take().equals(take));
    }

    private void filled(long hour) {
        synchronized (lock) {
            firstKept = Math.min(firstKept, hour);
            changed(hour);
            closedChanges += hour <= closedUpTo ? 1 : 0;
        }
    }

    /** Where holes begin in an hour, that was read, as takes in it are for a later version of this software. */
    public List<TakeEnd> newerEnds(long hour) {
        return files.newerEnds(hour);
    }

    /** The hours whose files may have changed since the last call. */
    public Set<Long> takeChanged() {
        synchronized (lock) {
            Set<Long> hours = new TreeSet<>(changed);
            changed.clear();
            open.forEach(writer -> hours.add(writer.hour()));
            return hours;
        }
    }

    /** All hours that have a directory, in order. */
    public List<Long> all() throws IOException {
        return ArchiveLayout.hours(directory);
    }

    /** How many bytes an hour has on disk, without what is marked deleted. */
    public long bytes(long hour) throws IOException {
        return HourFiles.bytes(hourDirectory(hour), take -> !markedDeleted.contains(hour, take));
    }

    /**
     * Hides what an hour holds, to delete it when nobody reads it any more. What is recorded into the hour later is not
     * concerned.
     *
     * @return false, and nothing is done, while the hour is being written or holds what is marked deleted already
     */
    public boolean markDeleted(long hour) throws IOException {
        Set<TakeId> takes = HourFiles.takes(hourDirectory(hour));
        synchronized (lock) {
            if (isOpen(hour) || !markedDeleted.of(hour).isEmpty()) {
                return false;
            }
            markedDeleted.add(hour, takes);
            changed(hour);
            closedChanges++;
            return true;
        }
    }

    /** As {@link #markDeleted(long)}, of one take that came from elsewhere. */
    public boolean markDeleted(long hour, TakeId take) {
        synchronized (lock) {
            if (markedDeleted.contains(hour, take)) {
                return false;
            }
            markedDeleted.add(hour, Set.of(take));
            changed(hour);
            closedChanges++;
            return true;
        }
    }

    /** Shows again what was hidden. */
    public void unmarkDeleted(long hour) {
        synchronized (lock) {
            markedDeleted.remove(hour);
            firstKept = Math.min(firstKept, hour);
            changed(hour);
            closedChanges++;
        }
    }

    /** Deletes what was marked deleted, and the directories that are empty then; gives how many files there were. */
    public int deleteMarked(long hour) throws IOException {
        return deleteMarked(hour, markedDeleted.of(hour));
    }

    /** As {@link #deleteMarked(long)}, of some of the takes that were marked deleted. */
    public int deleteMarked(long hour, Set<TakeId> takes) throws IOException {
        int deleted = files.delete(hour, takes);
        synchronized (lock) {
            markedDeleted.remove(hour, takes);
            changed(hour);
        }
        return deleted;
    }

    /** Has the disk keep what came of a take in an hour, where it was not told so at once. */
    public void force(long hour, TakeId take) throws IOException {
        files.force(hour, take);
        synchronized (lock) {
            changed(hour);
        }
    }

    /** Whether an hour holds nothing but what will be deleted. */
    private boolean isMarkedDeleted(long hour) throws IOException {
        Set<TakeId> going = markedDeleted.of(hour);
        return !going.isEmpty() && !isOpen(hour) && going.containsAll(HourFiles.takes(hourDirectory(hour)));
    }

    /** To be called with the lock held. */
    @GuardedBy("lock")
    private void changed(long hour) {
        changed.add(hour);
        changes++;
        cache.forget(directory, hour);
        firstHour = OptionalLong.empty();
        lastHour = OptionalLong.empty();
    }

    /** Where the media of an index lies, if it is there. */
    Path mediaFile(HourIndex index) {
        return ArchiveLayout.mediaFile(hourDirectory(index.hour()), index.take());
    }

    /** The same; empty when it was removed since the index was read: then the hour is read anew. */
    Optional<Path> media(HourIndex index) {
        Path file = mediaFile(index);
        if (Files.exists(file)) {
            return Optional.of(file);
        }
        synchronized (lock) {
            changed(index.hour());
            closedChanges++;
        }
        return Optional.empty();
    }

    /** How often the files changed: what was found out is true as long as this stays the same. */
    long changes() {
        synchronized (lock) {
            return changes;
        }
    }

    /** Says that others are told of what is in the hours up to one as of what stays. */
    public void tellClosed(long hour) {
        synchronized (lock) {
            closedUpTo = Math.max(closedUpTo, hour);
        }
    }

    /** How often what was told of closed hours became untrue. */
    long closedChanges() {
        synchronized (lock) {
            return closedChanges;
        }
    }

    /** Whether an hour is being written. */
    public boolean isOpen(long hour) {
        return !creating.of(hour).isEmpty() || open.stream().anyMatch(writer -> writer.hour() == hour);
    }

    /** How many segments an hour's indexes list, as they stand: nothing is put right for that. */
    public long listedSegments(long hour) throws IOException {
        return files.listedSegments(hour);
    }

    /** The takes that have something in an hour, by take. */
    public List<HourIndex> hour(long hour) throws IOException {
        List<HourIndex> indexes = new ArrayList<>();
        Optional<List<HourIndex>> onDisk = Optional.empty();
        while (onDisk.isEmpty()) {
            indexes.clear();
            long seen;
            synchronized (lock) {
                open.stream().filter(writer -> writer.hour() == hour).forEach(writer -> indexes.add(writer.snapshot()));
                onDisk = cache.find(directory, hour);
                seen = changes;
            }
            if (onDisk.isEmpty()) {
                onDisk = read(hour, indexes, seen);
            }
        }
        indexes.addAll(onDisk.get());
        indexes.sort(Comparator.comparing(HourIndex::take));
        return indexes;
    }

    /** What an hour has on disk besides what is being written; empty when its files changed meanwhile. */
    private Optional<List<HourIndex>> read(long hour, List<HourIndex> beingWritten, long seen) throws IOException {
        Set<TakeId> written = beingWritten.stream().map(HourIndex::take).collect(Collectors.toSet());
        HoursOnDisk.Read read = files.read(hour, written);
        synchronized (lock) {
            if (changes != seen) {
                return Optional.empty();
            }
            if (!read.isComplete()) {
                incomplete.add(hour);
                closedChanges++; // What is told of the hour now is not all there is.
            } else if (incomplete.remove(hour)) {
                changed(hour);
            } else if (read.isOurs()) {
                cache.put(directory, hour, read.indexes());
            }
            return Optional.of(read.indexes());
        }
    }

    /**
     * Puts right what was open when the last process ended: in the latest hour and, as a take is in two hours for a moment,
     * the one before. What lies between their files and is not the archive's is set aside.
     */
    void recover() throws IOException {
        forget();
        OptionalLong last = lastHour();
        if (last.isPresent()) {
            recover(last.getAsLong());
            OptionalLong before = hourBefore(last.getAsLong());
            if (before.isPresent() && before.getAsLong() == last.getAsLong() - 1) {
                recover(before.getAsLong());
            }
        }
    }

    /** Another process may have written below the root until now. */
    private void forget() {
        synchronized (lock) {
            changes++;
            closedChanges++;
            firstHour = OptionalLong.empty();
            lastHour = OptionalLong.empty();
        }
    }

    private void recover(long hour) throws IOException {
        if (files.wasLeftOpen(hour)) {
            hour(hour);
        }
        files.setUnknownAside(hour);
    }

    /** The earliest hour that has a directory, whatever is in it, unless all of it is marked deleted. */
    OptionalLong firstHour() throws IOException {
        while (true) {
            long seen;
            long from;
            synchronized (lock) {
                if (firstHour.isPresent()) {
                    return firstHour;
                }
                seen = changes;
                from = firstKept;
            }
            OptionalLong found = ArchiveLayout.hourAtOrAfter(directory, from);
            // However many are marked deleted at once, each is passed over once.
            while (found.isPresent() && isMarkedDeleted(found.getAsLong())) {
                from = found.getAsLong() + 1;
                found = ArchiveLayout.hourAtOrAfter(directory, from);
            }
            synchronized (lock) {
                if (changes == seen) {
                    firstKept = from;
                    firstHour = found;
                    return found;
                }
            }
        }
    }

    public OptionalLong hourAfter(long hour) throws IOException {
        return ArchiveLayout.hourAtOrAfter(directory, hour + 1);
    }

    OptionalLong hourBefore(long hour) throws IOException {
        return ArchiveLayout.hourAtOrBefore(directory, hour - 1);
    }

    /** The latest hour that has a directory, whatever is in it. */
    public OptionalLong lastHour() throws IOException {
        while (true) {
            long seen;
            synchronized (lock) {
                if (lastHour.isPresent()) {
                    return lastHour;
                }
                seen = changes;
            }
            OptionalLong found = ArchiveLayout.hourAtOrBefore(directory, Long.MAX_VALUE);
            synchronized (lock) {
                if (changes == seen) {
                    lastHour = found;
                    return found;
                }
            }
        }
    }
}
