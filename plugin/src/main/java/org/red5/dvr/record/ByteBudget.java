package org.red5.dvr.record;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Memory that several streams share, which may be a part of what others share too. Any thread may call; nothing blocks. */
final class ByteBudget {
    private final long mostBytes;
    private final Optional<ByteBudget> whole;
    private final AtomicLong usedBytes = new AtomicLong();

    ByteBudget(long mostBytes) {
        this(mostBytes, Optional.empty());
    }

    private ByteBudget(long mostBytes, Optional<ByteBudget> whole) {
        this.mostBytes = mostBytes;
        this.whole = whole;
    }

    /**
     * A part of this memory. It never takes more than it leaves for others: each part that is full halves what is left.
     *
     * @param mostBytes its own bound
     */
    ByteBudget part(long mostBytes) {
        return new ByteBudget(mostBytes, Optional.of(this));
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
        if (whole.isPresent() && !whole.get().takeForPart(bytes, usedBytes.get() + bytes)) {
            return false;
        }
        long limit = half ? mostBytes / 2 : mostBytes;
        long used = usedBytes.get();
        while (used + bytes <= limit) {
            if (usedBytes.compareAndSet(used, used + bytes)) {
                return true;
            }
            used = usedBytes.get();
        }
        whole.ifPresent(budget -> budget.giveBack(bytes));
        return false;
    }

    private boolean takeForPart(long bytes, long ofPartBytes) {
        return ofPartBytes <= mostBytes - usedBytes.get() - bytes && take(bytes, false);
    }

    /** Gives back what was taken. */
    void giveBack(long bytes) {
        usedBytes.addAndGet(-bytes);
        whole.ifPresent(budget -> budget.giveBack(bytes));
    }
}
