package org.red5.dvr.archive.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.Crc32c;
import org.red5.dvr.util.FileBytes;

/** What the hours of a stream around one say of a take in it. */
public final class TakeNeighbours implements Neighbours {
    private final Path streamDirectory;
    private final long hour;

    public TakeNeighbours(Path streamDirectory, long hour) {
        this.streamDirectory = streamDirectory;
        this.hour = hour;
    }

    @Override
    public boolean goesOn(TakeId take) throws IOException {
        Path index = ArchiveLayout.indexFile(ArchiveLayout.hourDirectory(streamDirectory, hour + 1), take);
        return Files.exists(index) && Files.size(index) >= IndexFormat.HEADER_BYTES + IndexFormat.RECORD_BYTES;
    }

    /** That of another of its hours; or the one after the take before; or the one before the take after. */
    @Override
    public int ordinalOf(TakeId take) throws IOException {
        NavigableMap<TakeId, Integer> known = ordinals(OptionalLong.of(hour));
        known.putAll(ordinals(ArchiveLayout.hourAtOrAfter(streamDirectory, hour + 1)));
        known.putAll(ordinals(ArchiveLayout.hourAtOrBefore(streamDirectory, hour - 1)));
        Map.Entry<TakeId, Integer> before = known.floorEntry(take);
        Map.Entry<TakeId, Integer> after = known.higherEntry(take);
        if (before != null) {
            return before.getValue() + (before.getKey().equals(take) ? 0 : 1);
        }
        return after == null ? 0 : Math.max(0, after.getValue() - 1);
    }

    /** A take has no holes: where it was in another hour, it was in the next or in the one before. */
    @Override
    public Optional<byte[]> initOf(TakeId take, IndexFormat.Header header) throws IOException {
        for (long other : List.of(hour + 1, hour - 1)) {
            Path media = ArchiveLayout.mediaFile(ArchiveLayout.hourDirectory(streamDirectory, other), take);
            ByteBuffer init = ByteBuffer.allocate(header.initBytes());
            try (FileChannel file = FileChannel.open(media, StandardOpenOption.READ)) {
                if (FileBytes.read(file, init, 0) && Crc32c.of(init.array()) == header.initCrc()) {
                    return Optional.of(init.array());
                }
            } catch (NoSuchFileException e) {
                // It was not in that hour.
            }
        }
        return Optional.empty();
    }

    private NavigableMap<TakeId, Integer> ordinals(OptionalLong ofHour) throws IOException {
        NavigableMap<TakeId, Integer> ordinals = new TreeMap<>();
        if (ofHour.isEmpty()) {
            return ordinals;
        }
        Path directory = ArchiveLayout.hourDirectory(streamDirectory, ofHour.getAsLong());
        for (Path file : ArchiveLayout.children(directory)) {
            Optional<TakeId> take = ArchiveLayout.takeOf(file, ArchiveLayout.INDEX);
            if (take.isPresent()) {
                header(file).ifPresent(header -> ordinals.put(take.get(), header.ordinal()));
            }
        }
        return ordinals;
    }

    private static Optional<IndexFormat.Header> header(Path index) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(IndexFormat.HEADER_BYTES);
        try (FileChannel file = FileChannel.open(index, StandardOpenOption.READ)) {
            FileBytes.read(file, bytes, 0);
            return Optional.of(IndexFormat.header(bytes.flip()));
        } catch (CorruptArchiveException | NewerArchiveException e) {
            // It is looked at, and reported, on its own.
            return Optional.empty();
        }
    }
}
