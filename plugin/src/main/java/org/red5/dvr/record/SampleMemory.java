package org.red5.dvr.record;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.red5.dvr.media.Sample;

/**
 * Keeps the bytes of a take's samples until their segment is written, in chunks that are used again. A chunk is given back
 * when none of the samples that are still held lies in it. Used by one thread.
 */
final class SampleMemory {
    /** A take that holds less does not fill a few chunks: its samples stay in the packets they came in. */
    static final int LEAST_BYTES = 2 * ChunkPool.CHUNK_BYTES;

    private final ChunkPool pool;
    private final List<byte[]> filled = new ArrayList<>();
    private byte[] current = {};
    private int used;
    private boolean inUse;
    /** What was kept since the last segment was written. */
    private long keptBytes;

    SampleMemory(ChunkPool pool) {
        this.pool = pool;
    }

    /** The same sample, with its bytes where they may stay until {@link #written}. */
    Sample keep(Sample sample) {
        keptBytes += sample.length();
        if (!inUse && keptBytes > LEAST_BYTES) {
            inUse = true;
            pool.enter();
        }
        if (!inUse || sample.length() > ChunkPool.CHUNK_BYTES) {
            return sample;
        }
        if (used + sample.length() > current.length) {
            if (current.length > 0) {
                filled.add(current);
            }
            current = pool.borrow();
            used = 0;
        }
        System.arraycopy(sample.data(), sample.offset(), current, used, sample.length());
        int offset = used;
        used += sample.length();
        return new Sample(
                sample.dtsTicks(), sample.compositionOffsetTicks(), sample.key(), current, offset, sample.length());
    }

    /**
     * A segment was written: nobody reads its samples any more.
     *
     * @param held gives all samples that are still to be written
     */
    void written(Consumer<Consumer<Sample>> held) {
        keptBytes = 0;
        if (!filled.isEmpty()) {
            Set<byte[]> read = Collections.newSetFromMap(new IdentityHashMap<>());
            held.accept(sample -> read.add(sample.data()));
            filled.removeIf(chunk -> !read.contains(chunk) && giveBack(chunk));
        }
    }

    /** Gives back everything: no sample of the take is read any more. */
    void close() {
        filled.forEach(this::giveBack);
        filled.clear();
        if (current.length > 0) {
            giveBack(current);
            current = new byte[0];
            used = 0;
        }
        if (inUse) {
            inUse = false;
            pool.leave();
        }
    }

    private boolean giveBack(byte[] chunk) {
        pool.giveBack(chunk);
        return true;
    }
}
