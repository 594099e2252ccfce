package org.red5.dvr.archive.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.archive.index.Presence;
import org.red5.dvr.archive.index.PresenceFormat;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.Crc32c;
import org.red5.dvr.util.FileBytes;

/**
 * The files of one take in one hour, and how they are put right: nothing is lost by it, and at any instant there is an
 * index or none, never half of one.
 */
public final class TakeFiles {
    private final Disk disk;
    private final Path hourDirectory;
    private final long hour;
    private final TakeId take;

    /**
     * @param disk through which files are written
     */
    public TakeFiles(Disk disk, Path hourDirectory, long hour, TakeId take) {
        this.disk = disk;
        this.hourDirectory = hourDirectory;
        this.hour = hour;
        this.take = take;
    }

    public long hour() {
        return hour;
    }

    public TakeId take() {
        return take;
    }

    public Path media() {
        return ArchiveLayout.mediaFile(hourDirectory, take);
    }

    public Path index() {
        return ArchiveLayout.indexFile(hourDirectory, take);
    }

    public Path directory() {
        return hourDirectory;
    }

    private Path presence() {
        return ArchiveLayout.presenceFile(hourDirectory, take);
    }

    /**
     * What the presence file says; empty when there is none.
     *
     * @throws NewerArchiveException when this software does not read its version
     */
    public Optional<PresenceFormat.Image> readPresence() throws IOException {
        return PresenceFile.read(presence());
    }

    /**
     * Brings the presence file to what is here; where that is what its absence says, there is none. A copy of an hour that may grow has one
     * in any case: what comes with its index is not here.
     *
     * @param isCopy whether the hour came from elsewhere
     * @param index what it says of presence
     * @param otherwise what is here where there is no such file: all, but what the index file marks
     */
    public void writePresence(boolean isCopy, HourIndex index, Presence otherwise, DiskSync sync) throws IOException {
        if (!index.presence().equals(otherwise) || isCopy && index.isRecording()) {
            PresenceFile.write(disk, presence(), PresenceFormat.encode(isCopy, index), sync);
        } else if (Files.deleteIfExists(presence())) {
            sync.forceNames(hourDirectory);
        }
    }

    /** What is here as far as the marks of the index file say it: all, where it has none or is not there. */
    public Presence marked() throws IOException {
        Optional<byte[]> index = readIndex();
        int listed = index.map(bytes -> (bytes.length - IndexFormat.HEADER_BYTES) / IndexFormat.RECORD_BYTES)
                .orElse(0);
        return listed <= 0
                ? Presence.ALL
                : Presence.damagedAt(IndexFormat.marks(
                        ByteBuffer.wrap(index.get())
                                .position(IndexFormat.HEADER_BYTES)
                                .slice(),
                        listed));
    }

    /** Whether the media begins with the init segment that a header names, as far as it says which that is. */
    public boolean hasInit(IndexFormat.Header header) throws IOException {
        byte[] init = new byte[header.initBytes()];
        try (InputStream media = Files.newInputStream(media())) {
            boolean isThere = media.readNBytes(init, 0, init.length) == init.length;
            return isThere && (header.initCrc() == 0 || header.initCrc() == Crc32c.of(init));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Makes the media file, in place of one that may be there. */
    public FileChannel createMedia() throws IOException {
        Files.deleteIfExists(media());
        return disk.create(media());
    }

    /** Opens the media file, which is there, for reading and writing. */
    public FileChannel openMedia() throws IOException {
        return disk.open(media());
    }

    /** Has the disk keep the media that was written: that it can be read does not say so. */
    public void forceMedia() throws IOException {
        force(media());
    }

    /** Has the disk keep what the presence file says, which is there. */
    public void forcePresence() throws IOException {
        force(presence());
    }

    private void force(Path file) throws IOException {
        try (FileChannel channel = disk.open(file)) {
            channel.force(false);
        }
    }

    /** The index's bytes; empty when it is not there. */
    public Optional<byte[]> readIndex() throws IOException {
        try {
            return Optional.of(Files.readAllBytes(index()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whether the media is there, and the index ends as a writer ends it; nothing else is looked at. */
    public boolean looksClosed() throws IOException {
        if (!Files.isRegularFile(index()) || !Files.exists(media())) {
            return false;
        }
        ByteBuffer last = ByteBuffer.allocate(IndexFormat.RECORD_BYTES);
        try (FileChannel channel = FileChannel.open(index(), StandardOpenOption.READ)) {
            long at = channel.size() - IndexFormat.RECORD_BYTES;
            if (at < IndexFormat.HEADER_BYTES) {
                return false;
            }
            FileBytes.read(channel, last, at);
        }
        return IndexFormat.isIntact(last.flip(), 0) && IndexFormat.isEnd(last, 0);
    }

    /**
     * How long the media is; empty when it is not there.
     *
     * @throws IOException when that cannot be told now
     */
    public OptionalLong mediaBytes() throws IOException {
        try {
            return OptionalLong.of(Files.size(media()));
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        }
    }

    /** Sets the media aside, if it is there. */
    public void setMediaAside(String reason) throws IOException {
        if (mediaBytes().isPresent()) {
            Aside.move(media(), reason);
        }
    }

    /**
     * Puts a new index in the old one's place at once, forced to the disk.
     *
     * @param keepOldFor why the old one, if there is any, is kept aside; empty when it is not
     * @throws IOException when that cannot be done; the old one stays then
     */
    public void replaceIndex(byte[] bytes, Optional<String> keepOldFor) throws IOException {
        Path made = ArchiveLayout.rebuiltIndexFile(hourDirectory, take);
        Files.deleteIfExists(made); // Left by a server that went down while it made one.
        try {
            write(made, bytes);
            if (keepOldFor.isPresent() && Files.exists(index())) {
                Aside.copy(index(), keepOldFor.get());
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
            FileBytes.write(channel, ByteBuffer.wrap(bytes), 0);
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
