package org.red5.dvr.archive;

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

/** Knows of each file system that holds archives how full it is and when it will be full. Used by one thread, but for {@link #of}. */
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

    private final Disks disks;
    private final Map<String, WriteRate> rates = new HashMap<>();
    private final Map<Path, Disk> known = new ConcurrentHashMap<>();

    DiskWatch(Disks disks) {
        this.disks = disks;
    }

    /** Asks how full the file systems of some streams are. */
    List<Found> look(List<StreamHours> streams) throws IOException {
        Map<Path, Disks.Space> spaceOf = new HashMap<>();
        Map<String, Found> found = new TreeMap<>();
        for (StreamHours stream : streams) {
            Path root = stream.archive().root();
            Disks.Space space = spaceOf.get(root);
            if (space == null) {
                space = disks.space(root);
                spaceOf.put(root, space);
            }
            Disks.Space first = space;
            found.computeIfAbsent(space.name(), name -> new Found(first, new ArrayList<>()))
                    .streams()
                    .add(stream);
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
