package org.red5.dvr.archive.retention;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells how full file systems are. */
public interface Disks {
    /**
     * A file system at one moment.
     *
     * @param name equal for paths on the same file system
     * @param usedBytes in use, by whatever files
     * @param usableBytes what may still be written; used and usable bytes are the whole, as {@code df} has it
     */
    record Space(String name, long usedBytes, long usableBytes) {
        /** How many bytes must go until no more than a share is in use; negative when there is room. */
        long excessBytes(int mostPercent) {
            return usedBytes - (long) Math.floor((usedBytes + usableBytes) / 100.0 * mostPercent);
        }
    }

    /** The file system of a path, or of the nearest directory above it that is there. */
    Space space(Path path) throws IOException;

    /** Asks the system. */
    static Space ofSystem(Path path) throws IOException {
        Path there = path;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        FileStore store = Files.getFileStore(there);
        // What is reserved for root is neither used nor usable.
        long used = store.getTotalSpace() - store.getUnallocatedSpace();
        return new Space(store.toString(), used, store.getUsableSpace());
    }
}
