package org.red5.dvr.archive.index;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;

/** The bytes of an index of segments that are on no disk. */
public final class TestIndex {
    private TestIndex() {}

    /**
     * @param goesOn whether the take goes on in the next hour
     * @param end why it ended, where it did
     */
    public static byte[] bytes(
            SegmentGrid grid,
            int ordinal,
            List<Segment> segments,
            ToIntFunction<Segment> crc,
            boolean goesOn,
            Optional<TakeEnd> end) {
        boolean isEnded = goesOn || end.isPresent();
        int records = segments.size() + (isEnded ? 1 : 0);
        ByteBuffer out = ByteBuffer.allocate(IndexFormat.HEADER_BYTES + records * IndexFormat.RECORD_BYTES);
        out.put(IndexFormat.encode(new IndexFormat.Header(grid.periodMillis(), ordinal, 100, 0))
                .array());
        int at = IndexFormat.HEADER_BYTES;
        long offset = 100;
        for (Segment segment : segments) {
            IndexFormat.putSegment(out, at, segment, grid, offset, crc.applyAsInt(segment));
            offset += segment.bytes();
            at += IndexFormat.RECORD_BYTES;
        }
        if (isEnded) {
            Segment last = segments.get(segments.size() - 1);
            IndexFormat.putEnd(
                    out, at, last.number(), new IndexFormat.End(last.endUtcMicros(), end.map(TakeEnd::reason)));
        }
        return out.array();
    }
}
