package org.red5.dvr.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.RootLocks;
import org.red5.dvr.archive.files.UnstorableNameException;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.media.CorruptMediaException;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.MediaBytes;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.SegmentSource;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The archive of this server, on one or several roots. Any thread may call. */
public final class LocalArchive implements SegmentSource, Closeable {
    private static final Logger log = LoggerFactory.getLogger(LocalArchive.class);
    private static final int CACHED_HOURS = 1_000;
    private static final int CACHED_INITS = 1_000;
    /** How long a list of streams waits for a disk. */
    private static final Duration LISTING_PATIENCE = Duration.ofMillis(700);

    private final Function<StreamKey, Optional<Path>> rootOf;
    private volatile List<Path> roots;
    private final SegmentGrid grid;
    private final ArchiveOptions options;
    private final HourCache cache = new HourCache(CACHED_HOURS);
    private final InitCache inits = new InitCache(CACHED_INITS);
    private final StreamSearch search;
    /** Roots that are being put right: nobody may use them yet. */
    private final Set<Path> held = ConcurrentHashMap.newKeySet();
    /** How often a root was held and is not any more. */
    private final AtomicLong released = new AtomicLong();

    private final DiskReaders readers;
    private final ExecutorService looks = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "dvr-look");
        thread.setDaemon(true);
        return thread;
    });
    /** The streams below each root, by name alone and with their spans, which take longer to look up. */
    private final Map<Path, LastSeen<Set<StreamKey>>> names = new ConcurrentHashMap<>();

    private final Map<Path, LastSeen<List<StreamListing>>> listings = new ConcurrentHashMap<>();

    private final RootLocks locks;
    /** Each directory's archive; kept, as there must not be two for one directory. */
    private final Map<Path, StreamArchive> directories = new ConcurrentHashMap<>();
    /** What is offered of each stream that was asked for or recorded. */
    private final Map<StreamKey, StreamArchive> archives = new ConcurrentHashMap<>();

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
        this.rootOf = rootOf;
        this.roots = List.copyOf(roots);
        this.grid = grid;
        this.options = options;
        this.search = new StreamSearch(options.meter());
        this.readers = new DiskReaders(() -> this.roots, options.meter(), System::nanoTime);
        this.locks = new RootLocks(options.meter(), root -> new Recovery(this).run(root));
    }

    /**
     * Takes other directories for all that may hold recordings. What lies elsewhere is not offered any more; takes that are
     * being recorded there go on.
     */
    public void useRoots(List<Path> now) {
        roots = List.copyOf(now);
        archives.values().removeIf(archive -> !roots.contains(archive.root()));
        locks.retain(roots);
        names.keySet().retainAll(roots);
        listings.keySet().retainAll(roots);
    }

    /** Keeps those who read from being held up by a root that does not answer. */
    public DiskReaders readers() {
        return readers;
    }

    /**
     * Begins to record a take where the stream is recorded by now.
     *
     * @param buffer direct, borrowed by the writer during each of its calls
     * @throws IOException when the stream has no place on disk, or the place is not fit to be written to
     */
    public TakeWriter begin(StreamKey stream, TakeId take, InitSegment init, ByteBuffer buffer) throws IOException {
        return begin(requireRoot(stream), stream, take, init, buffer);
    }

    /** As {@link #begin(StreamKey, TakeId, InitSegment, ByteBuffer)}, below a root that the stream may have had before. */
    public TakeWriter begin(Path root, StreamKey stream, TakeId take, InitSegment init, ByteBuffer buffer)
            throws IOException {
        StreamArchive archive = opened(stream, ArchiveLayout.streamDirectory(root, stream));
        archive.mayWrite(take, take.startUtcMillis() * 1_000, () -> requireReleased(root));
        archive.writeDueEnds();
        int ordinal = archive.history().nextOrdinal();
        DiskSync sync = options.syncOf().apply(stream);
        return new TakeWriter(archive, take, grid, ordinal, init.toBytes(), buffer, sync);
    }

    /**
     * Remembers why a stream is not recorded though it is published, where no take's end tells it.
     *
     * @param take the one that was not made
     * @param sinceUtcMicros when the hole began, microseconds since the Unix epoch
     */
    public void notRecorded(Path root, StreamKey stream, TakeId take, long sinceUtcMicros, GapReason reason) {
        try {
            opened(stream, ArchiveLayout.streamDirectory(root, stream)).notRecorded(take, sinceUtcMicros, reason);
        } catch (UnstorableNameException e) {
            log.debug("{}: nobody can ask for what was not recorded: {}", stream, e.getMessage());
        }
    }

    /**
     * Says that a stream is being recorded below a root, until what is returned is run: between two takes no file is open,
     * and the stream goes on all the same.
     */
    public Runnable recordingBegins(Path root, StreamKey stream) throws IOException {
        StreamArchive archive = below(root, stream);
        archive.recordingBegins();
        return archive::recordingEnds;
    }

    /**
     * The highest number recorded of a stream below a root; empty when there is none, and while the root is being put right.
     * No other root is asked.
     */
    public OptionalLong lastNumber(Path root, StreamKey stream) throws IOException {
        return held.contains(root)
                ? OptionalLong.empty()
                : below(root, stream).history().lastNumber();
    }

    /**
     * Whether one of a stream's latest takes below a root has another configuration of video, or none: of eight at most, from as
     * many hours.
     */
    public boolean hasOtherVideo(Path root, StreamKey stream, VideoConfig config) throws IOException {
        if (!held.contains(root)) {
            for (HourIndex index : below(root, stream).history().latestTakes()) {
                if (!init(stream, index).video().equals(Optional.of(config))) {
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
        TreeSet<StreamKey> streams = new TreeSet<>();
        lastSeen(names, search::streams, Set.of()).forEach(streams::addAll);
        return List.copyOf(streams);
    }

    /** As {@link #streams}; spans as they were then, too. */
    @Override
    public List<StreamListing> listings() {
        Map<StreamKey, StreamListing> all = new TreeMap<>();
        for (List<StreamListing> below : lastSeen(listings, this::look, List.of())) {
            for (StreamListing listing : below) {
                StreamListing now = new StreamListing(listing.stream(), isLive(listing.stream()), listing.span());
                all.merge(now.stream(), now, (one, other) -> one.span().isPresent() ? one : other);
            }
        }
        return List.copyOf(all.values());
    }

    /** What was seen of each root that may be used. */
    private <T> List<T> lastSeen(Map<Path, LastSeen<T>> seen, Function<Path, T> look, T before) {
        return roots.stream()
                .filter(root -> !held.contains(root))
                .map(root -> seen.computeIfAbsent(
                        root,
                        key -> new LastSeen<>(
                                () -> look.apply(key), before, looks, LISTING_PATIENCE, System::nanoTime)))
                .map(LastSeen::get)
                .toList();
    }

    private List<StreamListing> look(Path root) {
        List<StreamListing> found = new ArrayList<>();
        for (StreamKey stream : search.streams(root)) {
            found.add(new StreamListing(stream, false, spanBelow(root, stream)));
        }
        return found;
    }

    private Optional<UtcRange> spanBelow(Path root, StreamKey stream) {
        try {
            Optional<StreamArchive> archive = offered(root, stream);
            return archive.isPresent() ? archive.get().history().span() : Optional.empty();
        } catch (IOException e) {
            log.debug("{}: when it was recorded cannot be told: {}", stream, e.toString());
            return Optional.empty();
        }
    }

    private boolean isLive(StreamKey stream) {
        StreamArchive known = archives.get(stream);
        return known != null && known.isLive();
    }

    /** The streams that have a directory below a root, as far as it can be read. */
    public Set<StreamKey> streams(Path root) {
        return search.streams(root);
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
        Optional<HourIndex> index = anyHour(stream, take);
        if (index.isEmpty()) {
            return Optional.empty();
        }
        InitSegment init = readers.read(index.get().mediaFile(), () -> init(stream, index.get()));
        return Optional.of(InitSegments.take(take, index.get().header().ordinal(), init));
    }

    @Override
    public Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) throws IOException {
        Optional<HourIndex> index = anyHour(stream, take);
        if (index.isEmpty()) {
            return Optional.empty();
        }
        if (part == Part.MUXED) {
            return Optional.of(new MediaBytes.FileRegion(
                    index.get().mediaFile(), 0, index.get().header().initBytes()));
        }
        InitSegment init = readers.read(index.get().mediaFile(), () -> init(stream, index.get()));
        return InitSegments.only(init, part).map(one -> new MediaBytes.InMemory(one.toBytes()));
    }

    @Override
    public Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException {
        Optional<StreamArchive> archive = archive(stream);
        Optional<HourIndex> index = archive.isPresent()
                ? read(
                        archive.get(),
                        () -> archive.get().present(archive.get().history().find(take, number)))
                : Optional.empty();
        if (index.isEmpty()) {
            return Optional.empty();
        }
        int position = index.get().positionOf(number);
        Segment segment = index.get().segment(position);
        long offset = index.get().offsetBytes(position);
        MediaBytes bytes = switch (part) {
            case MUXED -> new MediaBytes.FileRegion(index.get().mediaFile(), offset, segment.bytes());
            case VIDEO -> new MediaBytes.FileRegion(index.get().mediaFile(), offset, segment.videoBytes());
            case AUDIO ->
                new MediaBytes.FileRegion(index.get().mediaFile(), offset + segment.videoBytes(), segment.audioBytes());
        };
        return bytes.lengthBytes() == 0 ? Optional.empty() : Optional.of(bytes);
    }

    /** What can still be written to where a stream is recorded. */
    public long usableBytes(StreamKey stream) throws IOException {
        return options.disk().usableBytes(requireRoot(stream));
    }

    /** To be called when nothing is recorded any more. */
    @Override
    public void close() {
        directories.forEach(LocalArchive::writeDueEnds);
        cache.close();
        inits.close();
        locks.close();
        looks.shutdownNow();
    }

    /** How often what was told of closed hours became untrue, of all streams that were asked for. */
    long closedChanges() {
        return released.get()
                + archives.values().stream()
                        .mapToLong(StreamArchive::closedChanges)
                        .sum();
    }

    /** Keeps everybody from using a root until it has been put right. */
    void hold(Path root) {
        held.add(root);
    }

    /** Gives a root free for use. */
    void release(Path root) {
        if (held.remove(root)) {
            released.incrementAndGet();
        }
    }

    public boolean isHeld(Path root) {
        return held.contains(root);
    }

    private void requireReleased(Path root) throws IOException {
        if (held.contains(root)) {
            throw new IOException(root + " is still being looked through after the start");
        }
    }

    public ArchiveMeter meter() {
        return options.meter();
    }

    /** Every directory that may hold recordings. */
    public List<Path> roots() {
        return roots;
    }

    /** A stream's archive, if there is or was one: names that nobody recorded leave no trace. */
    public Optional<StreamArchive> archive(StreamKey stream) throws IOException {
        StreamArchive known = archives.get(stream);
        if (known != null) {
            return Optional.of(known).filter(archive -> !held.contains(archive.root()));
        }
        List<Path> candidates = new ArrayList<>(roots);
        rootOf.apply(stream).ifPresent(root -> candidates.add(0, root));
        candidates.removeAll(held);
        try {
            return archive(stream, candidates);
        } catch (UnstorableNameException e) {
            // What cannot be stored was not recorded; a viewer may ask for any name.
            return Optional.empty();
        }
    }

    /** Whether an archive can hold a stream of that name: others were never recorded, here or anywhere. */
    public static boolean isStorable(StreamKey stream) {
        return ArchiveLayout.isStorable(stream);
    }

    /** A root that does not answer is asked for what it holds by those only whom no other root can answer. */
    private Optional<StreamArchive> archive(StreamKey stream, List<Path> candidates) throws IOException {
        Optional<UnreachableException> silent = Optional.empty();
        for (Path root : candidates) {
            Path directory = ArchiveLayout.streamDirectory(root, stream);
            try {
                if (readers.read(root, () -> Files.isDirectory(directory))) {
                    return Optional.of(opened(stream, directory));
                }
            } catch (UnreachableException e) {
                boolean mayBeThere = search.lastFound(root)
                        .map(found -> found.contains(stream))
                        .orElse(true);
                silent = mayBeThere ? Optional.of(e) : silent;
            }
        }
        if (silent.isPresent()) {
            throw silent.get();
        }
        return Optional.empty();
    }

    /**
     * What is offered of a stream that was found below a root, if it is what lies there; no other root is asked. Where the
     * stream is recorded to another one now, that must have been searched in vain.
     */
    public Optional<StreamArchive> offered(Path root, StreamKey stream) throws IOException {
        StreamArchive known = archives.get(stream);
        if (known != null) {
            return Optional.of(known).filter(archive -> archive.root().equals(root));
        }
        Optional<Path> recorded = rootOf.apply(stream);
        boolean isHere = recorded.equals(Optional.of(root))
                || recorded.flatMap(search::lastFound)
                        .filter(there -> !there.contains(stream))
                        .isPresent();
        return isHere ? Optional.of(opened(stream, ArchiveLayout.streamDirectory(root, stream))) : Optional.empty();
    }

    private Path requireRoot(StreamKey stream) throws IOException {
        return rootOf.apply(stream).orElseThrow(() -> new IOException(stream + " has no archive"));
    }

    private static void writeDueEnds(Path directory, StreamArchive archive) {
        try {
            archive.writeDueEnds();
        } catch (IOException e) {
            log.warn("{}: why its recording ended could not be written: {}", directory, e.toString());
        }
    }

    private StreamArchive opened(StreamKey stream, Path directory) {
        StreamArchive archive = at(stream, directory);
        offer(stream, archive);
        return archive;
    }

    /** What a root holds of a stream, offered or not. */
    StreamArchive below(Path root, StreamKey stream) throws UnstorableNameException {
        return at(stream, ArchiveLayout.streamDirectory(root, stream));
    }

    private StreamArchive at(StreamKey stream, Path directory) {
        return directories.computeIfAbsent(directory, key -> {
            Path root = ArchiveLayout.rootOf(directory);
            return new StreamArchive(directory, grid, cache, options, () -> {
                options.rootCheck().check(stream, root);
                locks.require(root);
            });
        });
    }

    /** Where a stream was recorded before, nothing may take the place of where it is recorded now. */
    private void offer(StreamKey stream, StreamArchive archive) {
        if (rootOf.apply(stream).equals(Optional.of(archive.root()))) {
            archives.put(stream, archive);
        } else {
            archives.putIfAbsent(stream, archive);
        }
        if (!roots.contains(archive.root())) {
            archives.remove(stream, archive);
        }
    }

    private Optional<HourIndex> anyHour(StreamKey stream, TakeId take) throws IOException {
        Optional<StreamArchive> archive = archive(stream);
        return archive.isPresent()
                ? read(
                        archive.get(),
                        () -> archive.get().present(archive.get().history().find(take)))
                : Optional.empty();
    }

    /** Reads what a root holds of a stream, unless the root does not answer. */
    <T> T read(StreamArchive archive, DiskReaders.Reading<T> reading) throws IOException {
        return readers.read(archive.root(), reading);
    }

    private InitSegment init(StreamKey stream, HourIndex index) throws IOException {
        return inits.get(stream, index.take(), () -> readInit(index));
    }

    private static InitSegment readInit(HourIndex index) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(index.header().initBytes());
        try (FileChannel file = FileChannel.open(index.mediaFile(), StandardOpenOption.READ)) {
            while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
                // Reads on until the buffer is full or the file ends.
            }
            return InitSegmentReader.parse(bytes.array());
        } catch (CorruptMediaException e) {
            throw new CorruptArchiveException(index.mediaFile() + ": " + e.getMessage());
        }
    }
}
