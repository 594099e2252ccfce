package org.red5.dvr.replica;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.copies.HourCopier;
import org.red5.dvr.copies.HourFile;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.UnreachableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts what a source has of a take's hour into the archive: its index, and the segments that are missing here. A call waits for the disk, and for
 * the source within a bound. Several threads may call, each for other segments.
 */
final class HourFiller {
    private static final Logger log = LoggerFactory.getLogger(HourFiller.class);
    /** So long the head of an answer is waited for. */
    static final Duration PATIENCE = Duration.ofSeconds(3);
    /** And all of a segment: its bytes may come for as long as the peer interface lets them. */
    private static final long SEGMENT_PATIENCE_MILLIS = 40_000;

    private final LocalArchive archive;
    private final HourCopier copier;
    private final ReplicaCounts counts;

    /** Told of each segment that has come, before the next is asked for. */
    @FunctionalInterface
    interface Pace {
        /** Comes as fast as it can. */
        Pace NONE = bytes -> {};

        /**
         * Waits as long as so many bytes are to take.
         *
         * @throws UnreachableException when nothing more is to come
         */
        void passed(long bytes) throws UnreachableException;
    }

    HourFiller(LocalArchive archive, HourCopier copier, ReplicaCounts counts) {
        this.archive = archive;
        this.copier = copier;
        this.counts = counts;
    }

    /** Whether this server records a take in an hour, so that nobody else has more of it. */
    boolean isBeingRecorded(HourFile file) throws IOException {
        return archive.archive(file.stream())
                .filter(known -> known.hours().isBeingRecorded(file.hour(), file.take()))
                .isPresent();
    }

    /**
     * Brings the index here to what a source lists by now.
     *
     * @return what is listed here then; empty when the source has no such hour
     */
    Optional<HourIndex> list(HourFile file, ReplicaSource source) throws IOException {
        return copier.list(file, source.takes(PATIENCE), HourIndex::count).map(HourCopier.Listed::here);
    }

    /**
     * Brings an hour to what a source has of it. A segment that the source has and cannot give is left out.
     *
     * @param belowNumber segments from there on come in another way
     * @return how many segments came
     */
    long fill(HourFile file, ReplicaSource source, long belowNumber, Pace pace) throws IOException {
        TakeStore takes = source.takes(PATIENCE);
        Optional<HourIndex> listed =
                copier.list(file, takes, HourIndex::firstMissing).map(HourCopier.Listed::there);
        Optional<HourIndex> here = copier.here(file);
        if (listed.isEmpty() || here.isEmpty()) {
            return 0;
        }
        HourIndex there = listed.get();
        long came = 0;
        for (int position = 0; position < there.count() && there.number(position) < belowNumber; position++) {
            long number = there.number(position);
            if (there.isHere(position) && here.get().positionOf(number) < 0) {
                came += fetch(file, number, takes, pace) ? 1 : 0;
            }
        }
        return came;
    }

    /** Asks for a segment and puts it in its place; gives whether it came. */
    boolean fetch(HourFile file, long number, TakeStore takes, Pace pace) throws IOException {
        Optional<SegmentReply> segment =
                HourCopier.answer(takes.segment(file.stream(), file.take(), number), SEGMENT_PATIENCE_MILLIS);
        if (segment.isEmpty()) {
            return false;
        }
        int length = Math.toIntExact(segment.get().bytes().lengthBytes());
        pace.passed(length);
        return put(file, number, segment.get().bytes().read(0, length));
    }

    /** Puts a segment in its place; gives whether its bytes are those that the index lists. */
    boolean put(HourFile file, long number, byte[] bytes) throws IOException {
        try {
            archive.put(file.stream(), file.take(), number, bytes);
            counts.copied(bytes.length);
            return true;
        } catch (CorruptArchiveException e) {
            log.warn("{}: segment {} came with other bytes than its index lists: {}", file, number, e.getMessage());
            counts.wrong();
            return false;
        }
    }
}
