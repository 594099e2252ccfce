package org.red5.dvr.archive.index;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.Crc32c;

/**
 * The bytes of an index file, versions 1 to 3; {@code docs/format-hour-file.md} is its page. All numbers are big endian.
 *
 * <pre>
 * header, 64 bytes                         record, 48 bytes
 *  0 magic "R5DVRIDX"                       0 i64 segment number
 *  8 u16 version                            8 i32 start, µs after the cell's start
 * 10 u16 bytes of a record                 12 u32 duration, µs
 * 12 u32 grid period, ms                   16 i64 offset of the segment in the media file
 * 16 u32 ordinal of the take               24 u32 bytes of the video fragment
 * 20 u32 bytes of ftyp and moov            28 u32 bytes of the audio fragment
 * 24 u32 CRC-32C of ftyp and moov          32 u16 flags: 1 independent, 2 end, 4 damaged
 * 28 zeros                                 34 u16 reason (of an end)
 * 60 u32 CRC-32C of bytes 0..59            36 u32 CRC-32C of the segment's bytes
 *                                          40 u32 zero
 *                                          44 u32 CRC-32C of bytes 0..43
 * </pre>
 *
 * <p>An end record is the last of its file: its number is the last segment's, its offset the UTC of the take's end in
 * µs, its reason 0 when the take goes on in the next hour's file, and otherwise the number of a {@link GapReason}. A
 * lost record keeps the place of a segment of which nothing is known any more: it is damaged, counts as its whole cell, and its
 * offset and lengths are 0. One that is damaged and has lengths is marked: the bytes that it lists are not in this copy. Marks
 * are on disks from before there was presence, and on their way to other servers; an index without them is the same everywhere.
 */
public final class IndexFormat {
    public static final int HEADER_BYTES = 64;
    public static final int RECORD_BYTES = 48;

    private static final long MAGIC = 0x5235445652494458L;
    private static final int VERSION = 2;
    /** Has segments that start before the cell of their number. */
    private static final int VERSION_STARTS_EARLY = 3;
    /** Has zeros where the CRC of ftyp and moov is. */
    private static final int VERSION_WITHOUT_INIT_CRC = 1;

    private static final int INDEPENDENT = 1;
    private static final int END = 2;
    private static final int DAMAGED = 4;
    /** Up to here the times of any grid can be reckoned with. */
    private static final long LAST_NUMBER = Long.MAX_VALUE / 4 / 60_000_000;

    /** What a reason's number is on disk: its place in this list, counted from 1. Append only. */
    private static final List<GapReason> REASONS = List.of(
            GapReason.NOT_PUBLISHED,
            GapReason.SERVER_DOWN,
            GapReason.OVERLOADED,
            GapReason.DISK_FULL,
            GapReason.DISK_ERROR,
            GapReason.EXPIRED,
            GapReason.DAMAGED,
            GapReason.CONFIGURATION_CHANGED,
            GapReason.TIMESTAMP_JUMP,
            GapReason.NOT_CONFIGURED);

    private IndexFormat() {}

    /**
     * The head of an index file.
     *
     * @param gridPeriodMillis the grid its numbers count on
     * @param ordinal of the take at its server
     * @param initBytes length of the init segment at the start of the media file
     * @param initCrc CRC-32C of its bytes; 0 where it is not known
     * @param startsEarly whether segments may start before the cell of their number, as at the beginning of a take
     */
    public record Header(int gridPeriodMillis, int ordinal, int initBytes, int initCrc, boolean startsEarly) {
        public Header(int gridPeriodMillis, int ordinal, int initBytes, int initCrc) {
            this(gridPeriodMillis, ordinal, initBytes, initCrc, false);
        }

        public Header withEarlyStarts(boolean early) {
            return new Header(gridPeriodMillis, ordinal, initBytes, initCrc, early);
        }
    }

    /**
     * How a take leaves an hour.
     *
     * @param utcMicros end of its last segment
     * @param reason why it ended, empty when it goes on in the next hour
     */
    public record End(long utcMicros, Optional<GapReason> reason) {}

