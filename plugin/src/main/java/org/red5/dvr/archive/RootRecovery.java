package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.UnfitRootException;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts right what is below one root: of each stream the hours that were open when the last process ended, which can be the latest
 * one and the one before. Of all others names are read and no files; they are looked at when they are first asked for, in the same
 * passes ({@code docs/format-hour-file.md}).
 */
final class RootRecovery {
    private static final Logger log = LoggerFactory.getLogger(RootRecovery.class);

    private final ArchiveRoots roots;
    private final StreamArchives archives;
    private final ArchiveMeter meter;

    RootRecovery(ArchiveRoots roots, StreamArchives archives, ArchiveMeter meter) {
        this.roots = roots;
        this.archives = archives;
        this.meter = meter;
    }

    /** What is wrong while a root is not right yet though it should be. */
    static String sentence(Path root) {
        return root + " has not been looked through after the start";
    }

    /** One pass over all streams, on this thread; then the root may be used. What cannot be put right is logged, and the rest goes on. */
    void run(Path root) {
        long startNanos = System.nanoTime();
        try {
            Set<StreamKey> streams = archives.search().streams(root);
            streams.forEach(stream -> recover(root, stream));
            if (!streams.isEmpty()) {
                long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
                log.info("{}: the last hours of {} streams were looked through in {} ms", root, streams.size(), millis);
            }
        } catch (RuntimeException e) {
            log.error("{} could not be searched for recordings, because of a defect", root, e);
        } finally {
            roots.release(root);
            meter.troubleEnds(sentence(root));
        }
    }

    private void recover(Path root, StreamKey stream) {
        try {
            archives.below(root, stream).recover();
        } catch (UnfitRootException e) {
            // Reported by the check. What is there when the root is fit again is looked through then,
            // or when it is read.
            log.debug("{} is left alone: {}", stream, e.getMessage());
        } catch (IOException e) {
            log.warn("the last hours of {} could not be looked through: {}", stream, e.toString());
        } catch (RuntimeException e) {
            log.error("the last hours of {} were not looked through, because of a defect", stream, e);
        }
    }
}
