package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.red5.dvr.timeline.TakeId;

/**
 * The two files of one take in one hour, and how they are put right: nothing is lost by it, and at any instant there is an
 * index or none, never half of one.
 */
final class TakeFiles {
    private final Disk disk;
    private final Path hourDirectory;
    private final long hour;
    private final TakeId take;

    /**
     * @param disk through which indexes are written
     */
    TakeFiles(Disk disk, Path hourDirectory, long hour, TakeId take) {
        this.disk = disk;
        this.hourDirectory = hourDirectory;
        this.hour = hour;
        this.take = take;
    }

    long hour() {
        return hour;
    }

    TakeId take() {
        return take;
    }

    Path media() {
        return ArchiveLayout.mediaFile(hourDirectory, take);
    }

    Path index() {
        return ArchiveLayout.indexFile(hourDirectory, take);
    }

    /** The index's bytes; none at all when it is not there. */
    byte[] readIndex() throws IOException {
        return Files.exists(index()) ? Files.readAllBytes(index()) : new byte[0];
    }

    /** How long the media is; 0 when it is not there. */
    long mediaBytes() throws IOException {
        return Files.exists(media()) ? Files.size(media()) : 0;
    }

    /** Sets the media aside, if it is there. */
    void setMediaAside(String reason) throws IOException {
        if (Files.exists(media())) {
            Aside.move(media(), reason);
        }
    }

    /**
     * Puts a new index in the old one's place at once, forced to the disk.
     *
     * @param keepOld whether the old one, if there is any, is kept aside
     * @throws IOException when that cannot be done; the old one stays then
     */
    void replaceIndex(byte[] bytes, boolean keepOld) throws IOException {
        Path made = ArchiveLayout.rebuiltIndexFile(hourDirectory, take);
        Files.deleteIfExists(made); // Left by a server that went down while it made one.
        try {
            write(made, bytes);
            if (keepOld && Files.exists(index())) {
                Aside.copy(index(), "does not fit its media");
            }
            Files.move(made, index(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            discard(made, e);
            throw e;
        }
        DiskSync.SEGMENT.forceNames(hourDirectory);
    }

    private void write(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = disk.create(file)) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest, rest.position());
            }
            channel.force(true);
        }
    }

    private static void discard(Path file, IOException failure) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
