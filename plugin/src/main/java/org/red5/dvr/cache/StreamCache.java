package org.red5.dvr.cache;

import java.io.IOException;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.cache.FillQueue.Waiting;
import org.red5.dvr.copies.HourFile;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The segment cache of one stream, looked up once for a request. Any thread may call. */
final class StreamCache {
    private static final Logger log = LoggerFactory.getLogger(StreamCache.class);

    private final StreamKey stream;
    private final CacheRoot root;
    private final LocalArchive archive;
    private final LocalTakes takes;
    private final SegmentGrid grid;
    private final CacheCounts counts;
    private final boolean isForExport;

    /**
     * @param root where it is cached
     * @param archive of the caches of this server
     * @param takes the same
     */
    StreamCache(
            StreamKey stream,
            CacheRoot root,
            LocalArchive archive,
            LocalTakes takes,
            SegmentGrid grid,
            CacheCounts counts) {
        this(stream, root, archive, takes, grid, counts, false);
    }

    private StreamCache(
            StreamKey stream,
            CacheRoot root,
            LocalArchive archive,
            LocalTakes takes,
            SegmentGrid grid,
            CacheCounts counts,
            boolean isForExport) {
        this.stream = stream;
        this.root = root;
        this.archive = archive;
        this.takes = takes;
        this.grid = grid;
        this.counts = counts;
        this.isForExport = isForExport;
    }

    private HourFile file(TakeId take, long number) {
        return new HourFile(stream, grid.hourOf(number), take);
    }

    /** The same for copies of long windows: what they read is not used by that, and what they bring is not kept for long. */
    StreamCache forExport() {
        return new StreamCache(stream, root, archive, takes, grid, counts, true);
    }

    /** Has a segment cached that is not here; nothing happens when the disk is behind. */
    void offer(TakeId take, long number, MediaBytes bytes) {
        root.offer(new Waiting(file(take, number), number, bytes, isForExport));
    }

    /** The same when all of it has come; not when it breaks off. */
    void offerWhole(TakeId take, long number, MediaBytes bytes) {
        bytes.whole().thenRun(() -> offer(take, number, bytes));
    }

    /** Whether a segment is here; nobody is told of its use. The disk is asked only where there is something of its hour. */
    boolean has(TakeId take, long number) {
        return root.mayHave(file(take, number))
                && here(() -> archive.segment(stream, take, number, Part.MUXED)).isPresent();
    }

    /** A segment, or some of its tracks. */
    Optional<MediaBytes> segment(TakeId take, long number, Part part) {
        return look(take, number, () -> archive.segment(stream, take, number, part), MediaBytes::lengthBytes);
    }

    /** A segment with all its tracks, as other servers get it. */
    Optional<SegmentReply> reply(TakeId take, long number) {
        return look(
                take,
                number,
                () -> takes.segment(stream, take, number).join(),
                reply -> reply.bytes().lengthBytes());
    }

    private <T> Optional<T> look(
            TakeId take, long number, DiskReaders.Reading<Optional<T>> reading, ToLongFunction<T> lengthBytes) {
        HourFile file = file(take, number);
        Optional<T> found = root.mayHave(file) ? here(reading) : Optional.empty();
        if (isForExport) {
            return found;
        }
        found.ifPresentOrElse(
                bytes -> {
                    root.used(file);
                    counts.hit(stream, lengthBytes.applyAsLong(bytes));
                },
                () -> counts.miss(stream));
        return found;
    }

    /** What a cache holds; nothing when its disk does not say. */
    static <T> Optional<T> here(DiskReaders.Reading<Optional<T>> reading) {
        try {
            return reading.read();
        } catch (IOException | RuntimeException e) {
            log.debug("not found in the cache: {}", e.toString());
            return Optional.empty();
        }
    }
}