    public static ByteBuffer encode(Header header) {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES);
        int version = header.startsEarly() ? VERSION_STARTS_EARLY : VERSION;
        out.putLong(0, MAGIC).putShort(8, (short) version).putShort(10, (short) RECORD_BYTES);
        out.putInt(12, header.gridPeriodMillis()).putInt(16, header.ordinal());
        out.putInt(20, header.initBytes()).putInt(24, header.initCrc());
        return out.putInt(60, crc(out, 0, 60));
    }

    public static void putSegment(
            ByteBuffer out, int at, Segment segment, SegmentGrid grid, long offsetBytes, int crc) {
        out.putLong(at, segment.number());
        out.putInt(at + 8, Math.toIntExact(segment.startUtcMicros() - grid.startUtcMicros(segment.number())));
        out.putInt(at + 12, Math.toIntExact(segment.durationMicros()));
        out.putLong(at + 16, offsetBytes);
        out.putInt(at + 24, segment.videoBytes()).putInt(at + 28, segment.audioBytes());
        out.putInt(at + 32, (segment.independent() ? INDEPENDENT : 0) << 16);
        out.putInt(at + 36, crc).putInt(at + 40, 0);
        out.putInt(at + 44, crc(out, at, 44));
    }

    /** Marks a segment's record as damaged, as a copy without presence of its own says that it does not have the bytes. */
    public static void markDamaged(ByteBuffer out, int at) {
        out.putShort(at + 32, (short) (out.getShort(at + 32) | DAMAGED));
        out.putInt(at + 44, crc(out, at, 44));
    }

    /** Takes the mark of a record away. */
    public static void markWhole(ByteBuffer out, int at) {
        out.putShort(at + 32, (short) (out.getShort(at + 32) & ~DAMAGED));
        out.putInt(at + 44, crc(out, at, 44));
    }

    /** Keeps the place of a segment of which nothing is left. */
    public static void putLost(ByteBuffer out, int at, long number, SegmentGrid grid) {
        out.putLong(at, number).putInt(at + 8, 0).putInt(at + 12, Math.toIntExact(grid.periodMicros()));
        out.putLong(at + 16, 0).putLong(at + 24, 0).putLong(at + 32, 0).putInt(at + 40, 0);
        markDamaged(out, at);
    }

    public static void putEnd(ByteBuffer out, int at, long lastNumber, End end) {
        int reason = end.reason().map(known -> REASONS.indexOf(known) + 1).orElse(0);
        out.putLong(at, lastNumber)
                .putLong(at + 8, 0)
                .putLong(at + 16, end.utcMicros())
                .putLong(at + 24, 0);
        out.putInt(at + 32, END << 16 | reason).putLong(at + 36, 0);
        out.putInt(at + 44, crc(out, at, 44));
    }

    /**
     * The header at the start of an index file's bytes.
     *
     * @throws CorruptArchiveException when there is none
     * @throws NewerArchiveException when it is whole, and of a version that this software does not read
     */
    public static Header header(ByteBuffer in) throws CorruptArchiveException, NewerArchiveException {
        if (in.limit() < HEADER_BYTES || in.getLong(0) != MAGIC) {
            throw new CorruptArchiveException("not an index file");
        }
        if (in.getInt(60) != crc(in, 0, 60)) {
            throw new CorruptArchiveException("index header fails its CRC");
        }
        int version = in.getShort(8);
        if (version < VERSION_WITHOUT_INIT_CRC || version > VERSION_STARTS_EARLY) {
            throw new NewerArchiveException(
                    "index version " + version + ", this software reads up to " + VERSION_STARTS_EARLY);
        }
        if (in.getShort(10) != RECORD_BYTES) {
            throw new NewerArchiveException(
                    "index records of " + in.getShort(10) + " bytes, this software reads those of " + RECORD_BYTES);
        }
        Header header = new Header(
                in.getInt(12),
                in.getInt(16),
                in.getInt(20),
                version == VERSION_WITHOUT_INIT_CRC ? 0 : in.getInt(24),
                version == VERSION_STARTS_EARLY);
        if (header.gridPeriodMillis() < 1_000 || header.gridPeriodMillis() > 60_000 || header.initBytes() < 0) {
            throw new CorruptArchiveException("index header holds " + header);
        }
        return header;
    }

    /** Whether a record is whole. */
    public static boolean isIntact(ByteBuffer in, int at) {
        return at + RECORD_BYTES <= in.limit() && in.getInt(at + 44) == crc(in, at, 44);
    }

    /**
     * Whether a whole record describes a segment that a media file of so many bytes can hold, at a time that can be
     * reckoned with. One that does not was not written by this software.
     */
    public static boolean isPossible(ByteBuffer in, int at, Optional<Header> header, long mediaBytes) {
        int periodMillis = header.map(Header::gridPeriodMillis).orElse(60_000);
        boolean mayStartEarly = header.map(Header::startsEarly).orElse(true);
        long number = in.getLong(at);
        int lateMicros = in.getInt(at + 8);
        long offset = in.getLong(at + 16);
        int video = in.getInt(at + 24);
        int audio = in.getInt(at + 28);
        return number >= 0
                && number <= LAST_NUMBER
                && lateMicros >= (mayStartEarly ? -SegmentGrid.MOST_AHEAD * periodMillis * 1_000 : 0)
                && lateMicros < periodMillis * 1_000
                && in.getInt(at + 12) != 0
                && video >= 0
                && audio >= 0
                && (video > 0 || audio > 0)
                && video <= Integer.MAX_VALUE - audio
                && offset >= header.map(Header::initBytes).orElse(0)
                && offset <= mediaBytes
                && endOffsetBytes(in, at) <= mediaBytes;
    }

    public static boolean isEnd(ByteBuffer in, int at) {
        return (in.getShort(at + 32) & END) != 0;
    }

    /** Whether a record is lost or marked. */
    public static boolean isDamaged(ByteBuffer in, int at) {
        return (in.getShort(at + 32) & DAMAGED) != 0;
    }

    /** Whether nothing but the place of a segment is known. */
    public static boolean isLost(ByteBuffer in, int at) {
        return isDamaged(in, at) && in.getLong(at + 24) == 0;
    }

    /** Which of the first records are marked. */
    public static BitSet marks(ByteBuffer in, int records) {
        BitSet marks = new BitSet();
        for (int i = 0; i < records; i++) {
            marks.set(i, isDamaged(in, i * RECORD_BYTES) && !isLost(in, i * RECORD_BYTES));
        }
        return marks;
    }

    public static End end(ByteBuffer in, int at) {
        int reason = in.getShort(at + 34);
        Optional<GapReason> known =
                reason >= 1 && reason <= REASONS.size() ? Optional.of(REASONS.get(reason - 1)) : Optional.empty();
        return new End(in.getLong(at + 16), known);
    }

    public static long number(ByteBuffer in, int at) {
        return in.getLong(at);
    }

    public static long offsetBytes(ByteBuffer in, int at) {
        return in.getLong(at + 16);
    }

    /** CRC-32C of the segment's bytes. */
    public static int mediaCrc(ByteBuffer in, int at) {
        return in.getInt(at + 36);
    }

    public static long startUtcMicros(ByteBuffer in, int at, SegmentGrid grid) {
        return grid.startUtcMicros(in.getLong(at)) + in.getInt(at + 8);
    }

    public static long endUtcMicros(ByteBuffer in, int at, SegmentGrid grid) {
        return startUtcMicros(in, at, grid) + (in.getInt(at + 12) & 0xffffffffL);
    }

    /** Where in the media file the segment ends. */
    public static long endOffsetBytes(ByteBuffer in, int at) {
        return in.getLong(at + 16) + in.getInt(at + 24) + in.getInt(at + 28);
    }

    static Segment segment(ByteBuffer in, int at, TakeId take, SegmentGrid grid) {
        long number = in.getLong(at);
        return new Segment(
                take,
                number,
                grid.startUtcMicros(number) + in.getInt(at + 8),
                in.getInt(at + 12) & 0xffffffffL,
                in.getInt(at + 24),
                in.getInt(at + 28),
                (in.getShort(at + 32) & INDEPENDENT) != 0);
    }

    /** Whether one of the first records is of a segment that starts before the cell of its number. */
    public static boolean startsEarly(ByteBuffer in, int records) {
        for (int i = 0; i < records; i++) {
            if (in.getInt(i * RECORD_BYTES + 8) < 0) {
                return true;
            }
        }
        return false;
    }

    private static int crc(ByteBuffer in, int at, int length) {
        return Crc32c.of(in.slice(at, length));
    }
}
