package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.red5.dvr.timeline.TakeId;

/** What the hours of a stream around one say of a take in it. */
final class TakeNeighbours implements HourRecovery.Neighbours {
    private final Path streamDirectory;
    private final long hour;

    TakeNeighbours(Path streamDirectory, long hour) {
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
        TreeMap<TakeId, Integer> known = ordinals(OptionalLong.of(hour));
        known.putAll(ordinals(ArchiveLayout.hourAtOrAfter(streamDirectory, hour + 1)));
        known.putAll(ordinals(ArchiveLayout.hourAtOrBefore(streamDirectory, hour - 1)));
        Map.Entry<TakeId, Integer> before = known.floorEntry(take);
        Map.Entry<TakeId, Integer> after = known.higherEntry(take);
        if (before != null) {
            return before.getValue() + (before.getKey().equals(take) ? 0 : 1);
        }
        return after == null ? 0 : Math.max(0, after.getValue() - 1);
    }

    private TreeMap<TakeId, Integer> ordinals(OptionalLong ofHour) throws IOException {
        TreeMap<TakeId, Integer> ordinals = new TreeMap<>();
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
            while (bytes.hasRemaining() && file.read(bytes) >= 0) {
                // Reads on until the header is there or the file ends.
            }
            return Optional.of(IndexFormat.header(bytes.flip()));
        } catch (CorruptArchiveException | NewerArchiveException e) {
            // It is looked at, and reported, on its own.
            return Optional.empty();
        }
    }
}
