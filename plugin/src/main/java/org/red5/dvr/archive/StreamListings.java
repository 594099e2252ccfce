package org.red5.dvr.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.DaemonThreads;
import org.red5.dvr.util.LastSeen;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the streams of an archive, as far as directories can be read, and as they were when a disk that hangs answered last. Any
 * thread may call.
 */
final class StreamListings implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(StreamListings.class);
    /** How long a list of streams waits for a disk. */
    private static final Duration PATIENCE = Duration.ofMillis(700);

    private final ArchiveRoots roots;
    private final StreamArchives archives;
    private final ExecutorService looks = Executors.newCachedThreadPool(DaemonThreads.named("dvr-look"));
    /** The streams below each root, by name alone and with their spans, which take longer to look up. */
    private final Map<Path, LastSeen<Set<StreamKey>>> names = new ConcurrentHashMap<>();

    private final Map<Path, LastSeen<List<StreamListing>>> listings = new ConcurrentHashMap<>();

    StreamListings(ArchiveRoots roots, StreamArchives archives) {
        this.roots = roots;
        this.archives = archives;
    }

    List<StreamKey> streams() {
        TreeSet<StreamKey> streams = new TreeSet<>();
        lastSeen(names, archives.search()::streams, Set.of()).forEach(streams::addAll);
        return List.copyOf(streams);
    }

    /** As {@link #streams}; spans as they were then, too. */
    List<StreamListing> listings() {
        Map<StreamKey, StreamListing> all = new TreeMap<>();
        for (List<StreamListing> below : lastSeen(listings, this::look, List.of())) {
            for (StreamListing listing : below) {
                StreamListing now =
                        new StreamListing(listing.stream(), archives.isLive(listing.stream()), listing.span());
                all.merge(now.stream(), now, (one, other) -> one.span().isPresent() ? one : other);
            }
        }
        return List.copyOf(all.values());
    }

    /** Forgets what was seen below other roots than those there are now. */
    void retainRoots() {
        names.keySet().retainAll(roots.all());
        listings.keySet().retainAll(roots.all());
    }

    /** What was seen of each root that may be used. */
    private <T> List<T> lastSeen(Map<Path, LastSeen<T>> seen, Function<Path, T> look, T before) {
        return roots.all().stream()
                .filter(root -> !roots.isHeld(root))
                .map(root -> seen.computeIfAbsent(
                        root, key -> new LastSeen<>(() -> look.apply(key), before, looks, PATIENCE, System::nanoTime)))
                .map(LastSeen::get)
                .toList();
    }

    private List<StreamListing> look(Path root) {
        List<StreamListing> found = new ArrayList<>();
        for (StreamKey stream : archives.search().streams(root)) {
            found.add(new StreamListing(stream, false, spanBelow(root, stream)));
        }
        return found;
    }

    private Optional<UtcRange> spanBelow(Path root, StreamKey stream) {
        try {
            Optional<StreamArchive> archive = archives.offered(root, stream);
            return archive.isPresent() ? archive.get().history().span() : Optional.empty();
        } catch (IOException e) {
            log.debug("{}: when it was recorded cannot be told: {}", stream, e.toString());
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
