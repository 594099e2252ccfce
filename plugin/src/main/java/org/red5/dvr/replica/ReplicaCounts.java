package org.red5.dvr.replica;

import java.util.concurrent.atomic.AtomicLong;

/** What was copied from other servers so far, and what is left. Any thread may call. */
public final class ReplicaCounts {
    private final AtomicLong segments = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong wrong = new AtomicLong();
    private final AtomicLong left = new AtomicLong();
    private final AtomicLong lagMillis = new AtomicLong();

    void copied(long ofBytes) {
        segments.incrementAndGet();
        bytes.addAndGet(ofBytes);
    }

    void wrong() {
        wrong.incrementAndGet();
    }

    void left(long leftSegments) {
        left.set(leftSegments);
    }

    void lag(long ofMillis) {
        lagMillis.set(ofMillis);
    }

    /** How far the copy of a live stream is behind what is whole by now, of the one that is farthest, in seconds. */
    public double lagSeconds() {
        return lagMillis.get() / 1e3;
    }

    /** Segments that were put into the archive. */
    public long segments() {
        return segments.get();
    }

    /** Their bytes. */
    public long bytes() {
        return bytes.get();
    }

    /** Segments that came with other bytes than their index lists, and were not kept. */
    public long wrongSegments() {
        return wrong.get();
    }

    /** Segments that are known to be elsewhere and are still to come, about; those of streams that are followed are not counted. */
    public long leftSegments() {
        return left.get();
    }
}
