package org.red5.dvr.record;

import java.util.ArrayDeque;

/**
 * Memory that the takes of one writer use again and again. What they hold lives for as long as a segment: left to the
 * garbage collector, it would have become old before it is thrown away, and the heap grow to several times of it. Used by
 * one thread.
 */
final class ChunkPool {
    static final int CHUNK_BYTES = 128 << 10;
    /** Spare memory that is kept for each take there is. */
    private static final int MOST_SPARE_PER_TAKE = 128;

    private final ArrayDeque<byte[]> spare = new ArrayDeque<>();
    private int takes;

    /** A take begins to use the pool. */
    void enter() {
        takes++;
    }

    /** A take does not use the pool any more. */
    void leave() {
        takes--;
        trim();
    }

    /** A chunk of {@link #CHUNK_BYTES} with anything in it. */
    byte[] borrow() {
        byte[] chunk = spare.pollLast();
        return chunk == null ? new byte[CHUNK_BYTES] : chunk;
    }

    /** Takes back a chunk that nobody reads any more. */
    void giveBack(byte[] chunk) {
        spare.addLast(chunk);
        trim();
    }

    /** How many chunks wait to be used. */
    int spareChunks() {
        return spare.size();
    }

    private void trim() {
        while (spare.size() > takes * MOST_SPARE_PER_TAKE) {
            spare.removeFirst();
        }
    }
}
