package org.red5.dvr.timeline;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a stream's disk is like, and what was deleted to stay within limits.
 *
 * @param deleted the last deletions, oldest first
 * @param disk empty while it is not known, and for a stream that is not recorded
 */
public record StorageStatus(List<Deletion> deleted, Optional<Disk> disk) {
    /** Nothing is known. */
    public static final StorageStatus UNKNOWN = new StorageStatus(List.of(), Optional.empty());

    public StorageStatus {
        deleted = List.copyOf(deleted);
    }

    /** A limit that deletes. */
    public enum Limit {
        AGE("age"),
        BYTES("bytes"),
        DISK("disk");

        private final String word;

        Limit(String word) {
            this.word = word;
        }

        /** As users see it in a status report. */
        public String word() {
            return word;
        }
    }

    /**
     * Recordings that were deleted.
     *
     * @param range the hour that they began in
     * @param bytes how many bytes they had
     * @param limit which limit wanted it
     */
    public record Deletion(UtcRange range, long bytes, Limit limit) {}

    /**
     * A file system, by whatever files it is in use.
     *
     * @param usedBytes in use
     * @param usableBytes what may still be written
     * @param writtenBytesPerSecond what recordings added to it in the last minutes
     * @param fullAtMicros when nothing will be left at that rate, if nothing is deleted; empty while nothing is written
     */
    public record Disk(long usedBytes, long usableBytes, long writtenBytesPerSecond, OptionalLong fullAtMicros) {}
}
