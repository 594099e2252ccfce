package org.red5.dvr.testbed;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A player of a live stream, as far as its buffer goes: it begins three segments behind the end, fetches each as it comes, and stands
 * still while the next one to be shown is not there. Runs on a thread of its own until it is closed.
 */
final class HonestViewer implements AutoCloseable {
    private static final int SEGMENTS_BEHIND = 3;
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);

    private final DvrClient dvr;
    private final String stream;
    private final String list;
    private final Thread thread;
    private volatile boolean stopped;
    private long lastNumber = -1; // of that thread alone
    private long startedNanos; // guarded by this, as all below
    private double bufferedSeconds;
    private double stalledSeconds;
    private double longestSeconds;
    private String lastFailure = "";

    /**
     * Begins to watch.
     *
     * @param stream with its application
     * @param list the name of a playlist that goes on
     */
    HonestViewer(DvrClient dvr, String stream, String list) {
        this.dvr = dvr;
        this.stream = stream;
        this.list = list;
        this.thread = new Thread(this::watch, "viewer of " + stream);
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        while (!stopped) {
            try {
                fetchNew();
            } catch (IOException e) {
                failed(e); // And tried again, as players do.
            } catch (InterruptedException e) {
                return;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private void fetchNew() throws IOException, InterruptedException {
        List<DvrClient.Entry> entries = dvr.entries(stream + '/' + list);
        if (lastNumber < 0) {
            lastNumber =
                    entries.get(Math.max(0, entries.size() - SEGMENTS_BEHIND)).number() - 1;
        }
        for (DvrClient.Entry entry : entries) {
            if (entry.number() > lastNumber && !entry.gap()) {
                dvr.bytes(stream + '/' + entry.uri());
                arrived(entry.seconds());
                lastNumber = entry.number();
            }
        }
    }

    private synchronized void failed(IOException why) {
        lastFailure = String.valueOf(why.getMessage());
    }

    private synchronized void arrived(double seconds) {
        if (bufferedSeconds == 0) {
            startedNanos = System.nanoTime();
        }
        double missing = missingSeconds();
        stalledSeconds += missing;
        longestSeconds = Math.max(longestSeconds, missing);
        bufferedSeconds += seconds;
    }

    /** For how long the picture stands still by now. */
    private double missingSeconds() {
        double playedSeconds = (System.nanoTime() - startedNanos) / 1e9 - stalledSeconds;
        return bufferedSeconds == 0 ? 0 : Math.max(0, playedSeconds - bufferedSeconds);
    }

    /** Whether there is a picture. */
    synchronized boolean plays() {
        return bufferedSeconds > 0;
    }

    /** The longest time in which the picture stood still, up to now. */
    synchronized Duration longestStall() {
        return Duration.ofMillis((long) (1_000 * Math.max(longestSeconds, missingSeconds())));
    }

    @Override
    public synchronized String toString() {
        return stream + ": " + longestStall() + (lastFailure.isEmpty() ? "" : ", " + lastFailure);
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
    }
}
