package org.red5.dvr.archive.index;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/**
 * The segments of one take in one hour, or of the hour from some record on: what its index lists, which is the same wherever the hour
 * is kept, and which of it its server has; immutable. It is the one shape of a take's hour, of this server's own and of what others
 * told. The numbers of a take follow each other without a hole, so a segment is found by arithmetic; of one that is not here, which is
 * where the index comes from, nobody is to get anything. The bytes are described in {@link IndexFormat}.
 */
public final class HourIndex {
    /** An hour of 150 Mbit/s. */
    private static final long MOST_MEDIA_BYTES = 64L << 30;

    private final TakeId take;
    private final long hour;
    private final IndexFormat.Header header;
    private final ByteBuffer records;
    private final int count;
    private final Optional<IndexFormat.End> end;
    private final boolean open;
    private final SegmentGrid grid;
    private final Presence presence;
    /** Whether not all is here. */
    private final boolean hasHoles;
    /** Made when it is asked for first. */
    private volatile @Nullable String digest;

    /**
     * @param hour since the Unix epoch, in which all its segments lie
     * @param records segment records one behind the other, none of them marked, not changed up to {@code count}
     * @param count how many of them are listed
     * @param end how the take left this hour, empty while it goes on, and after a crash
     * @param open whether it is being written
     * @param presence what of it is here
     */
    public HourIndex(
            TakeId take,
            long hour,
            IndexFormat.Header header,
            ByteBuffer records,
            int count,
            Optional<IndexFormat.End> end,
            boolean open,
            Presence presence) {
        this.take = take;
        this.hour = hour;
        this.header = header;
        this.records = records;
        this.count = count;
        this.end = end;
        this.open = open;
        this.grid = new SegmentGrid(header.gridPeriodMillis());
        this.presence = presence;
        this.hasHoles = !presence.isAll() || hasLost(records, count);
    }

    /**
     * As an index is read that may have marks: these become presence.
     *
     * @param records segment records one behind the other, not changed up to {@code count}
     */
    public static HourIndex ofMarked(
            TakeId take,
            long hour,
            IndexFormat.Header header,
            ByteBuffer records,
            int count,
            Optional<IndexFormat.End> end,
            boolean open) {
        BitSet marks = IndexFormat.marks(records, count);
        if (marks.isEmpty()) {
            return new HourIndex(take, hour, header, records, count, end, open, Presence.ALL);
        }
        int length = count * IndexFormat.RECORD_BYTES;
        ByteBuffer whole = ByteBuffer.allocate(length).put(0, records, 0, length);
        marks.stream().forEach(position -> IndexFormat.markWhole(whole, position * IndexFormat.RECORD_BYTES));
        return new HourIndex(take, hour, header, whole, count, end, open, Presence.damagedAt(marks));
    }

    /** What follows on the first records of this, of which it may be none; nothing is copied. */
    public HourIndex from(int position) {
        int first = Math.min(position, count);
        if (first == 0) {
            return this;
        }
        int at = first * IndexFormat.RECORD_BYTES;
        ByteBuffer rest = records.slice(at, count * IndexFormat.RECORD_BYTES - at);
        return new HourIndex(take, hour, header, rest, count - first, end, open, presence.from(first));
    }

    /**
     * This and what has come since: the records from the first that is not in this one on.
     *
     * @return empty when it does not continue this one
     */
    public Optional<HourIndex> and(HourIndex later) {
        boolean continues = later.count == 0 || count == 0 || later.number(0) == number(count - 1) + 1;
        boolean isSame = later.take.equals(take) && later.hour == hour && later.header.equals(header);
        if (!isSame || !continues || isEnded() && later.count > 0) {
            return Optional.empty();
        }
        int length = count * IndexFormat.RECORD_BYTES;
        int added = later.count * IndexFormat.RECORD_BYTES;
        ByteBuffer all = ByteBuffer.allocate(length + added);
        all.put(0, records, 0, length).put(length, later.records, 0, added);
        return Optional.of(new HourIndex(
                take,
                hour,
                header,
                all,
                count + later.count,
                later.end.or(() -> end),
                later.open,
                presence.and(count, later.presence, later.count)));
    }

    /**
     * The same hour as a copy of it begins, of which nothing is here.
     *
     * @throws CorruptArchiveException when the hour neither is closed nor may grow, or its media could not lie in a file as it says
     */
    public HourIndex toFill() throws CorruptArchiveException {
        long last = header.initBytes();
        for (int i = 0; i < count; i++) {
            int at = i * IndexFormat.RECORD_BYTES;
            boolean fits = IndexFormat.isLost(records, at)
                    || IndexFormat.isPossible(records, at, Optional.of(header), MOST_MEDIA_BYTES)
                            && IndexFormat.offsetBytes(records, at) >= last;
            if (!fits) {
                throw new CorruptArchiveException(take + ": number " + number(i) + " lies nowhere in a media file");
            }
            last = Math.max(last, IndexFormat.endOffsetBytes(records, at));
        }
        if (!isEnded() && !open) {
            throw new CorruptArchiveException(take + " in hour " + hour + " was cut off: its index is not closed");
        }
        return with(Presence.each(count, Presence.State.NOT_HELD));
    }

