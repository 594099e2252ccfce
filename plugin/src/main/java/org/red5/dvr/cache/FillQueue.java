package org.red5.dvr.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.copies.HourFile;

/**
 * Segments that wait until the disk of a cache takes them, within a bound of bytes: when it is slow, what comes later is not cached. One
 * thread takes; any thread may offer.
 */
final class FillQueue {
    private final long mostBytes;

    @GuardedBy("this")
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    /** Which segments were offered and are not {@link #done}. */
    @GuardedBy("this")
    private final Set<Which> offered = new HashSet<>();

    @GuardedBy("this")
    private long bytes;

    @GuardedBy("this")
    private boolean isClosed;

    private record Which(HourFile file, long number) {}

    /**
     * A segment.
     *
     * @param bytes all of it
     * @param isForExport whether only a copy of a long window asked for it
     */
    record Waiting(HourFile file, long number, MediaBytes bytes, boolean isForExport) {}

    FillQueue(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Takes a segment, once while it waits; gives whether there is room for it. */
    synchronized boolean offer(Waiting segment) {
        Which which = new Which(segment.file(), segment.number());
        long length = segment.bytes().lengthBytes();
        if (offered.contains(which)) {
            return true;
        }
        if (bytes + length > mostBytes) {
            return false;
        }
        offered.add(which);
        bytes += length;
        waiting.add(segment);
        notifyAll();
        return true;
    }

    /** How many were offered and are not done. */
    synchronized int size() {
        return offered.size();
    }

    /** Has nobody wait for the next one any more. */
    synchronized void close() {
        isClosed = true;
        notifyAll();
    }

    /** The next one, when there is one within a time; it goes on to count until it is done. */
    synchronized Optional<Waiting> next(long atMostMillis) throws InterruptedException {
        if (waiting.isEmpty() && !isClosed) {
            TimeUnit.MILLISECONDS.timedWait(this, atMostMillis);
        }
        return Optional.ofNullable(waiting.poll());
    }

    /** One that was taken is in its place, or is given up. */
    synchronized void done(Waiting segment) {
        if (offered.remove(new Which(segment.file(), segment.number()))) {
            bytes -= segment.bytes().lengthBytes();
        }
    }
}
