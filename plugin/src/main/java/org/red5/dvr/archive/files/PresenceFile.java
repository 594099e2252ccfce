package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.archive.index.PresenceFormat;
import org.red5.dvr.archive.index.PresenceFormat.Image;
import org.red5.dvr.util.FileBytes;

/**
 * Reads and writes presence files. They are written over in their place, as one is for every segment that comes: what a crash tears
 * is no loss, as media and index say it all again.
 */
final class PresenceFile {
    /** Of a file of which nothing can be read: nothing is known, and nothing may be made from the media. */
    private static final Image UNREADABLE = new Image(true, "", 0, Optional.empty());
    /** Whoever reads while another thread writes finds it torn, for a moment. */
    private static final int TRIES = 4;

    private PresenceFile() {}

    /**
     * What a file says; empty when there is none.
     *
     * @throws NewerArchiveException naming the file, when this software does not read its version
     */
    static Optional<Image> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Image image = UNREADABLE;
        for (int i = 0; i < TRIES && image.presence().isEmpty(); i++) {
            try {
                image = PresenceFormat.decode(Files.readAllBytes(file));
            } catch (NoSuchFileException e) {
                return Optional.empty();
            } catch (CorruptArchiveException e) {
                image = UNREADABLE;
            } catch (NewerArchiveException e) {
                throw new NewerArchiveException(file + ": " + e.getMessage());
            }
        }
        return Optional.of(image);
    }

    /** Makes the file, or writes it over, and forces it where that is to be done. */
    static void write(Disk disk, Path file, byte[] bytes, DiskSync sync) throws IOException {
        boolean isNew = !Files.exists(file);
        try (FileChannel channel = isNew ? disk.create(file) : disk.open(file)) {
            FileBytes.write(channel, ByteBuffer.wrap(bytes), 0);
            if (channel.size() > bytes.length) {
                channel.truncate(bytes.length);
            }
            sync.force(channel);
        }
        if (isNew) {
            sync.forceNames(file.getParent());
        }
    }
}
