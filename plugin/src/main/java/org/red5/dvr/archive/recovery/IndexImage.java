package org.red5.dvr.archive.recovery;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.archive.index.Presence;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;

/**
 * What is left of an index file that may be torn or damaged: a record that is whole counts wherever it stands, as its
 * number says which place that is, and whatever has become of the header.
 */
final class IndexImage {
    /** Two checksums that have nothing to do with each other are as close as this once in 3,700 times. */
    private static final int MOST_WRONG_BITS = 6;

    private final ByteBuffer records;
    private final Optional<IndexFormat.Header> header;
    private final int places;
    /** The places of records that are whole, and that this software can have written. */
    private final BitSet sound = new BitSet();
    /** The places of records that had a mark. */
    private final BitSet marks = new BitSet();

    private long base;
    private boolean baseKnown;
    private OptionalInt endAt = OptionalInt.empty();
    private int segments;

    private IndexImage(ByteBuffer file, Optional<IndexFormat.Header> header) {
        this.header = header;
        int from = Math.min(IndexFormat.HEADER_BYTES, file.limit());
        records = ByteBuffer.allocate(file.limit() - from).put(0, file, from, file.limit() - from);
        places = records.limit() / IndexFormat.RECORD_BYTES;
        findSegments();
        takeMarks();
    }

    /**
     * Reads the bytes of a file; none at all when there is no such file.
     *
     * @throws NewerArchiveException when they are not for this software to read
     */
    static IndexImage of(byte[] file) throws NewerArchiveException {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        try {
            return new IndexImage(bytes, Optional.of(IndexFormat.header(bytes)));
        } catch (CorruptArchiveException e) {
            // A torn or damaged header is what this class is for.
            return new IndexImage(bytes, Optional.empty());
        }
    }

    private void findSegments() {
        for (int place = 0; place < places && endAt.isEmpty(); place++) {
            if (!IndexFormat.isIntact(records, at(place))) {
                continue;
            }
            sound.set(place, IndexFormat.isEnd(records, at(place)) || isSound(place));
            long number = IndexFormat.number(records, at(place));
            if (IndexFormat.isEnd(records, at(place))) {
                boolean agrees = baseKnown ? number == base + place - 1 : place > 0 || number < 0;
                endAt = agrees ? OptionalInt.of(place) : endAt;
                if (agrees && place > 0) {
                    setBase(number + 1 - place);
                    segments = place;
                }
            } else if ((!baseKnown || number == base + place) && sound.get(place)) {
                setBase(number - place);
                segments = place + 1;
            }
        }
    }

    private void setBase(long number) {
        base = number;
        baseKnown = true;
    }

    /** What was marked as damaged before there was presence: so the records are the same as on any server. */
    private void takeMarks() {
        for (int place = 0; place < segments; place++) {
            if (isWhole(place)
                    && IndexFormat.isDamaged(records, at(place))
                    && !IndexFormat.isLost(records, at(place))) {
                IndexFormat.markWhole(records, at(place));
                marks.set(place);
            }
        }
    }

    /** What is here as far as this index says it: all that it lists without a mark. */
    Presence marked() {
        return Presence.damagedAt(marks);
    }

    /** A segment has bytes, unless they are known to be lost; what this software cannot have written is no segment. */
    private boolean isSound(int place) {
        return IndexFormat.isPossible(records, at(place), header, Long.MAX_VALUE / 2)
                || IndexFormat.isDamaged(records, at(place));
    }

    Optional<IndexFormat.Header> header() {
        return header;
    }

    /** How many segments were listed, as far as can be told. */
    int segments() {
        return segments;
    }

    /** The number of the segment at a place before {@link #segments}. */
    long number(int place) {
        return base + place;
    }

    /** Whether the record of a segment is whole. */
    boolean isWhole(int place) {
        return place < segments
                && sound.get(place)
                && !IndexFormat.isEnd(records, at(place))
                && IndexFormat.number(records, at(place)) == base + place;
    }

    /** Whether a record is whole that lists media. */
    boolean listsMedia(int place) {
        return isWhole(place) && !IndexFormat.isLost(records, at(place));
    }

    /** The places of segments that should be here and do not end within so many bytes of media. */
    BitSet beyond(Presence presence, long mediaBytes) {
        BitSet beyond = new BitSet();
        for (int place = 0; place < segments; place++) {
            boolean isHere = listsMedia(place) && presence.isHere(place);
            beyond.set(place, isHere && IndexFormat.endOffsetBytes(records, at(place)) > mediaBytes);
        }
        return beyond;
    }

    /**
     * Whether media of a CRC can be what a damaged record listed. A record of which something is left says the CRC of its
     * media, within a few bits of it where that is what was damaged; otherwise the media may be damaged as well.
     */
    boolean mayHave(int place, int mediaCrc) {
        if (place >= places || IndexFormat.mediaCrc(records, at(place)) == 0) {
            return true;
        }
        return Integer.bitCount(IndexFormat.mediaCrc(records, at(place)) ^ mediaCrc) <= MOST_WRONG_BITS;
    }

    /** The end record, if it is whole. */
    Optional<IndexFormat.End> end() {
        return endAt.isPresent() ? Optional.of(IndexFormat.end(records, at(endAt.getAsInt()))) : Optional.empty();
    }

    /** Whether every byte is as a writer leaves it that closed the file. */
    boolean isClosed() {
        return header.isPresent()
                && endAt.isPresent()
                && records.limit() == at(endAt.getAsInt() + 1)
                && segments == endAt.getAsInt()
                && !isDamaged();
    }

    /** Whether every byte is of records that are whole, and none of them is the last. */
    boolean isWholeSoFar() {
        return header.isPresent() && endAt.isEmpty() && records.limit() == at(segments) && !isDamaged();
    }

    /** Whether something is wrong that no crash leaves behind: a record that is not whole before one that is. */
    boolean isDamaged() {
        for (int place = 0; place < segments; place++) {
            if (!isWhole(place)) {
                return true;
            }
        }
        return false;
    }

    /** Whether nothing is known of how the take ended as the bytes that said it are damaged, and not only missing. */
    boolean isEndDamaged() {
        return endAt.isEmpty() && (header.isEmpty() || places > segments);
    }

    /**
     * The index as it stands, of which all is here but what it marked; there must be a header.
     *
     * @param hour that it is the index of, since the Unix epoch
     */
    HourIndex asItStands(TakeId take, long hour) {
        return new HourIndex(take, hour, header.orElseThrow(), records, segments, end(), false, marked());
    }

    /** The records; {@link #at} says where each begins. */
    ByteBuffer records() {
        return records;
    }

    static int at(int place) {
        return place * IndexFormat.RECORD_BYTES;
    }

    /** The grid that the numbers count on, where the header still says so. */
    SegmentGrid grid(SegmentGrid otherwise) {
        return header.map(known -> new SegmentGrid(known.gridPeriodMillis())).orElse(otherwise);
    }
}
