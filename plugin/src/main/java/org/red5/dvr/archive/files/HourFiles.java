package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.red5.dvr.timeline.TakeId;

/** The archive's own files in the directory of an hour; nothing else that lies there is counted or deleted. */
public final class HourFiles {
    /** Hour, day, month and year. */
    private static final int LEVELS = 4;

    private HourFiles() {}

    /** The takes that have a file in a directory. */
    public static Set<TakeId> takes(Path directory) throws IOException {
        Set<TakeId> takes = new HashSet<>();
        for (Path file : ArchiveLayout.children(directory)) {
            ArchiveLayout.takeOf(file).ifPresent(takes::add);
        }
        return takes;
    }

    /** How many bytes takes have in a directory. */
    public static long bytes(Path directory, Predicate<TakeId> counted) throws IOException {
        long bytes = 0;
        for (Path file : ArchiveLayout.children(directory)) {
            if (ArchiveLayout.takeOf(file).filter(counted).isPresent()) {
                bytes += bytes(file);
            }
        }
        return bytes;
    }

    /** A file may be gone since its name was read. */
    private static long bytes(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** Deletes the files of takes, indexes first; gives how many there were. */
    public static int delete(Path directory, Set<TakeId> takes) throws IOException {
        int files = 0;
        for (String ending : ArchiveLayout.ENDINGS) {
            for (TakeId take : takes) {
                files += Files.deleteIfExists(directory.resolve(take.value() + ending)) ? 1 : 0;
            }
        }
        return files;
    }

    /** Deletes a directory and those above it, up to the stream's own, as far as nothing lies in them. */
    public static void deleteEmpty(Path directory) throws IOException {
        Path empty = directory;
        for (int level = 0; level < LEVELS && empty != null && deleteIfEmpty(empty); level++) {
            empty = empty.getParent();
        }
    }

    private static boolean deleteIfEmpty(Path directory) throws IOException {
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
