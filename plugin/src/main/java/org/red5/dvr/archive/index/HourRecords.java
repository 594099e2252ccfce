package org.red5.dvr.archive.index;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/**
 * What the index of a take in an hour says, wherever its bytes come from; immutable. The numbers of a take follow each other
 * without a hole; what is marked as damaged in it cannot be had where it comes from.
 */
public final class HourRecords {
    private static final int MOST_NUMBER_BITS = 40;
    /** An hour of 150 Mbit/s. */
    private static final long MOST_MEDIA_BYTES = 64L << 30;

    private final long hour;
    private final HourIndex index;

    private HourRecords(long hour, HourIndex index) {
        this.hour = hour;
        this.index = index;
    }

    /**
     * Reads the bytes of an index, or of its header and the records from some position on.
     *
     * @param hour since the Unix epoch, in which all its segments lie
     * @param isOpen whether more may come; a closed one that does not say how the take ended was cut off with its server
     * @param bytes not changed by anybody
     * @throws CorruptArchiveException when anything of it is not as {@code docs/format-hour-file.md} has it
     * @throws NewerArchiveException when this software does not read its version
     */
    public static HourRecords parse(long hour, TakeId take, boolean isOpen, byte[] bytes)
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
        boolean isGoingOn = isOpen && end.isEmpty();
        return new HourRecords(
                hour, HourIndex.ofMarked(take, Path.of(take.value()), header, records, count, end, isGoingOn));
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

    /**
     * This one and what has come since: the same header, and the records from the first that is not here on.
     *
     * @param isOpen whether still more may come
     * @throws CorruptArchiveException when it does not continue this one
     */
    public HourRecords with(byte[] later, boolean isOpen) throws CorruptArchiveException, NewerArchiveException {
        HourRecords next = parse(hour, index.take(), isOpen, later);
        boolean continues = next.count() == 0 || count() == 0 || next.number(0) == number(count() - 1) + 1;
        if (!next.index.header().equals(index.header()) || !continues || index.isEnded() && next.count() > 0) {
            throw new CorruptArchiveException(index.take() + " in hour " + hour + " is not continued by what came");
        }
        byte[] known = index.toMarkedBytes(0);
        int whole = IndexFormat.HEADER_BYTES + count() * IndexFormat.RECORD_BYTES;
        int added = later.length - IndexFormat.HEADER_BYTES;
        ByteBuffer joined = ByteBuffer.allocate(whole + added);
        joined.put(known, 0, whole).put(later, IndexFormat.HEADER_BYTES, added);
        return parse(hour, index.take(), isOpen, joined.array());
    }

    public TakeId take() {
        return index.take();
    }

    public long hour() {
        return hour;
    }

    public SegmentGrid grid() {
        return new SegmentGrid(index.header().gridPeriodMillis());
    }

    /** How many takes of the stream its server had recorded before. */
    public int ordinal() {
        return index.header().ordinal();
    }

    /**
     * The index as a file of its own has it, nothing of which is here yet: without marks, the same wherever it came from.
     *
     * @throws CorruptArchiveException when the hour is not closed, or its media could not lie in a file as it says
     */
    public HourIndex toFill(Path mediaFile) throws CorruptArchiveException {
        long end = index.header().initBytes();
        for (int i = 0; i < count(); i++) {
            boolean fits = index.isLost(i) || index.isPossible(i, MOST_MEDIA_BYTES) && index.offsetBytes(i) >= end;
            if (!fits) {
                throw new CorruptArchiveException(take() + ": number " + number(i) + " lies nowhere in a media file");
            }
            end = Math.max(end, index.offsetBytes(i) + index.lengthBytes(i));
        }
        if (!isEnded()) {
            throw new CorruptArchiveException(take() + " in hour " + hour + " may go on: its index is not closed");
        }
        return index.in(mediaFile).with(Presence.each(count(), Presence.State.NOT_HELD));
    }

    /** How many segments are listed, damaged ones too. */
    public int count() {
        return index.count();
    }

    /** The number of the segment at a position, damaged or not. */
    public long number(int position) {
        return index.number(position);
    }

    /** The position of a number, or -1; a damaged segment has none. */
    public int positionOf(long number) {
        return index.positionOf(number);
    }

    /** Whether nobody is to get the segment at a position. */
    public boolean isDamaged(int position) {
        return !index.isHere(position);
    }

    /** A listed segment that is not damaged. */
    public Segment segment(int position) {
        return index.segment(position);
    }

    /** CRC-32C of a listed segment's bytes. */
    public int crc(int position) {
        return index.mediaCrc(position);
    }

    /** Whether it is known how the take left this hour: nothing of it comes in this hour any more. */
    public boolean isEnded() {
        return index.isEnded();
    }

    /** Where a hole begins in this hour, and why: before damaged segments, and where the take ends. */
    public List<TakeEnd> ends() {
        return index.ends();
    }

    /** How many bytes it takes in memory, about. */
    public long sizeBytes() {
        return IndexFormat.HEADER_BYTES + (long) count() * IndexFormat.RECORD_BYTES;
    }
}
