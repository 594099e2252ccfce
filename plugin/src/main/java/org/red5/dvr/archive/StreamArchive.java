package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.Disk;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.RootCheck;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/**
 * One stream's part of an archive: its hours, what they tell, whether it is being recorded, and why it is not. Any thread may call.
 */
public final class StreamArchive {
    private final ArchiveOptions options;
    private final Path directory;
    private final Path root;
    private final SegmentGrid grid;
    private final RootCheck.OfStream rootCheck;
    private final StorageTrouble trouble = new StorageTrouble();
    private final RecordedHours hours;
    private final StreamHistory history;
    private final AtomicInteger recordings = new AtomicInteger();
    private final ArchiveListeners listeners = new ArchiveListeners();

    /**
     * @param rootCheck says whether anything may be created below the directory
     */
    StreamArchive(
            Path directory, SegmentGrid grid, HourCache cache, ArchiveOptions options, RootCheck.OfStream rootCheck) {
        this.options = options;
        this.directory = directory;
        this.root = ArchiveLayout.rootOf(directory);
        this.grid = grid;
        this.rootCheck = rootCheck;
        HourTakes markedDeleted = new HourTakes();
        HoursOnDisk files = new HoursOnDisk(directory, grid, options, rootCheck, markedDeleted);
        this.hours = new RecordedHours(directory, grid, cache, files, markedDeleted);
        this.history = new StreamHistory(hours, grid, trouble, this::isLive);
    }

    /** The hours of the stream. */
    public RecordedHours hours() {
        return hours;
    }

    public StreamHistory history() {
        return history;
    }

    public Path directory() {
        return directory;
    }

    public Path root() {
        return root;
    }

    /** Length of a cell of the grid that the stream is recorded on. */
    public long periodMicros() {
        return grid.periodMicros();
    }

    /**
     * Must be called before anything is created below the stream's directory; makes the root.
     *
     * @param utcMicros from when on a refusal makes a hole
     * @throws IOException when the root is not fit to be written to; remembered as the reason of the hole
     */
    void mayWrite(TakeId take, long utcMicros) throws IOException {
        mayWrite(take, utcMicros, () -> {});
    }

    /** As {@link #mayWrite(TakeId, long)}, with something else that may refuse, asked before the disk is. */
    void mayWrite(TakeId take, long utcMicros, RootCheck.OfStream first) throws IOException {
        trouble.watch(take, utcMicros, () -> {
            first.check();
            rootCheck.check();
            if (!Files.isDirectory(root)) {
                DiskSync.SEGMENT.createDirectories(root);
                rootCheck.check(); // There was nothing to be locked.
            }
        });
    }

    /** Remembers why nothing was recorded since an instant, where no take's end tells it. */
    void notRecorded(TakeId take, long sinceUtcMicros, GapReason reason) {
        trouble.note(take, sinceUtcMicros, reason);
        listeners.changed();
    }

    /** Whether the root is there as it should be. */
    public void checkRoot() throws IOException {
        rootCheck.check();
    }

    Disk disk() {
        return options.disk();
    }

    /** Since when the stream could not be recorded, where no take's end tells it. */
    public List<TakeEnd> troubles() {
        return trouble.ends();
    }

    /** Whether the stream is being recorded, between two takes of one publish too. */
    public boolean isLive() {
        return recordings.get() > 0 || hours.isRecording();
    }

    void recordingBegins() {
        recordings.incrementAndGet();
        listeners.changed();
    }

    void recordingEnds() {
        recordings.decrementAndGet();
        listeners.changed();
    }

    /** Tells who wants to know what is recorded. */
    public ArchiveListeners listeners() {
        return listeners;
    }

    /** From now on readers see what the writer lists. */
    void opened(HourWriter writer) {
        trouble.isOver();
        hours.opened(writer);
    }

    /**
     * As {@link RecordedHours#putIndex}; whoever follows the stream is told.
     *
     * @throws IOException as well when the root is not fit to be written to
     */
    void putIndex(HourIndex index, byte[] init, DiskSync sync) throws IOException {
        rootCheck.check();
        hours.putIndex(index, init, sync);
        listeners.changed();
    }

    /**
     * As {@link RecordedHours#put}; whoever follows the stream is told.
     *
     * @throws IOException as well when the root is not fit to be written to
     */
    void put(TakeId take, long number, byte[] bytes, DiskSync sync) throws IOException {
        rootCheck.check();
        hours.put(take, number, bytes, sync);
        listeners.changed();
    }

    /**
     * Puts right what was open when the last process ended.
     *
     * @throws IOException when the root is not fit to be written to, or cannot be read
     */
    void recover() throws IOException {
        rootCheck.check();
        hours.recover();
    }
}
