package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
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
        long startNanos = System.nanoTime();
        int streams = 0;
        for (Path root : archive.roots()) {
            try {
                for (StreamKey stream : ArchiveLayout.streams(root)) {
                    recover(stream);
                    streams++;
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

    private void recover(StreamKey stream) {
        try {
            Optional<StreamArchive> hours = archive.archive(stream);
            if (hours.isPresent()) {
                hours.get().recover();
            }
        } catch (NotMountedException e) {
            // Reported by the check. What is there when the disk is mounted is looked through when it is read.
            log.debug("{} is left alone: {}", stream, e.getMessage());
        } catch (IOException e) {
            log.warn("the last hours of {} could not be looked through: {}", stream, e.toString());
        }
    }
}
