package org.red5.dvr.archive;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import org.red5.dvr.timeline.SegmentGrid;

/**
 * What is left of an index file that may be torn or damaged: a record that is whole counts wherever it stands, as its
 * number says which place that is.
 */
final class IndexImage {
    private final ByteBuffer records;
    private final Optional<IndexFormat.Header> header;
    private final int places;
    private long base;
    private boolean baseKnown;
    private OptionalInt endAt = OptionalInt.empty();
    private int segments;

    private IndexImage(ByteBuffer file) {
        Optional<IndexFormat.Header> known;
        try {
            known = Optional.of(IndexFormat.header(file));
        } catch (CorruptArchiveException e) {
            // What is wrong with it is said by whoever asks for the header.
            known = Optional.empty();
        }
        header = known;
        int from = known.isPresent() ? IndexFormat.HEADER_BYTES : file.limit();
        records = file.slice(from, file.limit() - from);
        places = records.limit() / IndexFormat.RECORD_BYTES;
        known.ifPresent(this::findSegments);
    }

    /** Reads the bytes of a file; none at all when there is no such file. */
    static IndexImage of(byte[] file) {
        return new IndexImage(ByteBuffer.wrap(file));
    }

    private void findSegments(IndexFormat.Header found) {
        for (int place = 0; place < places && endAt.isEmpty(); place++) {
            if (!IndexFormat.isIntact(records, at(place))) {
                continue;
            }
            long number = IndexFormat.number(records, at(place));
            if (IndexFormat.isEnd(records, at(place))) {
                boolean agrees = baseKnown ? number == base + place - 1 : place > 0 || number < 0;
                endAt = agrees ? OptionalInt.of(place) : endAt;
                if (agrees && place > 0) {
                    setBase(number + 1 - place);
                    segments = place;
                }
            } else if ((!baseKnown || number == base + place) && isSound(place, found)) {
                setBase(number - place);
                segments = place + 1;
            }
        }
    }

    private void setBase(long number) {
        base = number;
        baseKnown = true;
    }

    private boolean isSound(int place, IndexFormat.Header found) {
        long offset = IndexFormat.offsetBytes(records, at(place));
        long end = IndexFormat.endOffsetBytes(records, at(place));
        boolean somewhere = offset >= found.initBytes() && end > offset;
        return somewhere || IndexFormat.isDamaged(records, at(place));
    }

    Optional<IndexFormat.Header> header() {
        return header;
    }

    /** How many segments were listed, as far as can be told. */
    int segments() {
        return segments;
    }

    /** The number of the segment at a place; there must be any number known. */
    Optional<Long> number(int place) {
        return baseKnown ? Optional.of(base + place) : Optional.empty();
    }

    /** Whether the record of a segment is whole. */
    boolean isWhole(int place) {
        return place < segments
                && IndexFormat.isIntact(records, at(place))
                && !IndexFormat.isEnd(records, at(place))
                && IndexFormat.number(records, at(place)) == base + place;
    }

    /** The end record, if it is whole. */
    Optional<IndexFormat.End> end() {
        return endAt.isPresent() ? Optional.of(IndexFormat.end(records, at(endAt.getAsInt()))) : Optional.empty();
    }

    /** Whether every byte is as a writer leaves it that closed the file. */
    boolean isClosed() {
        if (header.isEmpty() || endAt.isEmpty() || records.limit() != at(endAt.getAsInt() + 1)) {
            return false;
        }
        for (int place = 0; place < segments; place++) {
            if (!isWhole(place)) {
                return false;
            }
        }
        return segments == endAt.getAsInt();
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
