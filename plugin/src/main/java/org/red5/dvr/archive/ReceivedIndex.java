package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/**
 * An index that another server sent: all of it, or its header and the records from one on. Each record is checked.
 *
 * @param ordinal of the take at the server that recorded it
 * @param records how many records of segments it has, of damaged ones too
 * @param segments that can be had, by number
 * @param crcs CRC-32C of the bytes of each of the segments; not changed by anybody
 * @param ends where holes begin: before damaged segments, and where the take ends
 */
@SuppressWarnings("ArrayRecordComponent")
public record ReceivedIndex(int ordinal, int records, List<Segment> segments, int[] crcs, List<TakeEnd> ends) {
    private static final Path NO_FILE = Path.of("");

    public ReceivedIndex {
        segments = List.copyOf(segments);
        ends = List.copyOf(ends);
        if (crcs.length != segments.size()) {
            throw new IllegalArgumentException(segments.size() + " segments, " + crcs.length + " CRCs");
        }
    }

    /**
     * Reads an index.
     *
     * @param bytes as {@code docs/format-hour-file.md} has them
     * @param isClosed whether nothing will be added: a take that just stops then was cut off with its server
     * @throws CorruptArchiveException when they are not an index on that grid, of which each record is whole
     * @throws IOException when they are of a version that this software does not read
     */
    public static ReceivedIndex parse(byte[] bytes, TakeId take, SegmentGrid grid, boolean isClosed)
            throws IOException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        IndexFormat.Header header = IndexFormat.header(in);
        if (header.gridPeriodMillis() != grid.periodMillis()) {
            throw new CorruptArchiveException("an index on a grid of " + header.gridPeriodMillis() + " ms");
        }
        ByteBuffer records = in.slice(IndexFormat.HEADER_BYTES, bytes.length - IndexFormat.HEADER_BYTES);
        int count = 0;
        Optional<IndexFormat.End> end = Optional.empty();
        for (int at = 0; at < records.limit(); at += IndexFormat.RECORD_BYTES) {
            if (end.isPresent() || !IndexFormat.isIntact(records, at)) {
                throw new CorruptArchiveException("an index with a record that is not whole, or behind the end");
            }
            if (IndexFormat.isEnd(records, at)) {
                end = Optional.of(IndexFormat.end(records, at));
            } else if (count > 0
                    && IndexFormat.number(records, at)
                            != IndexFormat.number(records, at - IndexFormat.RECORD_BYTES) + 1) {
                throw new CorruptArchiveException("an index whose numbers do not follow each other");
            } else {
                count++;
            }
        }
        return of(new HourIndex(take, NO_FILE, header, records, count, end, !isClosed));
    }

    private static ReceivedIndex of(HourIndex index) {
        List<Segment> segments = new ArrayList<>(index.count());
        int[] crcs = new int[index.count()];
        for (int i = 0; i < index.count(); i++) {
            if (!index.isDamaged(i)) {
                crcs[segments.size()] = index.crc(i);
                segments.add(index.segment(i));
            }
        }
        return new ReceivedIndex(
                index.header().ordinal(), index.count(), segments, Arrays.copyOf(crcs, segments.size()), index.ends());
    }
}
