package org.red5.dvr.archive.retention;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the roots of each disk a thread of their own to be swept by, so that a disk that hangs holds up no other. One thread
 * calls, and asks no disk itself.
 */
public final class DiskThreads {
    /** A disk that has not answered for so long is reported. */
    public static final long PATIENCE_NANOS = 60_000_000_000L;

    private static final Logger log = LoggerFactory.getLogger(DiskThreads.class);

    private final DiskWatch disks;
    private final LongSupplier nanoTime;
    private final ArchiveMeter meter;
    /** The disk of each root, as it was last found. */
    private final Map<Path, String> diskOf = new ConcurrentHashMap<>();

    private final Set<String> beingSwept = ConcurrentHashMap.newKeySet();
    /** Since when a root is asked for its disk, and since when it is being swept, by the clock that never steps. */
    private final Map<Path, Long> findingSince = new ConcurrentHashMap<>();

    private final Map<Path, Long> sweepingSince = new ConcurrentHashMap<>();
    private final Set<Path> reported = new HashSet<>();

    /**
     * @param disks tells which roots are on one disk
     * @param nanoTime a clock that never steps
     * @param meter told of roots that do not answer
     */
    DiskThreads(DiskWatch disks, LongSupplier nanoTime, ArchiveMeter meter) {
        this.disks = disks;
        this.nanoTime = nanoTime;
        this.meter = meter;
    }

    /**
     * Sweeps the roots of each disk together, but for those that are still being swept. Nothing is swept while some roots have
     * not said yet which disk they are on, unless they have kept silent for long.
     *
     * @param threads runs what may hang, each task on a thread of its own
     */
    void sweep(Collection<Path> roots, Executor threads, Consumer<List<Path>> sweep) {
        roots.forEach(root -> findDisk(root, threads));
        report();
        if (!diskOf.keySet()
                .containsAll(
                        roots.stream().filter(root -> !reported.contains(root)).toList())) {
            return; // Which roots share a disk is known in a later pass.
        }
        Map<String, List<Path>> rootsOf = new TreeMap<>();
        for (Path root : roots) {
            String disk = diskOf.get(root);
            if (disk != null && !sweepingSince.containsKey(root)) {
                rootsOf.computeIfAbsent(disk, name -> new ArrayList<>()).add(root);
            }
        }
        rootsOf.forEach((disk, itsRoots) -> sweep(disk, itsRoots, threads, sweep));
    }

    private void findDisk(Path root, Executor threads) {
        if (findingSince.putIfAbsent(root, nanoTime.getAsLong()) == null) {
            run(
                    threads,
                    () -> diskOf.put(
                            root, disks.space(root).map(Disks.Space::name).orElse("that of " + root)),
                    () -> findingSince.remove(root));
        }
    }

    private void sweep(String disk, List<Path> roots, Executor threads, Consumer<List<Path>> sweep) {
        if (beingSwept.add(disk)) {
            long now = nanoTime.getAsLong();
            roots.forEach(root -> sweepingSince.put(root, now));
            run(threads, () -> sweep.accept(roots), () -> {
                roots.forEach(sweepingSince::remove);
                beingSwept.remove(disk);
            });
        }
    }

    private static void run(Executor threads, Runnable task, Runnable afterwards) {
        try {
            threads.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    log.error("what has expired was not looked for as a whole, because of a defect", e);
                } finally {
                    afterwards.run();
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("nothing is swept any more: {}", e.toString());
            afterwards.run();
        }
    }

    private void report() {
        Set<Path> silent = new HashSet<>();
        for (Map<Path, Long> busy : List.of(findingSince, sweepingSince)) {
            busy.forEach((root, since) -> {
                if (nanoTime.getAsLong() - since > PATIENCE_NANOS) {
                    silent.add(root);
                }
            });
        }
        for (Path root : silent) {
            if (reported.add(root)) {
                log.warn("{}; nothing more is deleted there until it does", sentence(root));
                meter.troubleBegins(sentence(root));
            }
        }
        for (Path root : List.copyOf(reported)) {
            if (!silent.contains(root) && reported.remove(root)) {
                log.info("{} answers again", root);
                meter.troubleEnds(sentence(root));
            }
        }
    }

    private static String sentence(Path root) {
        return root + " has not answered for over a minute";
    }
}
