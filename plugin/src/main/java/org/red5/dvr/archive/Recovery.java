package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts an archive right at start-up, before anything is recorded: of each stream the hours that were open when the last
 * process ended, which can be the latest one and the one before. Of all others names are read and no files; they are
 * looked at when they are first asked for, in the same passes ({@code docs/format-hour-file.md}).
 */
public final class Recovery {
    private static final Logger log = LoggerFactory.getLogger(Recovery.class);

    private final LocalArchive archive;

    public Recovery(LocalArchive archive) {
        this.archive = archive;
    }

    /** One pass over all streams. What cannot be put right is logged, and the rest goes on. */
    public void run() {
        run(archive.roots());
    }

    /** The same below one root, which was not this process's before. */
    void run(Path root) {
        run(List.of(root));
    }

    private void run(List<Path> roots) {
        long startNanos = System.nanoTime();
        int streams = 0;
        for (Path root : roots) {
            try {
                for (StreamKey stream : ArchiveLayout.streams(root)) {
                    streams += recover(root, stream) ? 1 : 0;
                }
            } catch (IOException e) {
                log.warn("{} could not be searched for recordings: {}", root, e.toString());
            }
        }
        if (streams > 0) {
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
            log.info("the last hours of {} recorded streams were looked through in {} ms", streams, millis);
        }
    }

    /** Whether the stream's hours were looked through. */
    private boolean recover(Path root, StreamKey stream) {
        try {
            archive.below(root, stream).recover();
            return true;
        } catch (UnfitRootException e) {
            // Reported by the check. What is there when the root is fit again is looked through then, or when it is
            // read.
            log.debug("{} is left alone: {}", stream, e.getMessage());
        } catch (IOException e) {
            log.warn("the last hours of {} could not be looked through: {}", stream, e.toString());
        }
        return false;
    }
}
