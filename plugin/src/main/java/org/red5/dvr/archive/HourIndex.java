package org.red5.dvr.archive;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/**
 * The segments of one take in one hour, as its index file lists them; immutable. The numbers of a take follow each
 * other without a hole, so a segment is found by arithmetic. The bytes are described in {@link IndexFormat}.
 */
final class HourIndex {
    private final TakeId take;
    private final Path mediaFile;
    private final IndexFormat.Header header;
    private final ByteBuffer records;
    private final int count;
    private final Optional<IndexFormat.End> end;
    private final boolean open;
    private final SegmentGrid grid;

    /**
     * @param records segment records one behind the other, not changed up to {@code count}
     * @param count how many of them are listed
     * @param end how the take left this hour, empty while it goes on, and after a crash
     * @param open whether it is being written
     */
    HourIndex(
            TakeId take,
            Path mediaFile,
            IndexFormat.Header header,
            ByteBuffer records,
            int count,
            Optional<IndexFormat.End> end,
            boolean open) {
        this.take = take;
        this.mediaFile = mediaFile;
        this.header = header;
        this.records = records;
        this.count = count;
        this.end = end;
        this.open = open;
        this.grid = new SegmentGrid(header.gridPeriodMillis());
    }

    TakeId take() {
        return take;
    }

    Path mediaFile() {
        return mediaFile;
    }

    IndexFormat.Header header() {
        return header;
    }

    /** How many segments are listed. */
    int count() {
        return count;
    }

    Segment segment(int position) {
        return IndexFormat.segment(records, position * IndexFormat.RECORD_BYTES, take, grid);
    }

    /** Where in the media file a listed segment begins. */
    long offsetBytes(int position) {
        return IndexFormat.offsetBytes(records, position * IndexFormat.RECORD_BYTES);
    }

    /** The position of a number, or -1. */
    int positionOf(long number) {
        if (count == 0) {
            return -1;
        }
        long position = number - IndexFormat.number(records, 0);
        return position >= 0 && position < count ? (int) position : -1;
    }

    /** Whether more segments may come. */
    boolean isRecording() {
        return open && end.isEmpty();
    }

    /** How the take left this hour; a take that just stopped, without a word, was cut off with its server. */
    Optional<TakeEnd> takeEnd() {
        if (end.isPresent()) {
            IndexFormat.End known = end.get();
            return known.reason().map(reason -> new TakeEnd(take, known.utcMicros(), reason));
        }
        return open || count == 0
                ? Optional.empty()
                : Optional.of(new TakeEnd(take, segment(count - 1).endUtcMicros(), GapReason.SERVER_DOWN));
    }
}
