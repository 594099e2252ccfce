package org.red5.dvr.record;

import java.util.concurrent.atomic.AtomicLong;

/** Memory that several streams share. Any thread may call; nothing blocks. */
final class ByteBudget {
    private final long mostBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    ByteBudget(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    long mostBytes() {
        return mostBytes;
    }

    long usedBytes() {
        return usedBytes.get();
    }

    /**
     * Takes so many bytes; false when they are not there.
     *
     * @param half whether one half is to be left to others
     */
    boolean take(long bytes, boolean half) {
        long limit = half ? mostBytes / 2 : mostBytes;
        long used = usedBytes.get();
        while (used + bytes <= limit) {
            if (usedBytes.compareAndSet(used, used + bytes)) {
                return true;
            }
            used = usedBytes.get();
        }
        return false;
    }

    /** Gives back what was taken. */
    void giveBack(long bytes) {
        usedBytes.addAndGet(-bytes);
    }
}
