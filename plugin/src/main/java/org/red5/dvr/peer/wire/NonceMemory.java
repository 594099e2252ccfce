package org.red5.dvr.peer.wire;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The nonces of the signatures that were seen, for as long as one of their time is taken at all. A second whose nonces are
 * forgotten, as it is over or there are too many, is spent: signatures of its time are not taken any more, whatever the
 * clock is set to. So a signature is never taken twice, and a clock that was wrong and is put right spends no more than the
 * seconds that it was used in. Any thread may call.
 */
final class NonceMemory {
    /** About 15 MB of them. */
    static final int MOST_NONCES = 1 << 17;

    private static final long SECOND_MILLIS = 1_000;
    /** A server that is asked now and then has many spent seconds apart: the earliest are joined. */
    private static final int MOST_SPENT = 100;

    private final long toleranceMillis;
    /** By the second of their signature's time. */
    @GuardedBy("this")
    private final TreeMap<Long, Set<String>> noncesOf = new TreeMap<>();
    /** Seconds whose signatures are not taken any more, from the first to the last of each run. */
    @GuardedBy("this")
    private final TreeMap<Long, Long> spent = new TreeMap<>();
    /** Signatures from before are not taken. */
    @GuardedBy("this")
    private long fromUtcMillis;

    @GuardedBy("this")
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
        // The server started no later than now, so a start that lies ahead was told by a clock that was wrong.
        fromUtcMillis = Math.min(fromUtcMillis, nowUtcMillis);
        forgetBefore(nowUtcMillis - toleranceMillis);
        long second = Math.floorDiv(utcMillis, SECOND_MILLIS);
        if (utcMillis < fromUtcMillis || Math.abs(utcMillis - nowUtcMillis) > toleranceMillis || isSpent(second)) {
            return Verdict.EARLY_OR_LATE;
        }
        if (!noncesOf.computeIfAbsent(second, key -> new HashSet<>()).add(nonce)) {
            return Verdict.REPLAYED;
        }
        count++;
        while (count > MOST_NONCES) {
            boolean ahead = noncesOf.lastKey() * SECOND_MILLIS > nowUtcMillis + toleranceMillis;
            forget(ahead ? noncesOf.lastKey() : noncesOf.firstKey());
        }
        return Verdict.GOOD;
    }

    @GuardedBy("this")
    private boolean isSpent(long second) {
        Map.Entry<Long, Long> run = spent.floorEntry(second);
        return run != null && second <= run.getValue();
    }

    @GuardedBy("this")
    private void forgetBefore(long utcMillis) {
        long second = Math.floorDiv(utcMillis, SECOND_MILLIS);
        while (!noncesOf.isEmpty() && noncesOf.firstKey() < second) {
            forget(noncesOf.firstKey());
        }
    }

    @GuardedBy("this")
    private void forget(long second) {
        Set<String> forgotten = noncesOf.remove(second);
        count -= forgotten == null ? 0 : forgotten.size();
        spend(second, second);
        if (spent.size() > MOST_SPENT) {
            Map.Entry<Long, Long> earliest = spent.firstEntry();
            spend(earliest.getKey(), spent.higherEntry(earliest.getKey()).getValue());
        }
    }

    /** Joins a run with those that it touches. */
    @GuardedBy("this")
    private void spend(long first, long last) {
        long from = first;
        long to = last;
        Map.Entry<Long, Long> touched = spent.floorEntry(to + 1);
        while (touched != null && touched.getValue() >= from - 1) {
            from = Math.min(from, touched.getKey());
            to = Math.max(to, touched.getValue());
            spent.remove(touched.getKey());
            touched = spent.floorEntry(to + 1);
        }
        spent.put(from, to);
    }

    /** How many nonces are remembered. */
    synchronized int size() {
        return count;
    }
}
