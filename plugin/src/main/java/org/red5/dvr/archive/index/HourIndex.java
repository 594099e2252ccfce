package org.red5.dvr.archive.index;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
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

/**
 * The segments of one take in one hour, as its index file lists them; immutable. The numbers of a take follow each
 * other without a hole, so a segment is found by arithmetic; of a damaged one only the place is left, and nobody is to
 * get it. The bytes are described in {@link IndexFormat}.
 */
public final class HourIndex {
    private final TakeId take;
    private final Path mediaFile;
    private final IndexFormat.Header header;
    private final ByteBuffer records;
    private final int count;
    private final Optional<IndexFormat.End> end;
    private final boolean open;
    private final SegmentGrid grid;
    /** What is being written has none. */
    private final boolean hasDamage;
    /** Made when it is asked for first. */
    private volatile @Nullable String digest;

    /**
     * @param records segment records one behind the other, not changed up to {@code count}
     * @param count how many of them are listed
     * @param end how the take left this hour, empty while it goes on, and after a crash
     * @param open whether it is being written
     */
    public HourIndex(
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
        this.hasDamage = !open && hasDamage(records, count);
    }

    public TakeId take() {
        return take;
    }

    public Path mediaFile() {
        return mediaFile;
    }

    public IndexFormat.Header header() {
        return header;
    }

    /** How many segments are listed, damaged ones too. */
    public int count() {
        return count;
    }

    /** Whether no segment can be had. */
    public boolean isEmpty() {
        return firstWhole() == count;
    }

    public boolean isDamaged(int position) {
        return hasDamage && IndexFormat.isDamaged(records, position * IndexFormat.RECORD_BYTES);
    }

    public long number(int position) {
        return IndexFormat.number(records, position * IndexFormat.RECORD_BYTES);
    }

    /** Start of the first segment that is whole; there must be one. */
    public long startUtcMicros() {
        return segment(firstWhole()).startUtcMicros();
    }

    /** End of the last segment that is whole; there must be one. */
    public long endUtcMicros() {
        return segment(lastWhole()).endUtcMicros();
    }

    /** A listed segment that is not damaged. */
    public Segment segment(int position) {
        return IndexFormat.segment(records, position * IndexFormat.RECORD_BYTES, take, grid);
    }

    /** Where in the media file a listed segment begins. */
    public long offsetBytes(int position) {
        return IndexFormat.offsetBytes(records, position * IndexFormat.RECORD_BYTES);
    }

    /** The position of a number, or -1; a damaged segment has none. */
    public int positionOf(long number) {
        if (count == 0) {
            return -1;
        }
        long position = number - IndexFormat.number(records, 0);
        return position >= 0 && position < count && !isDamaged((int) position) ? (int) position : -1;
    }

    /** Whether more segments may come. */
    public boolean isRecording() {
        return open && end.isEmpty();
    }

    /** Whether it is known how the take left this hour. */
    boolean isEnded() {
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

    /** Where a hole begins in this hour: before each run of damaged segments, and where the take ends. */
    public List<TakeEnd> ends() {
        List<TakeEnd> ends = new ArrayList<>();
        for (int i = 0; hasDamage && i < count; i++) {
            if (isDamaged(i) && (i == 0 || !isDamaged(i - 1))) {
                long from = i > 0
                        ? segment(i - 1).endUtcMicros()
                        : IndexFormat.startUtcMicros(records, i * IndexFormat.RECORD_BYTES, grid);
                ends.add(new TakeEnd(take, from, GapReason.DAMAGED));
            }
        }
        takeEnd().ifPresent(ends::add);
        return ends;
    }

    /** CRC-32C of a listed segment's bytes. */
    public int mediaCrc(int position) {
        return IndexFormat.mediaCrc(records, position * IndexFormat.RECORD_BYTES);
    }

    /**
     * The header, the records from a position on, and how the take left this hour, as an index file has them.
     *
     * @param fromPosition 0 or more; there may be no record there yet
     */
    public byte[] toBytes(int fromPosition) {
        int from = Math.min(fromPosition, count);
        int listed = (count - from) * IndexFormat.RECORD_BYTES;
        int end = this.end.isPresent() ? IndexFormat.RECORD_BYTES : 0;
        ByteBuffer out = ByteBuffer.allocate(IndexFormat.HEADER_BYTES + listed + end);
        out.put(IndexFormat.encode(header).array());
        out.put(records.slice(from * IndexFormat.RECORD_BYTES, listed));
        this.end.ifPresent(known ->
                IndexFormat.putEnd(out, IndexFormat.HEADER_BYTES + listed, count == 0 ? -1 : number(count - 1), known));
        return out.array();
    }

    /** The first 16 bytes of SHA-256 over all bytes, in hexadecimal digits. */
    public String digest() {
        String known = digest;
        if (known == null) {
            known = sha256(toBytes(0)).substring(0, 32);
            digest = known;
        }
        return known;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static boolean hasDamage(ByteBuffer records, int count) {
        for (int i = 0; i < count; i++) {
            if (IndexFormat.isDamaged(records, i * IndexFormat.RECORD_BYTES)) {
                return true;
            }
        }
        return false;
    }

    private int firstWhole() {
        int first = 0;
        while (first < count && isDamaged(first)) {
            first++;
        }
        return first;
    }

    private int lastWhole() {
        int last = count - 1;
        while (last >= 0 && isDamaged(last)) {
            last--;
        }
        return last;
    }
}
