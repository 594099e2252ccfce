package org.red5.dvr.cluster;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import org.red5.dvr.cluster.PeerSignature.Verdict;

/**
 * The nonces of the signatures that were seen, for as long as one of their time is taken at all. When there are too many, the
 * oldest are forgotten and signatures of their time are not taken any more: a signature is never taken twice. Any thread may
 * call.
 */
final class NonceMemory {
    /** About 15 MB of them. */
    static final int MOST_NONCES = 1 << 17;

    private static final long SECOND_MILLIS = 1_000;

    private final long toleranceMillis;
    /** By the second of their signature's time; guarded by this. */
    private final TreeMap<Long, Set<String>> noncesOf = new TreeMap<>();
    /** Signatures from before are not taken; guarded by this. */
    private long fromUtcMillis;
    /** Guarded by this. */
    private int count;

    /**
     * @param startUtcMillis the server's start; what was signed before may have been seen by the server that ran then
     * @param toleranceMillis how far a signature's time may be from the server's
     */
    NonceMemory(long startUtcMillis, long toleranceMillis) {
        this.fromUtcMillis = startUtcMillis;
        this.toleranceMillis = toleranceMillis;
    }

    /** Whether a signature, whose MAC is right, may be taken now. */
    synchronized Verdict firstTime(String nonce, long utcMillis, long nowUtcMillis) {
        forgetBefore(nowUtcMillis - toleranceMillis);
        if (utcMillis < fromUtcMillis || Math.abs(utcMillis - nowUtcMillis) > toleranceMillis) {
            return Verdict.EARLY_OR_LATE;
        }
        long second = Math.floorDiv(utcMillis, SECOND_MILLIS);
        if (!noncesOf.computeIfAbsent(second, key -> new HashSet<>()).add(nonce)) {
            return Verdict.REPLAYED;
        }
        count++;
        while (count > MOST_NONCES) {
            forget(noncesOf.firstKey());
        }
        return Verdict.GOOD;
    }

    private void forgetBefore(long utcMillis) {
        long second = Math.floorDiv(utcMillis, SECOND_MILLIS);
        while (!noncesOf.isEmpty() && noncesOf.firstKey() < second) {
            forget(noncesOf.firstKey());
        }
    }

    private void forget(long second) {
        Set<String> forgotten = noncesOf.remove(second);
        count -= forgotten == null ? 0 : forgotten.size();
        fromUtcMillis = Math.max(fromUtcMillis, (second + 1) * SECOND_MILLIS);
    }

    /** How many nonces are remembered. */
    synchronized int size() {
        return count;
    }
}
