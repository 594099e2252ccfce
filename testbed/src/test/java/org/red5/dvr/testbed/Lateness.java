package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How late this machine lets a thread run that is due because of processes that have nothing to do with a test, which no server answers
 * for: the lateness of a thread that wants to run all the time, in the measure in which others use the processors. Any thread may ask.
 */
final class Lateness implements AutoCloseable {
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    /** What timers are late by anyway. */
    private static final long USUAL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final long SHARE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** In {@code /proc/stat}, behind the name: of user, nice, system, idle, iowait, irq, softirq and steal. */
    private static final int FIELDS = 8;

    private static final int IDLE = 3;
    private static final int IOWAIT = 4;
    /** In {@code /proc/PID/stat}, behind the command in parentheses. */
    private static final int USER_TICKS = 11;

    private final List<Long> ours;
    private final Thread thread = new Thread(this::measure, "lateness");
    private volatile boolean stopped;
    private volatile long totalNanos;

    /** @param ours processes of the test, besides this one */
    Lateness(List<Long> ours) {
        this.ours = ours;
        thread.setDaemon(true);
        thread.start();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // By one thread.
    private void measure() {
        try {
            long[] before = ticks();
            long lookedNanos = System.nanoTime();
            long lateNanos = 0;
            while (!stopped) {
                long due = System.nanoTime() + STEP_NANOS;
                LockSupport.parkNanos(STEP_NANOS);
                long now = System.nanoTime();
                lateNanos += Math.max(0, now - due - USUAL_NANOS);
                if (now - lookedNanos >= SHARE_NANOS) {
                    long[] after = ticks();
                    double busy = Math.max(1, after[0] - before[0]);
                    double share = Math.max(0, 1 - (after[1] - before[1]) / busy);
                    totalNanos += (long) (lateNanos * share);
                    before = after;
                    lookedNanos = now;
                    lateNanos = 0;
                }
            }
        } catch (IOException e) {
            return; // Nobody is forgiven anything then.
        }
    }

    /** How long the processors have worked in all, and for the test. */
    private long[] ticks() throws IOException {
        String[] all = Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split(" +");
        long busy = 0;
        for (int i = 0; i < FIELDS; i++) {
            busy += i == IDLE || i == IOWAIT ? 0 : Long.parseLong(all[i + 1]);
        }
        long mine = ticks(ProcessHandle.current().pid());
        for (long pid : ours) {
            mine += ticks(pid);
        }
        return new long[] {busy, mine};
    }

    private static long ticks(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Arrays.stream(fields, USER_TICKS, USER_TICKS + 2)
                .mapToLong(Long::parseLong)
                .sum();
    }

    /** All of it since the beginning. */
    Duration total() {
        return Duration.ofNanos(totalNanos);
    }

    @Override
    public void close() {
        stopped = true;
    }
}
