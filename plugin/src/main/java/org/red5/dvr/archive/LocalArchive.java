package org.red5.dvr.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.UnstorableNameException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The archive of this server, on one or several roots. Any thread may call. */
public final class LocalArchive implements SegmentSource, Closeable {
    private static final Logger log = LoggerFactory.getLogger(LocalArchive.class);
    private static final int CACHED_HOURS = 1_000;

    private final SegmentGrid grid;
    private final ArchiveOptions options;
    private final HourCache cache = new HourCache(CACHED_HOURS);
    private final ArchiveRoots roots;
    private final StreamArchives archives;
    private final StreamListings listings;
    private final TakeReader takes;
    private final RootRecovery recovery;

    /** An archive whose roots are made where they are missing. */
    public LocalArchive(Function<StreamKey, Optional<Path>> rootOf, List<Path> roots, SegmentGrid grid) {
        this(rootOf, roots, grid, ArchiveOptions.DEFAULT);
    }

    /**
     * @param rootOf where a stream is recorded, empty for one that is not
     * @param roots every directory that may hold recordings
     * @param grid on which segments are numbered
     */
    public LocalArchive(
            Function<StreamKey, Optional<Path>> rootOf, List<Path> roots, SegmentGrid grid, ArchiveOptions options) {
        this.grid = grid;
        this.options = options;
        this.roots = new ArchiveRoots(roots, options.meter(), this::recover);
        this.archives = new StreamArchives(rootOf, this.roots, grid, options, cache);
        this.listings = new StreamListings(this.roots, archives);
        this.takes = new TakeReader(this.roots, archives, options.known());
        this.recovery = new RootRecovery(this.roots, archives, options.meter());
    }

    /**
     * Takes other directories for all that may hold recordings. What lies elsewhere is not offered any more; takes that are
     * being recorded there go on.
     */
    public void useRoots(List<Path> now) {
        roots.use(now);
        archives.retainRoots();
        listings.retainRoots();
    }

    /** Keeps those who read from being held up by a root that does not answer. */
    public DiskReaders readers() {
        return roots.readers();
    }

    /**
     * Begins to record a take where the stream is recorded by now.
     *
     * @param buffer direct, borrowed by the writer during each of its calls
     * @throws IOException when the stream has no place on disk, or the place is not fit to be written to
     */
    public TakeWriter begin(StreamKey stream, TakeId take, InitSegment init, ByteBuffer buffer) throws IOException {
        return begin(archives.requireRoot(stream), stream, take, init, buffer);
    }

    /** As {@link #begin(StreamKey, TakeId, InitSegment, ByteBuffer)}, below a root that the stream may have had before. */
    public TakeWriter begin(Path root, StreamKey stream, TakeId take, InitSegment init, ByteBuffer buffer)
            throws IOException {
        StreamArchive archive = archives.opened(root, stream);
        archive.mayWrite(take, take.startUtcMillis() * 1_000, () -> roots.requireReleased(root));
        archive.hours().writeDueEnds();
        int ordinal = archive.history().nextOrdinal();
        DiskSync sync = options.syncOf().apply(stream);
        return new TakeWriter(archive, take, grid, ordinal, init.toBytes(), buffer, sync);
    }

    /**
     * Takes the index of an hour that another server has, with the init segment of its take, to be filled by
     * {@link #put}. The hour is listed from then on, and nothing of it is here. What it lists more than one that is here and may grow is
     * added; nothing happens when it is here.
     *
     * @param index all of it, with whatever that server has of it
     * @throws NotToBeFilledException when the take is recorded here, or has another index here
     * @throws IOException when the stream has no place on disk, the place is not fit to be written to, or index or init segment are
     *     not what they should be
     */
    public void putIndex(StreamKey stream, HourIndex index, byte[] init) throws IOException {
        Path root = archives.requireRoot(stream);
        roots.requireReleased(root);
        archives.opened(root, stream).putIndex(index, init, options.syncOf().apply(stream));
    }

    /**
     * Puts the bytes of a segment in their place, from wherever they come and in any order; readers see it when this returns. So a copy
     * is filled, and what is damaged is healed. Nothing happens when they are here.
     *
     * @throws NotToBeFilledException when the take is recorded here, or no index here lists the segment
     * @throws IOException when they are not the bytes that the index lists, which changes nothing, or cannot be written
     */
    public void put(StreamKey stream, TakeId take, long number, byte[] bytes) throws IOException {
        StreamArchive archive = archive(stream)
                .orElseThrow(() -> new NotToBeFilledException(stream + " has nothing here that could be filled"));
        archive.put(take, number, bytes, options.syncOf().apply(stream));
    }

    /**
     * Remembers why a stream is not recorded though it is published, where no take's end tells it.
     *
     * @param take the one that was not made
     * @param sinceUtcMicros when the hole began, microseconds since the Unix epoch
     */
    public void notRecorded(Path root, StreamKey stream, TakeId take, long sinceUtcMicros, GapReason reason) {
        try {
            archives.opened(root, stream).notRecorded(take, sinceUtcMicros, reason);
        } catch (UnstorableNameException e) {
            log.debug("{}: nobody can ask for what was not recorded: {}", stream, e.getMessage());
        }
    }

