package org.red5.dvr.archive;

import java.io.IOException;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.red5.dvr.timeline.StreamKey;

/**
 * How many bytes each hour of a stream has on disk: all of them are looked at once, later only those that changed. Used by
 * one thread.
 */
final class StreamHours {
    private final StreamKey stream;
    private final StreamArchive archive;
    private final TreeMap<Long, Long> bytesOf = new TreeMap<>();
    private boolean known;
    private long totalBytes;
    private long writtenBytes;

    StreamHours(StreamKey stream, StreamArchive archive) {
        this.stream = stream;
        this.archive = archive;
    }

    StreamKey stream() {
        return stream;
    }

    StreamArchive archive() {
        return archive;
    }

    /** The next hour there is, condemned ones left out. */
    OptionalLong hourAfter(long hour) {
        Long next = bytesOf.higherKey(hour);
        return next == null ? OptionalLong.empty() : OptionalLong.of(next);
    }

    long bytesOf(long hour) {
        return bytesOf.getOrDefault(hour, 0L);
    }

    long totalBytes() {
        return totalBytes;
    }

    /** What was written since the hours were first looked at. */
    long writtenBytes() {
        return writtenBytes;
    }

    /** Looks at the hours that changed since the last call. */
    void refresh() throws IOException {
        Set<Long> changed = archive.takeChanged();
        boolean first = !known;
        known = false; // After an error, all are looked at again.
        if (first) {
            bytesOf.clear();
            totalBytes = 0;
        }
        for (long hour : first ? archive.hours() : changed) {
            long before = first ? Long.MAX_VALUE : bytesOf(hour);
            long bytes = look(hour, first);
            writtenBytes += Math.max(0, bytes - before);
        }
        known = true;
    }

    /** Leaves an hour out of the sum: it will be deleted. */
    void remove(long hour) {
        Long bytes = bytesOf.remove(hour);
        totalBytes -= bytes == null ? 0 : bytes;
    }

    /** Counts an hour again that was left out. */
    void restore(long hour) throws IOException {
        look(hour, true);
    }

    private long look(long hour, boolean evenIfEmpty) throws IOException {
        long bytes = archive.bytes(hour);
        remove(hour);
        // One without a file of ours is of interest only as a directory that may go.
        if (bytes > 0 || evenIfEmpty) {
            bytesOf.put(hour, bytes);
            totalBytes += bytes;
        }
        return bytes;
    }
}
