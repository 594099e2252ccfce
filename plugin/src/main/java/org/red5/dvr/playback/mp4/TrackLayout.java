package org.red5.dvr.playback.mp4;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.media.fmp4.MovieHeader.Edit;
import org.red5.dvr.media.fmp4.MovieHeader.EntryCounts;
import org.red5.dvr.media.fmp4.MovieHeader.Table;
import org.red5.dvr.media.fmp4.TrackKind;

/**
 * A track of a plain MP4: one chunk for each segment that has it. Its sample tables are not kept; a part of one is made from the heads of
 * the fragments that it is about.
 */
final class TrackLayout implements EntryCounts {
    /** A part of a table has about so many bytes. */
    private static final int PART_BYTES = 64 << 10;

    private final TrackKind kind;
    private final List<Chunk> chunks;
    private final List<Edit> edits;
    /** How many entries are before each chunk, and behind the last. */
    private final Map<Table, int[]> entriesBefore = new EnumMap<>(Table.class);

    private final boolean hasOffsets;

    /** Gives the samples of a chunk's fragment. */
    interface Samples {
        CompletableFuture<SampleRange> of(TrackKind kind, Chunk chunk);
    }

    /** Says where in the file the fragment of a track begins. */
    interface FragmentPlaces {
        long offsetBytes(TrackKind kind, int segment);
    }

    TrackLayout(TrackKind kind, List<Chunk> chunks, List<Edit> edits) {
        this.kind = kind;
        this.chunks = chunks;
        this.edits = edits;
        this.hasOffsets = chunks.stream().anyMatch(chunk -> chunk.summary().hasOffsets());
        for (Table table : List.of(Table.STTS, Table.CTTS, Table.STSS, Table.STSZ)) {
            entriesBefore.put(table, counted(table));
        }
    }

    private int[] counted(Table table) {
        int[] before = new int[chunks.size() + 1];
        for (int i = 0; i < chunks.size(); i++) {
            before[i + 1] = Math.addExact(before[i], chunks.get(i).entries(table));
        }
        return before;
    }

    TrackKind kind() {
        return kind;
    }

    boolean isVideo() {
        return kind == TrackKind.VIDEO;
    }

    List<Edit> edits() {
        return edits;
    }

    boolean hasNegativeOffsets() {
        return chunks.stream().anyMatch(chunk -> chunk.summary().hasNegativeOffsets());
    }

    long durationTicks() {
        return chunks.stream().mapToLong(Chunk::durationTicks).sum();
    }

    @Override
    public long of(Table table) {
        return switch (table) {
            case STSC, CO64 -> chunks.size();
            case CTTS -> hasOffsets ? total(table) : -1;
            case STSS -> isVideo() ? total(table) : -1;
            case STTS, STSZ -> total(table);
        };
    }

    private int total(Table table) {
        return before(table)[chunks.size()];
    }

    /** A part of a table from one of its bytes on; never empty. */
    CompletableFuture<byte[]> part(Table table, long fromByte, FragmentPlaces places, Samples samples) {
        int entry = (int) (fromByte / table.entryBytes());
        if (table == Table.STSC || table == Table.CO64) {
            byte[] entries = ofChunks(table, entry, places);
            int cut = (int) (fromByte % table.entryBytes());
            return CompletableFuture.completedFuture(Arrays.copyOfRange(entries, cut, entries.length));
        }
        int[] before = before(table);
        int chunk = chunkOf(before, entry);
        int cut = (int) (fromByte - (long) before[chunk] * table.entryBytes());
        return gathered(table, chunk, new ByteArrayOutputStream(PART_BYTES + PART_BYTES / 4), samples)
                .thenApply(entries -> Arrays.copyOfRange(entries, cut, entries.length));
    }

    /** The chunk that has an entry: the last one with no more before it. */
    private static int chunkOf(int[] before, int entry) {
        int low = 0;
        int high = before.length - 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (before[middle] <= entry) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private byte[] ofChunks(Table table, int first, FragmentPlaces places) {
        int end = Math.min(chunks.size(), first + PART_BYTES / table.entryBytes());
        ByteBuffer out = ByteBuffer.allocate((end - first) * table.entryBytes());
        for (int i = first; i < end; i++) {
            Chunk chunk = chunks.get(i);
            if (table == Table.STSC) {
                out.putInt(i + 1).putInt(chunk.summary().samples()).putInt(chunk.configuration());
            } else {
                out.putLong(places.offsetBytes(kind, chunk.segment())
                        + chunk.summary().dataOffsetBytes());
            }
        }
        return out.array();
    }

    /** The entries from a chunk on: what is there at once is gathered in a loop. */
    private CompletableFuture<byte[]> gathered(Table table, int from, ByteArrayOutputStream out, Samples samples) {
        for (int i = from; i < chunks.size() && out.size() < PART_BYTES; i++) {
            int chunk = i;
            CompletableFuture<byte[]> entries =
                    samples.of(kind, chunks.get(i)).thenApply(range -> entries(table, chunk, range));
            if (!entries.isDone() || entries.isCompletedExceptionally()) {
                return entries.thenCompose(some -> {
                    out.writeBytes(some);
                    return gathered(table, chunk + 1, out, samples);
                });
            }
            out.writeBytes(entries.join());
        }
        return CompletableFuture.completedFuture(out.toByteArray());
    }

    private byte[] entries(Table table, int chunk, SampleRange range) {
        ByteBuffer out = ByteBuffer.allocate(chunks.get(chunk).entries(table) * table.entryBytes());
        range.write(table, before(Table.STSZ)[chunk], out);
        return out.array();
    }

    private int[] before(Table table) {
        return Objects.requireNonNull(entriesBefore.get(table));
    }
}