    /**
     * Says that a stream is being recorded below a root, until what is returned is run: between two takes no file is open,
     * and the stream goes on all the same.
     */
    public Runnable recordingBegins(Path root, StreamKey stream) throws IOException {
        StreamArchive archive = archives.below(root, stream);
        archive.recordingBegins();
        return archive::recordingEnds;
    }

    /**
     * The highest number recorded of a stream below a root; empty when there is none, and while the root is being put right.
     * No other root is asked.
     */
    public OptionalLong lastNumber(Path root, StreamKey stream) throws IOException {
        return roots.isHeld(root)
                ? OptionalLong.empty()
                : archives.below(root, stream).history().lastNumber();
    }

    /**
     * Whether one of a stream's latest takes below a root has another configuration of video, or none: of eight at most, from as
     * many hours.
     */
    public boolean hasOtherVideo(Path root, StreamKey stream, VideoConfig config) throws IOException {
        if (!roots.isHeld(root)) {
            StreamArchive archive = archives.below(root, stream);
            for (HourIndex index : archive.history().latestTakes()) {
                if (!takes.init(stream, archive, index).video().equals(Optional.of(config))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The highest number recorded of a stream; empty when there is none. */
    public OptionalLong lastNumber(StreamKey stream) throws IOException {
        Optional<StreamArchive> archive = archive(stream);
        return archive.isPresent() ? archive.get().history().lastNumber() : OptionalLong.empty();
    }

    /** From the first recorded segment of a stream to the end of its last; empty when there is none. */
    public Optional<UtcRange> span(StreamKey stream) throws IOException {
        Optional<StreamArchive> archive = archive(stream);
        return archive.isPresent() ? archive.get().history().span() : Optional.empty();
    }

    /** As far as directories can be read, and as they were when a disk that hangs answered last. */
    @Override
    public List<StreamKey> streams() {
        return listings.streams();
    }

    /** As {@link #streams}; spans as they were then, too. */
    @Override
    public List<StreamListing> listings() {
        return listings.listings();
    }

    /** The streams that have a directory below a root, as far as it can be read. */
    public Set<StreamKey> streams(Path root) {
        return archives.search().streams(root);
    }

    @Override
    public Optional<Holdings> find(StreamKey stream, UtcRange window) throws IOException {
        Optional<StreamArchive> archive = archive(stream);
        return archive.isPresent()
                ? Optional.of(read(archive.get(), () -> archive.get().history().holdings(window)))
                : Optional.empty();
    }

    @Override
    public Optional<Take> take(StreamKey stream, TakeId take) throws IOException {
        return takes.take(stream, take);
    }

    @Override
    public Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) throws IOException {
        return takes.initSegment(stream, take, part);
    }

    @Override
    public Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException {
        return takes.segment(stream, take, number, part);
    }

    /** What can still be written to where a stream is recorded. */
    public long usableBytes(StreamKey stream) throws IOException {
        return options.disk().usableBytes(archives.requireRoot(stream));
    }

    /** Whether an archive can hold a stream of that name: others were never recorded, here or anywhere. */
    public static boolean isStorable(StreamKey stream) {
        return ArchiveLayout.isStorable(stream);
    }

    /** To be called when nothing is recorded any more. */
    @Override
    public void close() {
        archives.writeDueEnds();
        cache.close();
        takes.close();
        roots.close();
        listings.close();
    }

    /** Grows whenever what was told of closed hours is not true any more, of all streams that were asked for. */
    public long closedChanges() {
        return roots.releases() + archives.closedChanges();
    }

    /** Puts a root right and gives it free for use. */
    void recover(Path root) {
        recovery.run(root);
    }

    /** Keeps everybody from using a root until it has been put right. */
    void hold(Path root) {
        roots.hold(root);
    }

    /** Whether a root is still to be put right. */
    public boolean isHeld(Path root) {
        return roots.isHeld(root);
    }

    /** Told what is found and what is wrong. */
    public ArchiveMeter meter() {
        return options.meter();
    }

    /** Every directory that may hold recordings. */
    public List<Path> roots() {
        return roots.all();
    }

    /** A stream's archive, if there is or was one: names that nobody recorded leave no trace. */
    public Optional<StreamArchive> archive(StreamKey stream) throws IOException {
        return archives.find(stream);
    }

    /**
     * What is offered of a stream that was found below a root, if it is what lies there; no other root is asked. Where the
     * stream is recorded to another one now, that must have been searched in vain.
     */
    public Optional<StreamArchive> offered(Path root, StreamKey stream) throws IOException {
        return archives.offered(root, stream);
    }

    /** Reads what a root holds of a stream, unless the root does not answer. */
    public <T> T read(StreamArchive archive, DiskReaders.Reading<T> reading) throws IOException {
        return roots.readers().read(archive.root(), reading);
    }

    /** Where a segment can be had; empty when it cannot. */
    public Optional<TakeReader.Found> segment(StreamKey stream, TakeId take, long number) throws IOException {
        return takes.find(stream, take, number);
    }
}
