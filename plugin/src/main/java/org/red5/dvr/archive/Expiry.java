package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes hours that are older than their stream's archive is deep; touches no file that is not the archive's. */
public final class Expiry {
    private static final Logger log = LoggerFactory.getLogger(Expiry.class);

    private final LocalArchive archive;
    private final Function<StreamKey, OptionalLong> ageMicrosOf;
    private final LongSupplier utcMicros;

    /**
     * @param ageMicrosOf how deep a stream's archive is, empty when it has no limit by age
     * @param utcMicros the clock, microseconds since the Unix epoch
     */
    public Expiry(LocalArchive archive, Function<StreamKey, OptionalLong> ageMicrosOf, LongSupplier utcMicros) {
        this.archive = archive;
        this.ageMicrosOf = ageMicrosOf;
        this.utcMicros = utcMicros;
    }

    /** One pass over all streams. What cannot be deleted is logged and left for the next pass. */
    public void sweep() {
        try {
            for (StreamKey stream : archive.streams()) {
                OptionalLong age = ageMicrosOf.apply(stream);
                if (age.isPresent()) {
                    sweep(stream, ArchiveLayout.hourAt(utcMicros.getAsLong() - age.getAsLong()));
                }
            }
        } catch (IOException e) {
            log.warn("the archive could not be searched for what has expired: {}", e.toString());
        }
    }

    /** Deletes the hours of a stream before one. */
    private void sweep(StreamKey stream, long firstKept) {
        try {
            Optional<StreamArchive> hours = archive.archive(stream);
            if (hours.isEmpty()) {
                return;
            }
            OptionalLong hour = hours.get().firstHour();
            while (hour.isPresent()
                    && hour.getAsLong() < firstKept
                    && !hours.get().isOpen(hour.getAsLong())) {
                delete(stream, hours.get(), hour.getAsLong());
                hour = hours.get().hourAfter(hour.getAsLong());
            }
        } catch (IOException e) {
            log.warn("expired recordings of {} could not be deleted: {}", stream, e.toString());
        }
    }

    private static void delete(StreamKey stream, StreamArchive hours, long hour) throws IOException {
        Path directory = hours.hourDirectory(hour);
        hours.deleting(hour);
        int files = 0;
        // Indexes go first: what no index lists is not offered to anybody.
        for (String ending : new String[] {ArchiveLayout.INDEX, ArchiveLayout.MEDIA}) {
            for (Path file : ArchiveLayout.children(directory)) {
                if (ArchiveLayout.takeOf(file, ending).isPresent() && Files.deleteIfExists(file)) {
                    files++;
                }
            }
            hours.deleted(hour);
        }
        Path empty = directory;
        for (int level = 0; level < 4 && empty != null && deleteEmpty(empty); level++) {
            empty = empty.getParent();
        }
        hours.deleted(hour);
        if (files > 0) {
            log.info("deleted {}, {} files of {}: older than its archive is deep", directory, files, stream);
        }
    }

    private static boolean deleteEmpty(Path directory) throws IOException {
        if (Files.isSymbolicLink(directory)) {
            // Somebody put it there; and deleting it would succeed whatever it leads to.
            return false;
        }
        try {
            Files.deleteIfExists(directory);
            return true;
        } catch (DirectoryNotEmptyException e) {
            return false;
        }
    }
}
