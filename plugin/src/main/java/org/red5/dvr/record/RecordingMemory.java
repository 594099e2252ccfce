package org.red5.dvr.record;

/**
 * The memory that recording may take. Packets wait in it for their writer; the writer keeps them until their segment is
 * whole.
 *
 * @param waiting for packets that wait, shared by the streams of a writer
 * @param segments for segments that are being put together, shared by all streams
 */
record RecordingMemory(ByteBudget waiting, ByteBudget segments) {
    private static final long LEAST_WAITING_BYTES = 16 << 20;
    private static final long MOST_WAITING_BYTES = 256 << 20;
    private static final long LEAST_SEGMENTS_BYTES = 32 << 20;

    /** A quarter of the heap: so much may wait for all disks together. */
    static long mostWaitingBytesOfAll(long heapBytes) {
        return Math.max(2 * LEAST_WAITING_BYTES, heapBytes / 4);
    }

    /** Of one root an eighth of the heap: a disk that stands still must not take the memory that Red5 lives on. */
    static long mostWaitingBytes(long heapBytes) {
        return Math.max(LEAST_WAITING_BYTES, Math.min(heapBytes / 8, MOST_WAITING_BYTES));
    }

    /** Half of the heap: what streams send in a few seconds is bounded by nothing but their bit rates. */
    static long mostSegmentsBytes(long heapBytes) {
        return Math.max(LEAST_SEGMENTS_BYTES, heapBytes / 2);
    }

    /** One stream gets a quarter of that, so that it cannot drive out all others. */
    long mostSegmentBytes() {
        return segments.mostBytes() / 4;
    }
}
