package org.red5.dvr.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.media.CorruptMediaException;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.timeline.MediaBytes;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;

/** Finds the bytes of takes: init segments, and where in a file a segment is. Any thread may call. */
final class TakeReader implements Closeable {
    private static final int CACHED_INITS = 1_000;

    private final ArchiveRoots roots;
    private final StreamArchives archives;
    private final InitCache inits = new InitCache(CACHED_INITS);

    TakeReader(ArchiveRoots roots, StreamArchives archives) {
        this.roots = roots;
        this.archives = archives;
    }

    Optional<Take> take(StreamKey stream, TakeId take) throws IOException {
        Optional<HourIndex> index = anyHour(stream, take);
        if (index.isEmpty()) {
            return Optional.empty();
        }
        InitSegment init = guardedInit(stream, index.get());
        return Optional.of(InitSegments.take(take, index.get().header().ordinal(), init));
    }

    Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) throws IOException {
        Optional<HourIndex> index = anyHour(stream, take);
        if (index.isEmpty()) {
            return Optional.empty();
        }
        if (part == Part.MUXED) {
            return Optional.of(new MediaBytes.FileRegion(
                    index.get().mediaFile(), 0, index.get().header().initBytes()));
        }
        InitSegment init = guardedInit(stream, index.get());
        return InitSegments.only(init, part).map(one -> new MediaBytes.InMemory(one.toBytes()));
    }

    Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException {
        Optional<StreamArchive> archive = archives.find(stream);
        Optional<HourIndex> index = archive.isPresent() ? find(archive.get(), take, number) : Optional.empty();
        if (index.isEmpty()) {
            return Optional.empty();
        }
        int position = index.get().positionOf(number);
        Segment segment = index.get().segment(position);
        long offset = index.get().offsetBytes(position);
        MediaBytes bytes = switch (part) {
            case MUXED -> new MediaBytes.FileRegion(index.get().mediaFile(), offset, segment.bytes());
            case VIDEO -> new MediaBytes.FileRegion(index.get().mediaFile(), offset, segment.videoBytes());
            case AUDIO ->
                new MediaBytes.FileRegion(index.get().mediaFile(), offset + segment.videoBytes(), segment.audioBytes());
        };
        return bytes.lengthBytes() == 0 ? Optional.empty() : Optional.of(bytes);
    }

    /** The index of the hour that a segment can be had in. */
    Optional<HourIndex> find(StreamArchive archive, TakeId take, long number) throws IOException {
        return roots.readers()
                .read(
                        archive.root(),
                        () -> archive.hours().present(archive.history().find(take, number)));
    }

    /** The init segment of a take, of which the index of an hour is known. */
    InitSegment init(StreamKey stream, HourIndex index) throws IOException {
        return inits.get(stream, index.take(), () -> read(index));
    }

    private InitSegment guardedInit(StreamKey stream, HourIndex index) throws IOException {
        return roots.readers().read(index.mediaFile(), () -> init(stream, index));
    }

    private Optional<HourIndex> anyHour(StreamKey stream, TakeId take) throws IOException {
        Optional<StreamArchive> archive = archives.find(stream);
        return archive.isEmpty()
                ? Optional.empty()
                : roots.readers()
                        .read(
                                archive.get().root(),
                                () -> archive.get()
                                        .hours()
                                        .present(archive.get().history().find(take)));
    }

    private static InitSegment read(HourIndex index) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(index.header().initBytes());
        try (FileChannel file = FileChannel.open(index.mediaFile(), StandardOpenOption.READ)) {
            while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
                // Reads on until the buffer is full or the file ends.
            }
            return InitSegmentReader.parse(bytes.array());
        } catch (CorruptMediaException e) {
            throw new CorruptArchiveException(index.mediaFile() + ": " + e.getMessage());
        }
    }

    @Override
    public void close() {
        inits.close();
    }
}
