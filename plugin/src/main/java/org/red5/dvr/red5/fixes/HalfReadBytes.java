package org.red5.dvr.red5.fixes;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that messages take which have not arrived whole yet, bounded for all connections together. Any thread may call. */
final class HalfReadBytes {
    private static final long LEAST_BYTES = 32 << 20;
    private static final int SHARE_OF_HEAP = 8;

    private final long mostBytes;
    private final AtomicLong takenBytes = new AtomicLong();

    HalfReadBytes(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** An eighth of the heap. */
    static HalfReadBytes ofHeap() {
        return new HalfReadBytes(Math.max(LEAST_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP));
    }

    /** Takes so many bytes; false, and nothing is taken, when they are not there. */
    boolean take(long bytes) {
        if (takenBytes.addAndGet(bytes) <= mostBytes) {
            return true;
        }
        takenBytes.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        takenBytes.addAndGet(-bytes);
    }

    long takenBytes() {
        return takenBytes.get();
    }
}
