package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.archive.files.UnfitRootException;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts an archive right at start-up, before anything is recorded: of each stream the hours that were open when the last
 * process ended, which can be the latest one and the one before. Of all others names are read and no files; they are
 * looked at when they are first asked for, in the same passes ({@code docs/format-hour-file.md}). Each root has a thread of
 * its own, and is used by nobody until it is right: one whose disk hangs keeps only itself from being used.
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
            Thread thread = new Thread(() -> run(root), "dvr-recovery " + root);
            thread.setDaemon(true);
            threads.put(root, thread);
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
        log.warn("{} within {} s; recording there begins afterwards", sentence(root), patience.toSeconds());
        archive.meter().troubleBegins(sentence(root));
        if (!archive.isHeld(root)) {
            archive.meter().troubleEnds(sentence(root)); // It was done meanwhile.
        }
    }

    private static String sentence(Path root) {
        return root + " has not been looked through after the start";
    }

    /** The same below one root, on this thread; also for one that was not this process's before. */
    void run(Path root) {
        long startNanos = System.nanoTime();
        try {
            Set<StreamKey> streams = archive.streams(root);
            streams.forEach(stream -> recover(root, stream));
            if (!streams.isEmpty()) {
                long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
                log.info("{}: the last hours of {} streams were looked through in {} ms", root, streams.size(), millis);
            }
        } catch (RuntimeException e) {
            log.error("{} could not be searched for recordings, because of a defect", root, e);
        } finally {
            archive.release(root);
            archive.meter().troubleEnds(sentence(root));
        }
    }

    private void recover(Path root, StreamKey stream) {
        try {
            archive.below(root, stream).recover();
        } catch (UnfitRootException e) {
            // Reported by the check. What is there when the root is fit again is looked through then, or when it is
            // read.
            log.debug("{} is left alone: {}", stream, e.getMessage());
        } catch (IOException e) {
            log.warn("the last hours of {} could not be looked through: {}", stream, e.toString());
        } catch (RuntimeException e) {
            log.error("the last hours of {} were not looked through, because of a defect", stream, e);
        }
    }
}
