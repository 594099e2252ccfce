package org.red5.dvr.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import org.red5.dvr.archive.files.KnownHours;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.FileBytes;

/** Finds the bytes of takes: init segments, and where in a file a segment is. Any thread may call. */
public final class TakeReader implements Closeable {
    private static final int CACHED_INITS = 1_000;

    private final ArchiveRoots roots;
    private final StreamArchives archives;
    private final KnownHours known;
    private final InitCache inits = new InitCache(CACHED_INITS);

    /** @param known where takes are of which the beginning need not be here */
    TakeReader(ArchiveRoots roots, StreamArchives archives, KnownHours known) {
        this.roots = roots;
        this.archives = archives;
        this.known = known;
    }

    /**
     * A take in an hour that is here.
     *
     * @param media where its bytes lie
     */
    public record Found(HourIndex index, Path media) {
        /** The bytes of a segment that is here; empty when it has none of that part. */
        public Optional<MediaBytes> segment(long number, Part part) {
            int position = index.positionOf(number);
            Segment segment = index.segment(position);
            long offset = index.offsetBytes(position);
            MediaBytes bytes = switch (part) {
                case MUXED -> new MediaBytes.FileRegion(media, offset, segment.bytes());
                case VIDEO -> new MediaBytes.FileRegion(media, offset, segment.videoBytes());
                case AUDIO -> new MediaBytes.FileRegion(media, offset + segment.videoBytes(), segment.audioBytes());
            };
            return bytes.lengthBytes() == 0 ? Optional.empty() : Optional.of(bytes);
        }

        /** CRC-32C of all bytes of a segment that is here. */
        public int crc(long number) {
            return index.mediaCrc(index.positionOf(number));
        }
    }

    /** Looks an hour of a take up. */
    private interface Search {
        Optional<HourIndex> in(StreamHistory history) throws IOException;
    }

    Optional<Take> take(StreamKey stream, TakeId take) throws IOException {
        Optional<Found> found = anyHour(stream, take);
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(InitSegments.take(
                        take, found.get().index().header().ordinal(), guardedInit(stream, found.get())));
    }

    Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) throws IOException {
        Optional<Found> found = anyHour(stream, take);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        if (part == Part.MUXED) {
            return Optional.of(new MediaBytes.FileRegion(
                    found.get().media(), 0, found.get().index().header().initBytes()));
        }
        return InitSegments.only(guardedInit(stream, found.get()), part)
                .map(one -> new MediaBytes.InMemory(one.toBytes()));
    }

    Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException {
        return find(stream, take, number).flatMap(found -> found.segment(number, part));
    }

    private Optional<Found> anyHour(StreamKey stream, TakeId take) throws IOException {
        OptionalLong hour = known.of(stream, take);
        return hour.isPresent()
                ? find(stream, history -> history.inHour(take, hour.getAsLong()))
                : find(stream, history -> history.find(take));
    }

    /** The hour that a segment can be had in. */
    Optional<Found> find(StreamKey stream, TakeId take, long number) throws IOException {
        return find(stream, history -> history.find(take, number));
    }

    private Optional<Found> find(StreamKey stream, Search search) throws IOException {
        Optional<StreamArchive> archive = archives.find(stream);
        return archive.isEmpty()
                ? Optional.empty()
                : roots.readers()
                        .read(
                                archive.get().root(),
                                () -> search.in(archive.get().history())
                                        .flatMap(index -> archive.get()
                                                .hours()
                                                .media(index)
                                                .map(media -> new Found(index, media))));
    }

    /** The init segment of a take, of which the index of an hour is known. */
    InitSegment init(StreamKey stream, StreamArchive archive, HourIndex index) throws IOException {
        return init(stream, new Found(index, archive.hours().mediaFile(index)));
    }

    private InitSegment init(StreamKey stream, Found found) throws IOException {
        return inits.get(stream, found.index().take(), () -> read(found));
    }

    private InitSegment guardedInit(StreamKey stream, Found found) throws IOException {
        return roots.readers().read(found.media(), () -> init(stream, found));
    }

    private static InitSegment read(Found found) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(found.index().header().initBytes());
        try (FileChannel file = FileChannel.open(found.media(), StandardOpenOption.READ)) {
            FileBytes.read(file, bytes, 0);
            return InitSegmentReader.parse(bytes.array());
        } catch (CorruptMediaException e) {
            throw new CorruptArchiveException(found.media() + ": " + e.getMessage());
        }
    }

    @Override
    public void close() {
        inits.close();
    }
}
