package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of one stream, hour by hour. What an earlier process left is looked through, and put right if need be, when it
 * is read first; what this process writes never is. Any thread may call.
 */
final class HoursOnDisk {
    private static final Logger log = LoggerFactory.getLogger(HoursOnDisk.class);

    /**
     * What an hour's files say.
     *
     * @param isComplete whether all of them could be read
     */
    record Read(List<HourIndex> indexes, boolean isComplete) {}

    private final Path directory;
    private final SegmentGrid grid;
    private final ArchiveOptions options;
    private final RootCheck.OfStream rootCheck;
    private final HourTakes condemned;
    /** What this process wrote or has looked through: it is read as it stands. */
    private final HourTakes known = new HourTakes();
    /** What could not be read, and was reported. */
    private final HourTakes unreadable = new HourTakes();
    /** Held while files are put right or deleted. No other lock is asked for with it. */
    private final Object repairs = new Object();

    /**
     * @param rootCheck says whether anything may be changed below the directory
     * @param condemned what will be deleted, which is as if it were not there
     */
    HoursOnDisk(
            Path directory,
            SegmentGrid grid,
            ArchiveOptions options,
            RootCheck.OfStream rootCheck,
            HourTakes condemned) {
        this.directory = directory;
        this.grid = grid;
        this.options = options;
        this.rootCheck = rootCheck;
        this.condemned = condemned;
    }

    Path hourDirectory(long hour) {
        return ArchiveLayout.hourDirectory(directory, hour);
    }

    /** Says, before it makes the first file, that this process writes a take. */
    void creating(long hour, TakeId take) {
        known.add(hour, Set.of(take));
    }

    /**
     * The takes of an hour.
     *
     * @param except those that need not be read
     */
    Read read(long hour, Set<TakeId> except) throws IOException {
        Set<TakeId> takes = new TreeSet<>(HourFiles.takes(hourDirectory(hour)));
        takes.removeAll(except);
        takes.removeAll(condemned.of(hour));
        List<HourIndex> indexes = new ArrayList<>();
        boolean isComplete = true;
        for (TakeId take : takes) {
            try {
                read(hour, take).ifPresent(indexes::add);
            } catch (IOException e) {
                isComplete &= isForGood(e);
                report(hour, take, e);
            }
        }
        return new Read(List.copyOf(indexes), isComplete);
    }

    /** How many segments an hour's indexes list, as they stand. */
    long listedSegments(long hour) throws IOException {
        long segments = 0;
        for (TakeId take : HourFiles.takes(hourDirectory(hour))) {
            try {
                segments += readAsItStands(hour, take).map(HourIndex::count).orElse(0);
            } catch (CorruptArchiveException | NewerArchiveException e) {
                log.debug("not counted: {}", e.getMessage());
            }
        }
        return segments;
    }

    /** Whether an hour has a take that nobody ended; looks at the ends of indexes only. */
    boolean wasLeftOpen(long hour) throws IOException {
        for (TakeId take : HourFiles.takes(hourDirectory(hour))) {
            if (!known.contains(hour, take) && !files(hour, take).looksClosed()) {
                return true;
            }
        }
        return false;
    }

    /** Sets aside what lies in an hour and is not the archive's; what cannot be set aside is reported. */
    void setUnknownAside(long hour) throws IOException {
        for (Path file : ArchiveLayout.children(hourDirectory(hour))) {
            boolean isUnknown = ArchiveLayout.takeOf(file).isEmpty() && !ArchiveLayout.isAside(file);
            if (isUnknown && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                try {
                    Aside.move(file, "not a file of the archive");
                } catch (IOException e) {
                    log.warn("{}: not a file of the archive, and it cannot be set aside: {}", file, e.toString());
                }
            }
        }
    }

    /** Deletes the files of takes, and the directories that are empty then; gives how many files there were. */
    int delete(long hour, Set<TakeId> takes) throws IOException {
        synchronized (repairs) {
            int files = HourFiles.delete(hourDirectory(hour), takes);
            HourFiles.deleteEmpty(hourDirectory(hour));
            known.remove(hour, takes);
            unreadable.remove(hour, takes);
            return files;
        }
    }

    private Optional<HourIndex> read(long hour, TakeId take) throws IOException {
        if (known.contains(hour, take) || !mayChange()) {
            return readAsItStands(hour, take);
        }
        synchronized (repairs) {
            return known.contains(hour, take) ? readAsItStands(hour, take) : lookThrough(hour, take);
        }
    }

    private boolean mayChange() {
        try {
            rootCheck.check();
            return true;
        } catch (IOException e) {
            log.debug("{} is read as it stands: {}", directory, e.getMessage());
            return false;
        }
    }

    private Optional<HourIndex> lookThrough(long hour, TakeId take) throws IOException {
        Optional<HourRecovery.Opened> opened =
                HourRecovery.open(files(hour, take), grid, new TakeNeighbours(directory, hour), options.meter());
        if (opened.isPresent() && opened.get().isSettled()) {
            known.add(hour, Set.of(take));
        }
        return opened.map(HourRecovery.Opened::index);
    }

    private TakeFiles files(long hour, TakeId take) {
        return new TakeFiles(options.disk(), hourDirectory(hour), hour, take);
    }

    private Optional<HourIndex> readAsItStands(long hour, TakeId take) throws IOException {
        Path index = ArchiveLayout.indexFile(hourDirectory(hour), take);
        return Files.exists(index) ? Optional.of(HourIndexReader.read(hourDirectory(hour), take)) : Optional.empty();
    }

    /** Whether a second try would find the same. */
    private static boolean isForGood(IOException failure) {
        return failure instanceof CorruptArchiveException || failure instanceof NewerArchiveException;
    }

    /** Once for each take in an hour. */
    private void report(long hour, TakeId take, IOException failure) {
        if (!unreadable.contains(hour, take)) {
            unreadable.add(hour, Set.of(take));
            log.warn("{} in {} is left out of the archive: {}", take, hourDirectory(hour), failure.toString());
        }
    }
}
