package org.red5.dvr.archive.index;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;

/** Makes the index of a take in an hour of the bytes that another server gave: all of them are as they should be, or it is refused. */
public final class IndexParser {
    private static final int MOST_NUMBER_BITS = 40;

    private IndexParser() {}

    /**
     * Reads the bytes of an index, or of its header and the records from some position on. What is marked in it cannot be had where it
     * comes from.
     *
     * @param hour since the Unix epoch, in which all its segments lie
     * @param isOpen whether more may come; a closed one that does not say how the take ended was cut off with its server
     * @param bytes not changed by anybody
     * @throws CorruptArchiveException when anything of it is not as {@code docs/format-hour-file.md} has it
     * @throws NewerArchiveException when this software does not read its version
     */
    public static HourIndex parse(long hour, TakeId take, boolean isOpen, byte[] bytes)
            throws CorruptArchiveException, NewerArchiveException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        IndexFormat.Header header = IndexFormat.header(in);
        ByteBuffer records = in.slice(IndexFormat.HEADER_BYTES, bytes.length - IndexFormat.HEADER_BYTES);
        SegmentGrid grid = new SegmentGrid(header.gridPeriodMillis());
        int count = 0;
        Optional<IndexFormat.End> end = Optional.empty();
        for (int at = 0; at < records.limit(); at += IndexFormat.RECORD_BYTES) {
            if (end.isPresent() || !IndexFormat.isIntact(records, at)) {
                throw new CorruptArchiveException("record " + count + " is not whole, or stands behind the end");
            }
            if (IndexFormat.isEnd(records, at)) {
                end = Optional.of(IndexFormat.end(records, at));
            } else {
                check(records, at, hour, take, grid);
                count++;
            }
        }
        return HourIndex.ofMarked(take, hour, header, records, count, end, isOpen && end.isEmpty());
    }

    private static void check(ByteBuffer records, int at, long hour, TakeId take, SegmentGrid grid)
            throws CorruptArchiveException {
        long number = IndexFormat.number(records, at);
        boolean follows = at == 0 || number == IndexFormat.number(records, at - IndexFormat.RECORD_BYTES) + 1;
        boolean fits = number >= 0 && number >>> MOST_NUMBER_BITS == 0;
        if (!follows || !fits || Hours.at(grid.startUtcMicros(number)) != hour) {
            throw new CorruptArchiveException(take + ": number " + number + " does not belong there in hour " + hour);
        }
        if (!IndexFormat.isDamaged(records, at)) {
            try {
                IndexFormat.segment(records, at, take, grid);
            } catch (IllegalArgumentException e) {
                throw new CorruptArchiveException(String.valueOf(e.getMessage()));
            }
        }
    }
}
