package org.red5.dvr.archive.retention;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.red5.dvr.timeline.StorageStatus.Disk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows of each file system that holds archives how full it is and when it will be full. Each file system is looked at by
 * one thread at a time.
 */
final class DiskWatch {
    /** A file system as the last pass found it, and the roots on it. */
    record Found(Disks.Space space, List<StreamHours> streams) {
        List<Path> roots() {
            return streams.stream()
                    .map(stream -> stream.archive().root())
                    .distinct()
                    .toList();
        }
    }

    private static final Logger log = LoggerFactory.getLogger(DiskWatch.class);

    private final Disks disks;
    /** What is wrong with roots whose file systems do not tell, as it was logged last. */
    private final Map<Path, String> reported = new ConcurrentHashMap<>();

    private final Map<String, WriteRate> rates = new ConcurrentHashMap<>();
    private final Map<Path, Disk> known = new ConcurrentHashMap<>();

    DiskWatch(Disks disks) {
        this.disks = disks;
    }

    /** Asks for the file system of a root; one that does not tell is reported once, and empty. */
    Optional<Disks.Space> space(Path root) {
        try {
            Disks.Space space = disks.space(root);
            reported.remove(root);
            return Optional.of(space);
        } catch (IOException e) {
            if (!e.toString().equals(reported.put(root, e.toString()))) {
                log.warn("{}: its disk does not say how full it is, limits by share wait: {}", root, e.toString());
            }
            return Optional.empty();
        }
    }

    /** Asks how full the file systems of some streams are; those that do not tell are left out. */
    List<Found> look(List<StreamHours> streams) {
        Map<Path, Optional<Disks.Space>> spaceOf = new HashMap<>();
        Map<String, Found> found = new TreeMap<>();
        for (StreamHours stream : streams) {
            spaceOf.computeIfAbsent(stream.archive().root(), this::space)
                    .ifPresent(space -> found.computeIfAbsent(space.name(), name -> new Found(space, new ArrayList<>()))
                            .streams()
                            .add(stream));
        }
        return List.copyOf(found.values());
    }

    /**
     * Says when a file system will be full.
     *
     * @param nanos now, by a clock that never steps
     * @param utcMicros now
     */
    void forecast(Found found, long nanos, long utcMicros) {
        long written =
                found.streams().stream().mapToLong(StreamHours::writtenBytes).sum();
        Disks.Space space = found.space();
        long rate = rates.computeIfAbsent(space.name(), name -> new WriteRate()).add(nanos, written);
        OptionalLong full = rate == 0
                ? OptionalLong.empty()
                : OptionalLong.of(utcMicros + (long) (space.usableBytes() / (double) rate * 1e6));
        Disk disk = new Disk(space.usedBytes(), space.usableBytes(), rate, full);
        found.roots().forEach(root -> known.put(root, disk));
    }

    /** The file system of a root as it was last found. */
    Optional<Disk> of(Path root) {
        return Optional.ofNullable(known.get(root));
    }
}
