package org.red5.dvr.archive.retention;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.red5.dvr.archive.StreamArchive;
import org.red5.dvr.timeline.StreamKey;

/**
 * How many bytes each hour of a stream has on disk. Names are read once, sizes when they are asked for; later only those
 * hours are looked at that changed. Used by one thread.
 */
final class StreamHours {
    /** Of an hour whose files nobody has looked at yet. */
    private static final long UNKNOWN = -1;

    private final StreamKey stream;
    private final StreamArchive archive;
    private final TreeMap<Long, Long> bytesOf = new TreeMap<>();
    private boolean known;
    private int unknownHours;
    private long knownBytes;
    private long writtenBytes;
    private boolean leftAlone;

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

    /** The next hour there is, those left out that are marked deleted. */
    OptionalLong hourAfter(long hour) {
        Long next = bytesOf.higherKey(hour);
        return next == null ? OptionalLong.empty() : OptionalLong.of(next);
    }

    /** How many bytes an hour has; looks when nobody did yet. */
    long bytesOf(long hour) throws IOException {
        long bytes = bytesOf.getOrDefault(hour, 0L);
        return bytes == UNKNOWN ? look(hour, true) : bytes;
    }

    /** How many bytes all hours have; looks at those that nobody looked at yet. */
    long totalBytes() throws IOException {
        if (unknownHours > 0) {
            for (long hour : List.copyOf(bytesOf.keySet())) {
                bytesOf(hour);
            }
        }
        return knownBytes;
    }

    /** What was written since the hours were first looked at. */
    long writtenBytes() {
        return writtenBytes;
    }

    /** Says that nothing more of it is to be deleted in this pass. */
    void leaveAlone() {
        leftAlone = true;
    }

    boolean isLeftAlone() {
        return leftAlone;
    }

    /** Begins a pass: looks at the hours that changed since the last call. */
    void refresh() throws IOException {
        leftAlone = false;
        Set<Long> changed = archive.hours().takeChanged();
        boolean first = !known;
        known = false; // After an error, all names are read again.
        if (first) {
            bytesOf.clear();
            unknownHours = 0;
            knownBytes = 0;
            for (long hour : archive.hours().all()) {
                put(hour, UNKNOWN);
            }
        }
        for (long hour : changed) {
            long before = bytesOf.getOrDefault(hour, 0L);
            long bytes = look(hour, false);
            writtenBytes += first || before == UNKNOWN ? 0 : Math.max(0, bytes - before);
        }
        known = true;
    }

    /** Leaves an hour out of the sum: it will be deleted. */
    void remove(long hour) {
        Long bytes = bytesOf.remove(hour);
        if (bytes != null) {
            unknownHours -= bytes == UNKNOWN ? 1 : 0;
            knownBytes -= bytes == UNKNOWN ? 0 : bytes;
        }
    }

    /** Counts an hour again that was left out. */
    void restore(long hour) throws IOException {
        look(hour, true);
    }

    private void put(long hour, long bytes) {
        remove(hour);
        bytesOf.put(hour, bytes);
        unknownHours += bytes == UNKNOWN ? 1 : 0;
        knownBytes += bytes == UNKNOWN ? 0 : bytes;
    }

    private long look(long hour, boolean evenIfEmpty) throws IOException {
        long bytes = archive.hours().bytes(hour);
        remove(hour);
        // One without a file of ours is of interest only as a directory that may go.
        if (bytes > 0 || evenIfEmpty) {
            put(hour, bytes);
        }
        return bytes;
    }
}
