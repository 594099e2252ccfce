package org.red5.dvr.archive;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.util.DaemonThreads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts an archive right at start-up, before anything is recorded. Each root has a thread of its own, and is used by nobody until it is
 * right: one whose disk hangs keeps only itself from being used.
 */
public final class Recovery {
    /** So long a start waits for its disks. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(Recovery.class);

    private final LocalArchive archive;
    private final Duration patience;

    public Recovery(LocalArchive archive) {
        this(archive, PATIENCE);
    }

    /**
     * @param patience the longest that {@link #run} takes
     */
    public Recovery(LocalArchive archive, Duration patience) {
        this.archive = archive;
        this.patience = patience;
    }

    /**
     * One pass over all streams. What cannot be put right is logged, and the rest goes on. Returns when all roots are right,
     * or when it has waited long enough: those that are not follow by themselves.
     */
    public void run() {
        Map<Path, Thread> threads = new LinkedHashMap<>();
        for (Path root : archive.roots()) {
            archive.hold(root);
            threads.put(root, DaemonThreads.named("dvr-recovery " + root, () -> archive.recover(root)));
        }
        threads.values().forEach(Thread::start);
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        try {
            for (Thread thread : threads.values()) {
                TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, deadlineNanos - System.nanoTime()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads.keySet().stream().filter(archive::isHeld).forEach(this::reportLate);
    }

    private void reportLate(Path root) {
        String sentence = RootRecovery.sentence(root);
        log.warn("{} within {} s; recording there begins afterwards", sentence, patience.toSeconds());
        archive.meter().troubleBegins(sentence);
        if (!archive.isHeld(root)) {
            archive.meter().troubleEnds(sentence); // It was done meanwhile.
        }
    }
}
