package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.UnstorableNameException;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UnreachableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which directory a stream's recordings are offered from, and the one archive of each directory. Any thread may call. */
final class StreamArchives {
    private static final Logger log = LoggerFactory.getLogger(StreamArchives.class);

    private final Function<StreamKey, Optional<Path>> rootOf;
    private final ArchiveRoots roots;
    private final SegmentGrid grid;
    private final ArchiveOptions options;
    private final HourCache cache;
    private final StreamSearch search;
    /** Each directory's archive; kept, as there must not be two for one directory. */
    private final Map<Path, StreamArchive> directories = new ConcurrentHashMap<>();
    /** What is offered of each stream that was asked for or recorded. */
    private final Map<StreamKey, StreamArchive> offered = new ConcurrentHashMap<>();

    /**
     * @param rootOf where a stream is recorded, empty for one that is not
     * @param cache of the indexes of all streams
     */
    StreamArchives(
            Function<StreamKey, Optional<Path>> rootOf,
            ArchiveRoots roots,
            SegmentGrid grid,
            ArchiveOptions options,
            HourCache cache) {
        this.rootOf = rootOf;
        this.roots = roots;
        this.grid = grid;
        this.options = options;
        this.cache = cache;
        this.search = new StreamSearch(options.meter());
    }

    /** Finds streams by their directories. */
    StreamSearch search() {
        return search;
    }

    /** The root that a stream is recorded below. */
    Path requireRoot(StreamKey stream) throws IOException {
        return rootOf.apply(stream).orElseThrow(() -> new IOException(stream + " has no archive"));
    }

    /** A stream's archive, if there is or was one: names that nobody recorded leave no trace. */
    Optional<StreamArchive> find(StreamKey stream) throws IOException {
        StreamArchive known = offered.get(stream);
        if (known != null) {
            return Optional.of(known).filter(archive -> !roots.isHeld(archive.root()));
        }
        List<Path> candidates = new ArrayList<>(roots.all());
        rootOf.apply(stream).ifPresent(root -> candidates.add(0, root));
        candidates.removeIf(roots::isHeld);
        try {
            return find(stream, candidates);
        } catch (UnstorableNameException e) {
            // What cannot be stored was not recorded; a viewer may ask for any name.
            return Optional.empty();
        }
    }

    /** A root that does not answer is asked for what it holds by those only whom no other root can answer. */
    private Optional<StreamArchive> find(StreamKey stream, List<Path> candidates) throws IOException {
        Optional<UnreachableException> silent = Optional.empty();
        for (Path root : candidates) {
            Path directory = ArchiveLayout.streamDirectory(root, stream);
            try {
                if (roots.readers().read(root, () -> Files.isDirectory(directory))) {
                    return Optional.of(opened(root, stream));
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
    Optional<StreamArchive> offered(Path root, StreamKey stream) throws IOException {
        StreamArchive known = offered.get(stream);
        if (known != null) {
            return Optional.of(known).filter(archive -> archive.root().equals(root));
        }
        Optional<Path> recorded = rootOf.apply(stream);
        boolean isHere = recorded.equals(Optional.of(root))
                || recorded.flatMap(search::lastFound)
                        .filter(there -> !there.contains(stream))
                        .isPresent();
        return isHere ? Optional.of(opened(root, stream)) : Optional.empty();
    }

    /** What a root holds of a stream, which is offered from now on unless it is recorded elsewhere. */
    StreamArchive opened(Path root, StreamKey stream) throws UnstorableNameException {
        StreamArchive archive = below(root, stream);
        offer(stream, archive);
        return archive;
    }

    /** What a root holds of a stream, offered or not. */
    StreamArchive below(Path root, StreamKey stream) throws UnstorableNameException {
        return directories.computeIfAbsent(ArchiveLayout.streamDirectory(root, stream), directory -> {
            Path known = ArchiveLayout.rootOf(directory);
            return new StreamArchive(directory, grid, cache, options, () -> {
                options.rootCheck().check(stream, known);
                roots.requireLock(known);
            });
        });
    }

    /** Where a stream was recorded before, nothing may take the place of where it is recorded now. */
    private void offer(StreamKey stream, StreamArchive archive) {
        if (rootOf.apply(stream).equals(Optional.of(archive.root()))) {
            offered.put(stream, archive);
        } else {
            offered.putIfAbsent(stream, archive);
        }
        if (!roots.contains(archive.root())) {
            offered.remove(stream, archive);
        }
    }

    /** Offers nothing any more of what lies below other roots than those there are now. */
    void retainRoots() {
        offered.values().removeIf(archive -> !roots.contains(archive.root()));
    }

    /** Whether a stream is being recorded, as far as it is known without looking at a disk. */
    boolean isLive(StreamKey stream) {
        StreamArchive known = offered.get(stream);
        return known != null && known.isLive();
    }

    /** How often what was told of closed hours became untrue, of all streams that were asked for. */
    long closedChanges() {
        return offered.values().stream()
                .mapToLong(archive -> archive.hours().closedChanges())
                .sum();
    }

    /** Writes the ends of takes that could not be written before; to be called when nothing is recorded any more. */
    void writeDueEnds() {
        directories.forEach((directory, archive) -> {
            try {
                archive.hours().writeDueEnds();
            } catch (IOException e) {
                log.warn("{}: why its recording ended could not be written: {}", directory, e.toString());
            }
        });
    }
}