    /** The same hour, which may grow as long as it is not known how the take left it. */
    public HourIndex thatMayGrow() {
        return new HourIndex(take, hour, header, records, count, end, end.isEmpty(), presence);
    }

    /** Whether another index says the same of all that this one lists, and may say more. */
    public boolean isBeginningOf(HourIndex later) {
        int length = count * IndexFormat.RECORD_BYTES;
        return later.take.equals(take)
                && later.hour == hour
                && later.header.equals(header)
                && (end.isEmpty() ? later.count >= count : later.count == count && later.end.equals(end))
                && records.slice(0, length).equals(later.records.slice(0, length));
    }

    /** The same, with damage where what should be here does not lie within so many bytes of media. */
    public HourIndex within(long mediaBytes) {
        BitSet beyond = new BitSet();
        for (int i = 0; i < count; i++) {
            beyond.set(i, isHere(i) && offsetBytes(i) + lengthBytes(i) > mediaBytes);
        }
        return beyond.isEmpty() ? this : with(presence.withDamageAt(beyond));
    }

    /** The same hour in a copy of which something else is here. */
    public HourIndex with(Presence other) {
        HourIndex same = new HourIndex(take, hour, header, records, count, end, open, other);
        same.digest = digest;
        return same;
    }

    public TakeId take() {
        return take;
    }

    /** The hour since the Unix epoch, in which all its segments lie. */
    public long hour() {
        return hour;
    }

    /** On which its segments are numbered. */
    public SegmentGrid grid() {
        return grid;
    }

    public IndexFormat.Header header() {
        return header;
    }

    /** What is here; a lost segment is not, whatever this says. */
    public Presence presence() {
        return presence;
    }

    /** How many segments are listed, here or not. */
    public int count() {
        return count;
    }

    /** Whether no segment can be had. */
    public boolean isEmpty() {
        return firstHere() == count;
    }

    /** Whether a listed segment can be had. */
    public boolean isHere(int position) {
        return !hasHoles || !isLost(position) && presence.isHere(position);
    }

    /** Whether all that is listed can be had, and needs no more than the disk's word that it is kept. */
    public boolean isAllHere() {
        for (int i = 0; i < count; i++) {
            if (!isHere(i)) {
                return false;
            }
        }
        return true;
    }

    /** The position of the first segment that is not here and that somebody may have; how many are listed when there is none. */
    public int firstMissing() {
        int first = 0;
        while (first < count && (isHere(first) || isLost(first))) {
            first++;
        }
        return first;
    }

    /** Whether nothing is known of a listed segment but that there was one. */
    public boolean isLost(int position) {
        return IndexFormat.isLost(records, position * IndexFormat.RECORD_BYTES);
    }

    private GapReason reasonOfHole(int position) {
        boolean isOnlyNotHeld = !isLost(position) && presence.at(position) == Presence.State.NOT_HELD;
        return isOnlyNotHeld ? GapReason.NOT_HELD : GapReason.DAMAGED;
    }

    public long number(int position) {
        return IndexFormat.number(records, position * IndexFormat.RECORD_BYTES);
    }

    /** Start of the first segment that is here; there must be one. */
    public long startUtcMicros() {
        return segment(firstHere()).startUtcMicros();
    }

    /** End of the last segment that is here; there must be one. */
    public long endUtcMicros() {
        return segment(lastHere()).endUtcMicros();
    }

    /** The number of the last segment that is here, -1 when none is. */
    public long lastNumber() {
        int last = lastHere();
        return last < 0 ? -1 : number(last);
    }

    /** Adds the segments that are here and intersect a window, by number. */
    public void addWithin(UtcRange window, Collection<Segment> segments) {
        for (int i = 0; i < count; i++) {
            int at = i * IndexFormat.RECORD_BYTES;
            if (isHere(i)
                    && window.intersects(
                            IndexFormat.startUtcMicros(records, at, grid),
                            IndexFormat.endUtcMicros(records, at, grid))) {
                segments.add(segment(i));
            }
        }
    }

    /** A listed segment that is not lost. */
    public Segment segment(int position) {
        return IndexFormat.segment(records, position * IndexFormat.RECORD_BYTES, take, grid);
    }

    /** Where in the media file a listed segment begins. */
    public long offsetBytes(int position) {
        return IndexFormat.offsetBytes(records, position * IndexFormat.RECORD_BYTES);
    }

    /** How many bytes a listed segment has; none of a lost one. */
    public int lengthBytes(int position) {
        int at = position * IndexFormat.RECORD_BYTES;
        return Math.toIntExact(IndexFormat.endOffsetBytes(records, at) - IndexFormat.offsetBytes(records, at));
    }

    /** Where in the media file the last of all that is listed ends, here or not. */
    public long endOffsetBytes() {
        long end = header.initBytes();
        for (int i = 0; i < count; i++) {
            end = Math.max(end, IndexFormat.endOffsetBytes(records, i * IndexFormat.RECORD_BYTES));
        }
        return end;
    }

