package org.red5.dvr;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Runs code on many made-up inputs, each from a seed of its own. An exception that the case lets through, a case that
 * takes too long and one that takes too much memory are failures; each names seed and case, with which it can be had
 * again alone: {@code -Dfuzz.seed=… -Dfuzz.case=…}.
 */
public final class Fuzz {
    /** One case. Exceptions that the code under test may throw are caught in it. */
    public interface Case {
        void run(Random random) throws Exception;
    }

    private static final long SEED = Long.getLong("fuzz.seed", 20_261_122);
    /** Cases of all tests together. */
    private static final long ALL_CASES = Long.getLong("fuzz.cases", 1_000_000);

    private static final long ONLY = Long.getLong("fuzz.case", -1);
    private static final long HANGS_MILLIS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final String what;
    private final long mostBytes;
    private final Case body;
    private final Thread worker;
    private volatile long current;
    private volatile Throwable failure;

    private Fuzz(String what, long cases, long mostBytes, Case body) {
        this.what = what;
        this.mostBytes = mostBytes;
        this.body = body;
        this.worker = new Thread(() -> runAll(cases), "fuzz " + what);
        worker.setDaemon(true);
    }

    /**
     * Runs a share of all cases.
     *
     * @param percent of all cases of the build
     * @param mostBytes what a case may allocate
     */
    public static void run(String what, double percent, long mostBytes, Case body) throws InterruptedException {
        long cases = Math.max(1, Math.round(ALL_CASES * percent / 100));
        new Fuzz(what, cases, mostBytes, body).watch();
    }

    private void watch() throws InterruptedException {
        worker.start();
        long seen = -1;
        long sinceNanos = System.nanoTime();
        while (worker.isAlive()) {
            worker.join(100);
            if (current != seen) {
                seen = current;
                sinceNanos = System.nanoTime();
            } else if (System.nanoTime() - sinceNanos > TimeUnit.MILLISECONDS.toNanos(HANGS_MILLIS)) {
                AssertionError hang = new AssertionError(name(seen) + " takes over " + HANGS_MILLIS + " ms");
                hang.setStackTrace(worker.getStackTrace());
                throw hang;
            }
        }
        if (failure != null) {
            throw new AssertionError(name(current), failure);
        }
    }

    private void runAll(long cases) {
        long first = ONLY >= 0 ? ONLY : 0;
        long end = ONLY >= 0 ? ONLY + 1 : cases;
        for (long number = first; number < end && failure == null; number++) {
            current = number;
            long before = THREADS.getCurrentThreadAllocatedBytes();
            try {
                body.run(new Random((SEED * 31 + what.hashCode()) * 1_000_003 + number));
                long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
                // The first one loads classes.
                if (bytes > mostBytes && number > first) {
                    failure = new AssertionError(bytes + " bytes were allocated, at most " + mostBytes + " are fine");
                }
            } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError e) {
                failure = e;
            }
        }
    }

    private String name(long number) {
        return what + ": -Dfuzz.seed=" + SEED + " -Dfuzz.case=" + number;
    }
}
