package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the streams below roots as far as their directories can be read. One that cannot is passed over, and reported once
 * until that changes. Any thread may call.
 */
public final class StreamSearch {
    private static final Logger log = LoggerFactory.getLogger(StreamSearch.class);

    private final ArchiveMeter meter;
    /** Directories that cannot be read, and why. */
    private final Map<Path, String> unreadable = new ConcurrentHashMap<>();
    /** What was found below each root the last time. */
    private final Map<Path, Set<StreamKey>> found = new ConcurrentHashMap<>();

    /**
     * @param meter told of directories that cannot be read
     */
    public StreamSearch(ArchiveMeter meter) {
        this.meter = meter;
    }

    /** The streams that have a directory below a root, in no order. */
    public Set<StreamKey> streams(Path root) {
        Set<StreamKey> streams = Set.copyOf(ArchiveLayout.streams(root, this::children));
        found.put(root, streams);
        return streams;
    }

    /** What was found below a root the last time; empty when nobody has looked yet. The disk is not asked. */
    Optional<Set<StreamKey>> lastFound(Path root) {
        return Optional.ofNullable(found.get(root));
    }

    private List<Path> children(Path directory) {
        try {
            List<Path> children = ArchiveLayout.children(directory);
            forget(directory);
            unreadable.keySet().stream()
                    .filter(path -> directory.equals(path.getParent()) && !children.contains(path))
                    .forEach(this::forget);
            return children;
        } catch (IOException e) {
            String sentence = directory + " cannot be read: " + e;
            String before = unreadable.put(directory, sentence);
            if (!sentence.equals(before)) {
                log.warn("{}; its recordings are neither offered nor deleted", sentence);
                Optional.ofNullable(before).ifPresent(meter::troubleEnds);
                meter.troubleBegins(sentence);
            }
            return List.of();
        }
    }

    private void forget(Path directory) {
        String sentence = unreadable.remove(directory);
        if (sentence != null) {
            log.info("{}: nothing is there any more that cannot be read", directory);
            meter.troubleEnds(sentence);
        }
    }
}
