package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.Aside;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.HourFiles;
import org.red5.dvr.archive.files.HourIndexReader;
import org.red5.dvr.archive.files.RootCheck;
import org.red5.dvr.archive.files.TakeFiles;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.archive.recovery.HourRecovery;
import org.red5.dvr.archive.recovery.OpenedHour;
import org.red5.dvr.archive.recovery.TakeNeighbours;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
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
     * @param isComplete whether all of them could be read, and none is to be looked at again
     * @param isOurs whether nobody else can change them meanwhile
     */
    record Read(List<HourIndex> indexes, boolean isComplete, boolean isOurs) {}

    /** A take in an hour whose media is not all there, and how much of it was. */
    private record Waiting(long hour, TakeId take, OptionalLong mediaBytes, OpenedHour opened) {}

    private final Path directory;
    private final SegmentGrid grid;
    private final ArchiveOptions options;
    private final RootCheck.OfStream rootCheck;
    private final HourTakes markedDeleted;
    /** What this process wrote or has looked through: it is read as it stands. */
    private final HourTakes known = new HourTakes();
    /** What could not be read, or not all of it, and was reported. */
    private final HourTakes unreadable = new HourTakes();
    /** What a later version of this software wrote. */
    private final HourTakes newer = new HourTakes();
    /** What was looked at last and is to be looked at again: when there is more of it, not at each question. */
    private volatile Optional<Waiting> waiting = Optional.empty();
    /** Held while files are put right, filled or deleted. With it only {@code newer} is asked for. */
    private final Object repairs = new Object();

    /**
     * @param rootCheck says whether anything may be changed below the directory
     * @param markedDeleted what will be deleted, which is as if it were not there
     */
    HoursOnDisk(
            Path directory,
            SegmentGrid grid,
            ArchiveOptions options,
            RootCheck.OfStream rootCheck,
            HourTakes markedDeleted) {
        this.directory = directory;
        this.grid = grid;
        this.options = options;
        this.rootCheck = rootCheck;
        this.markedDeleted = markedDeleted;
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
        takes.removeAll(markedDeleted.of(hour));
        List<HourIndex> indexes = new ArrayList<>();
        boolean isOurs = takes.stream().allMatch(take -> known.contains(hour, take)) || mayChange();
        boolean isComplete = true;
        Set<TakeId> tooNew = new HashSet<>();
        for (TakeId take : takes) {
            try {
                Optional<OpenedHour> opened = isOurs ? read(hour, take) : asItStands(hour, take);
                opened.map(OpenedHour::index).ifPresent(indexes::add);
                isComplete &= opened.flatMap(OpenedHour::missing).isEmpty();
            } catch (NewerArchiveException e) {
                tooNew.add(take);
                report(hour, take, "left alone: " + e.getMessage());
            } catch (IOException e) {
                isComplete &= e instanceof CorruptArchiveException; // Others may be over at a second try.
                report(hour, take, "left out of the archive: " + e);
            }
        }
        newer(hour, tooNew);
        return new Read(List.copyOf(indexes), isComplete, isOurs);
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
            Set<TakeId> left = new HashSet<>(newer.of(hour));
            left.removeAll(takes);
            newer(hour, left);
            return files;
        }
    }

    /** Where holes begin in an hour, that was read, as takes in it are for a later version of this software. */
    List<TakeEnd> newerEnds(long hour) {
        long beganMicros = Hours.beginMicros(hour);
        return newer.of(hour).stream()
                .map(take -> new TakeEnd(
                        take, Math.max(beganMicros, take.startUtcMillis() * 1_000), GapReason.NEWER_ARCHIVE))
                .toList();
    }

    /** Somebody is told while there is anything that is not for this software. */
    private void newer(long hour, Set<TakeId> takes) {
        synchronized (newer) {
            boolean wasThere = !newer.isEmpty();
            newer.remove(hour);
            if (!takes.isEmpty()) {
                newer.add(hour, takes);
            }
            String sentence = directory + " has recordings of a newer version of this software, which are left alone";
            if (!wasThere && !newer.isEmpty()) {
                options.meter().troubleBegins(sentence);
            } else if (wasThere && newer.isEmpty()) {
                options.meter().troubleEnds(sentence);
            }
        }
    }

    /**
     * Takes the index of an hour from elsewhere, with the init segment of its take; what it lists more than one that is here and may grow is
     * added. Nothing happens when it is here.
     *
     * @param index with whatever its server has of it
     * @throws CorruptArchiveException when they are not what they should be
     * @throws NotToBeFilledException when another index of that take is here
     */
    void putIndex(HourIndex index, byte[] init, DiskSync sync) throws IOException {
        long hour = index.hour();
        TakeId take = index.take();
        TakeFiles files = files(hour, take);
        HourIndex listed = index.toFill();
        synchronized (repairs) {
            requireKept(hour, take);
            Optional<HourIndex> before = usable(hour, take);
            if (before.isPresent() && !isOfOneHour(before.get(), listed)) {
                throw new NotToBeFilledException(take + " in hour " + hour + " is here with another index");
            }
            if (before.isPresent() && files.hasInit(listed.header())) {
                if (before.get().isRecording() && !listed.isBeginningOf(before.get())) {
                    new HourFilling(files, sync).extend(before.get(), listed);
                }
            } else {
                if (before.isPresent()) {
                    files.setMediaAside("its init segment is not there, and the hour comes again");
                }
                waiting = Optional.empty();
                new HourFilling(files, sync).begin(listed, init);
                known.add(hour, Set.of(take));
                unreadable.remove(hour, Set.of(take));
            }
        }
    }

    /** Whether two indexes are of one hour of a take, of which one may have been read later than the other. */
    private static boolean isOfOneHour(HourIndex before, HourIndex other) {
        return before.isRecording() && before.isBeginningOf(other) || other.isBeginningOf(before);
    }

    /** Has the disk keep what came of a take in an hour. */
    void force(long hour, TakeId take) throws IOException {
        synchronized (repairs) {
            Optional<HourIndex> index = read(hour, take).map(OpenedHour::index);
            if (index.isPresent()) {
                new HourFilling(files(hour, take), DiskSync.SEGMENT).force(index.get());
            }
        }
    }

    /** What is here of a take in an hour; empty too where it has to come again. */
    private Optional<HourIndex> usable(long hour, TakeId take) throws IOException {
        try {
            return read(hour, take).map(OpenedHour::index);
        } catch (CorruptArchiveException e) {
            log.info("{} in hour {} comes again: {}", take, hour, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Puts the bytes of a segment in their place; gives whether they were not there.
     *
     * @throws CorruptArchiveException when they are not those that the index lists
     * @throws NotToBeFilledException when no index here lists them
     */
    boolean put(long hour, TakeId take, long number, byte[] bytes, DiskSync sync) throws IOException {
        synchronized (repairs) {
            requireKept(hour, take);
            // Where media is missing the index on the disk is this one all the same.
            Optional<OpenedHour> opened = read(hour, take)
                    .filter(known -> known.isSettled() || known.missing().isPresent());
            int position =
                    opened.map(known -> known.index().listedPositionOf(number)).orElse(-1);
            if (position < 0) {
                throw new NotToBeFilledException(take + " lists no segment " + number + " here");
            }
            HourIndex index = opened.orElseThrow().index();
            if (index.isHere(position)) {
                return false;
            }
            if (!files(hour, take).hasInit(index.header())) {
                throw new NotToBeFilledException(
                        files(hour, take).media() + " has no init segment: it comes with the index");
            }
            waiting = Optional.empty(); // What was looked at before is not what is there then.
            new HourFilling(files(hour, take), sync).put(index, position, bytes);
            return true;
        }
    }

    private void requireKept(long hour, TakeId take) throws NotToBeFilledException {
        if (markedDeleted.contains(hour, take)) {
            throw new NotToBeFilledException(take + " in hour " + hour + " is about to be deleted");
        }
    }

    private Optional<OpenedHour> read(long hour, TakeId take) throws IOException {
        if (known.contains(hour, take)) {
            return asItStands(hour, take);
        }
        synchronized (repairs) {
            return known.contains(hour, take) ? asItStands(hour, take) : lookThrough(hour, take);
        }
    }

    private Optional<OpenedHour> asItStands(long hour, TakeId take) throws IOException {
        return readAsItStands(hour, take).map(index -> new OpenedHour(index, true, Optional.empty()));
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

    private Optional<OpenedHour> lookThrough(long hour, TakeId take) throws IOException {
        OptionalLong mediaBytes = files(hour, take).mediaBytes();
        Optional<OpenedHour> before = waiting.filter(last -> last.hour() == hour
                        && last.take().equals(take)
                        && last.mediaBytes().equals(mediaBytes))
                .map(Waiting::opened);
        if (before.isPresent()) {
            return before;
        }
        Optional<OpenedHour> opened =
                HourRecovery.open(files(hour, take), grid, new TakeNeighbours(directory, hour), options.meter());
        if (opened.isPresent() && opened.get().isSettled()) {
            known.add(hour, Set.of(take));
        }
        Optional<String> missing = opened.flatMap(OpenedHour::missing);
        if (missing.isPresent()) {
            report(hour, take, missing.get());
            waiting = Optional.of(new Waiting(hour, take, mediaBytes, opened.get()));
        }
        return opened;
    }

    private TakeFiles files(long hour, TakeId take) {
        return new TakeFiles(options.disk(), hourDirectory(hour), hour, take);
    }

    private Optional<HourIndex> readAsItStands(long hour, TakeId take) throws IOException {
        Path index = ArchiveLayout.indexFile(hourDirectory(hour), take);
        return Files.exists(index)
                ? Optional.of(HourIndexReader.read(hourDirectory(hour), hour, take))
                : Optional.empty();
    }

    /** Once for each take in an hour. */
    private void report(long hour, TakeId take, String finding) {
        if (!unreadable.contains(hour, take)) {
            unreadable.add(hour, Set.of(take));
            log.warn("{}: {}", ArchiveLayout.mediaFile(hourDirectory(hour), take), finding);
        }
    }
}
