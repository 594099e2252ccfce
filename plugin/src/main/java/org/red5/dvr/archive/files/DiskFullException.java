package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A file could not be written because its file system, or the share of it that we may use, is full. */
public final class DiskFullException extends IOException {
    /**
     * What a write needs at most to go through; with less than this left a failure is taken for a full disk. A system's
     * sentence alone would not do: it may be in any language.
     */
    private static final long NEAR_FULL_BYTES = 256 << 10;

    /** ENOSPC and EDQUOT on Linux and macOS, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows. */
    private static final List<String> SENTENCES =
            List.of("no space left on device", "disk quota exceeded", "not enough space on the disk", "disk is full");

    private DiskFullException(String message, IOException cause) {
        super(message, cause);
    }

    /**
     * The failure to write a file as what it is: this exception when there was no space, and otherwise the failure. To be
     * asked before anything is deleted or cut off.
     */
    public static IOException classify(IOException failure, Disk disk, Path file) {
        if (failure instanceof DiskFullException || !(saysSo(failure) || isNearlyFull(disk, file, failure))) {
            return failure;
        }
        return new DiskFullException(file + ": " + failure.getMessage(), failure);
    }

    private static boolean saysSo(IOException failure) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return SENTENCES.stream().anyMatch(message::contains);
    }

    private static boolean isNearlyFull(Disk disk, Path file, IOException failure) {
        try {
            return disk.usableBytes(file) < NEAR_FULL_BYTES;
        } catch (IOException e) {
            failure.addSuppressed(e);
            return false;
        }
    }
}