    /** The position of a number whose segment is here, or -1. */
    public int positionOf(long number) {
        int position = listedPositionOf(number);
        return position >= 0 && isHere(position) ? position : -1;
    }

    /** The position of a number, here or not, or -1 when it is not listed. */
    public int listedPositionOf(long number) {
        if (count == 0) {
            return -1;
        }
        long position = number - IndexFormat.number(records, 0);
        return position >= 0 && position < count ? (int) position : -1;
    }

    /** Whether more segments may come. */
    public boolean isRecording() {
        return open && end.isEmpty();
    }

    /** Whether it is known how the take left this hour: nothing of it comes in this hour any more. */
    public boolean isEnded() {
        return end.isPresent();
    }

    /** How the take left this hour; a take that just stopped, without a word, was cut off with its server. */
    public Optional<TakeEnd> takeEnd() {
        if (end.isPresent()) {
            IndexFormat.End known = end.get();
            return known.reason().map(reason -> new TakeEnd(take, known.utcMicros(), reason));
        }
        return open || isEmpty()
                ? Optional.empty()
                : Optional.of(new TakeEnd(take, endUtcMicros(), GapReason.SERVER_DOWN));
    }

    /** Where the take left this hour to go on in the next one; empty when it did not. */
    public OptionalLong goesOnAtMicros() {
        return end.isPresent() && end.get().reason().isEmpty()
                ? OptionalLong.of(end.get().utcMicros())
                : OptionalLong.empty();
    }

    /** Where a hole begins in this hour, and why: before segments that are not here, and where the take ends. */
    public List<TakeEnd> ends() {
        List<TakeEnd> ends = new ArrayList<>();
        for (int i = 0; hasHoles && i < count; i++) {
            boolean isAfterSame = i > 0 && !isHere(i - 1) && reasonOfHole(i - 1) == reasonOfHole(i);
            if (!isHere(i) && !isAfterSame) {
                int at = i * IndexFormat.RECORD_BYTES;
                long from = i > 0
                        ? IndexFormat.endUtcMicros(records, at - IndexFormat.RECORD_BYTES, grid)
                        : IndexFormat.startUtcMicros(records, at, grid);
                ends.add(new TakeEnd(take, from, reasonOfHole(i)));
            }
        }
        takeEnd().ifPresent(ends::add);
        return ends;
    }

    /** CRC-32C of a listed segment's bytes. */
    public int mediaCrc(int position) {
        return IndexFormat.mediaCrc(records, position * IndexFormat.RECORD_BYTES);
    }

    /** The header, the records, and how the take left this hour, as an index file has them. */
    public byte[] toBytes() {
        int listed = count * IndexFormat.RECORD_BYTES;
        int end = this.end.isPresent() ? IndexFormat.RECORD_BYTES : 0;
        ByteBuffer out = ByteBuffer.allocate(IndexFormat.HEADER_BYTES + listed + end);
        out.put(IndexFormat.encode(header).array());
        out.put(records.slice(0, listed));
        this.end.ifPresent(known ->
                IndexFormat.putEnd(out, IndexFormat.HEADER_BYTES + listed, count == 0 ? -1 : number(count - 1), known));
        return out.array();
    }

    /** As {@link #toBytes}, with marks at what is not here: so other servers are told. */
    public byte[] toMarkedBytes() {
        byte[] bytes = toBytes();
        ByteBuffer listed =
                ByteBuffer.wrap(bytes).position(IndexFormat.HEADER_BYTES).slice();
        for (int i = 0; hasHoles && i < count; i++) {
            if (!isHere(i)) {
                IndexFormat.markDamaged(listed, i * IndexFormat.RECORD_BYTES);
            }
        }
        return bytes;
    }

    /** How many bytes it takes in memory, about. */
    public long sizeBytes() {
        return 2L * IndexFormat.HEADER_BYTES + (long) count * IndexFormat.RECORD_BYTES;
    }

    /** The first 16 bytes of SHA-256 over all bytes, in hexadecimal digits: once the hour is closed, the same on every server. */
    public String digest() {
        String known = digest;
        if (known == null) {
            known = digest(toBytes());
            digest = known;
        }
        return known;
    }

    /** As {@link #digest}, with marks at what is not here. */
    public String markedDigest() {
        return hasHoles ? digest(toMarkedBytes()) : digest();
    }

    private static String digest(byte[] bytes) {
        return sha256(bytes).substring(0, 32);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static boolean hasLost(ByteBuffer records, int count) {
        for (int i = 0; i < count; i++) {
            if (IndexFormat.isLost(records, i * IndexFormat.RECORD_BYTES)) {
                return true;
            }
        }
        return false;
    }

    private int firstHere() {
        int first = 0;
        while (first < count && !isHere(first)) {
            first++;
        }
        return first;
    }

    private int lastHere() {
        int last = count - 1;
        while (last >= 0 && !isHere(last)) {
            last--;
        }
        return last;
    }
}
