package org.red5.dvr.archive.recovery;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.red5.dvr.archive.files.FreeBoxes;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.FragmentHead;
import org.red5.dvr.media.fmp4.FragmentReader;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.FileBytes;

/** Finds the segments in a media file by its boxes, without an index. Used by one thread. */
final class MediaScanner implements Closeable {
    private static final int FTYP = 0x66747970;
    private static final int MOOV = 0x6d6f6f76;
    /** No init segment and no head of a fragment is larger; a length beyond this is damage, not a reason for memory. */
    private static final int LARGEST_HEAD_BYTES = 4 << 20;
    /** What a file holds where its bytes never reached the disk; media does not have that many zeros in a row. */
    private static final int BLOCK_BYTES = 4_096;

    private static final byte[] EMPTY_BLOCK = new byte[BLOCK_BYTES];

    private final FileChannel channel;
    private final long size;
    private final ByteBuffer buffer = ByteBuffer.allocate(64 << 10);

    /** A segment that is whole, and the checksum of its bytes. */
    record Found(Segment segment, long offsetBytes, int crc) {
        long endOffsetBytes() {
            return offsetBytes + segment.bytes();
        }
    }

    /** The init segment at the start, and the checksum of its bytes. */
    record Init(InitSegment content, int bytes, int crc) {}

    private record Part(FragmentHead head, int bytes) {}

    MediaScanner(Path file) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.size = channel.size();
    }

    long size() {
        return size;
    }

    /**
     * The init segment.
     *
     * @throws CorruptArchiveException when it is not there or not whole
     */
    Init init() throws IOException {
        long end = boxEnd(0, FTYP);
        end = end < 0 ? end : boxEnd(end, MOOV);
        if (end < 0 || end > LARGEST_HEAD_BYTES) {
            throw new CorruptArchiveException("no whole ftyp and moov at its start");
        }
        try {
            byte[] bytes = bytes(0, (int) end);
            return new Init(
                    InitSegmentReader.parse(bytes),
                    bytes.length,
                    crc(0, bytes.length).orElseThrow());
        } catch (CorruptMediaException e) {
            throw new CorruptArchiveException("init segment: " + e.getMessage());
        }
    }

    /** Whether from an offset on to the end there is nothing that a player does not skip. */
    boolean isFree(long offset) throws IOException {
        long at = offset;
        while (at >= 0 && at < size) {
            at = boxEnd(at, FreeBoxes.TYPE);
        }
        return at == size;
    }

    /** CRC-32C of some bytes; empty when not all of them are there. */
    Optional<Integer> crc(long offset, long length) throws IOException {
        return crc(offset, length, false);
    }

    private Optional<Integer> crc(long offset, long length, boolean refuseEmptyBlocks) throws IOException {
        CRC32C crc = new CRC32C();
        long end = offset + length;
        for (long at = offset; at < end; ) {
            // Up to a boundary of blocks, so that from the second round on the buffer begins with a block.
            long boundary = (at + buffer.capacity()) / BLOCK_BYTES * BLOCK_BYTES;
            int part = (int) (Math.min(boundary, end) - at);
            if (!fill(at, part) || refuseEmptyBlocks && at % BLOCK_BYTES == 0 && hasEmptyBlock(part)) {
                return Optional.empty();
            }
            crc.update(buffer.flip());
            at += part;
        }
        return Optional.of((int) crc.getValue());
    }

    private boolean fill(long offset, int length) throws IOException {
        buffer.clear().limit(length);
        return FileBytes.read(channel, buffer, offset);
    }

    /** Whether a whole block of zeros is there that no index lists: its bytes were lost with the power. */
    private boolean hasEmptyBlock(int length) {
        for (int at = 0; at + BLOCK_BYTES <= length; at += BLOCK_BYTES) {
            if (Arrays.equals(buffer.array(), at, at + BLOCK_BYTES, EMPTY_BLOCK, 0, BLOCK_BYTES)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The segment that begins at an offset; empty when there is none that is whole. The last of a file must have all
     * tracks of its take: another may have been on its way.
     */
    Optional<Found> segmentAt(long offset, TakeId take, InitSegment init, SegmentGrid grid) throws IOException {
        Optional<Part> first = fragmentAt(offset);
        if (first.isEmpty()) {
            return Optional.empty();
        }
        FragmentHead head = first.get().head();
        boolean isVideo =
                head.track() == InitSegment.VIDEO_TRACK && init.video().isPresent();
        boolean isAudio =
                head.track() == InitSegment.AUDIO_TRACK && init.audio().isPresent();
        if (!isVideo && !isAudio) {
            return Optional.empty();
        }
        Optional<Part> next = fragmentAt(offset + first.get().bytes());
        Optional<Part> audio = next.filter(part -> isVideo
                && part.head().track() == InitSegment.AUDIO_TRACK
                && part.head().sequence() == head.sequence() + 1);
        if (isVideo && init.audio().isPresent() && next.isEmpty()) {
            return Optional.empty();
        }
        int timescale =
                isVideo ? VideoConfig.TIMESCALE : init.audio().orElseThrow().sampleRate();
        long start = startMicros(head, timescale, isVideo ? audio : Optional.empty(), init);
        long end = Ticks.toMicros(head.startPtsTicks() + head.durationTicks(), timescale);
        OptionalLong number = number(head, isVideo, start, grid);
        int videoBytes = isVideo ? first.get().bytes() : 0;
        int audioBytes =
                isVideo ? audio.map(Part::bytes).orElse(0) : first.get().bytes();
        if (number.isEmpty() || end - start > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        boolean independent = head.startsWithKey();
        Segment segment = new Segment(
                take, number.getAsLong(), start, Math.max(1, end - start), videoBytes, audioBytes, independent);
        return crc(offset, segment.bytes(), true).map(crc -> new Found(segment, offset, crc));
    }

    /** When a segment starts: at the beginning of a take the sound may come before the picture. */
    private static long startMicros(FragmentHead first, int timescale, Optional<Part> audio, InitSegment init) {
        long start = Ticks.toMicros(first.startPtsTicks(), timescale);
        int audioTimescale = init.audio().map(AudioConfig::sampleRate).orElse(1);
        return audio.map(part -> Ticks.toMicros(part.head().startPtsTicks(), audioTimescale))
                .filter(micros -> micros < start)
                .orElse(start);
    }

    /** The number whose lowest bits the fragment says: that of the cell in which the segment starts, or little more. */
    private static OptionalLong number(FragmentHead head, boolean isVideo, long startMicros, SegmentGrid grid) {
        long cell = grid.numberAt(startMicros);
        return LongStream.rangeClosed(cell, cell + SegmentGrid.MOST_AHEAD)
                .filter(number -> (int) (number * 2 + (isVideo ? 0 : 1)) == head.sequence())
                .findFirst();
    }

    /** The first segment that is whole and begins at an offset or behind it. */
    Optional<Found> segmentFrom(long offset, TakeId take, InitSegment init, SegmentGrid grid) throws IOException {
        Optional<Found> found = segmentAt(offset, take, init, grid);
        for (long at = nextMoof(offset + 1); found.isEmpty() && at >= 0; at = nextMoof(at + 1)) {
            found = segmentAt(at, take, init, grid);
        }
        return found;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** The first offset, not before one, at which a box might begin that is a {@code moof}; -1 when there is none. */
    private long nextMoof(long offset) throws IOException {
        int behind = Integer.BYTES - 1;
        for (long at = offset + Integer.BYTES; at + Integer.BYTES <= size; at += buffer.capacity() - behind) {
            int length = (int) Math.min(buffer.capacity(), size - at);
            if (!fill(at, length)) {
                return -1;
            }
            for (int i = 0; i + Integer.BYTES <= length; i++) {
                if (buffer.get(i) == 'm' && buffer.getInt(i) == FragmentReader.MOOF) {
                    return at + i - Integer.BYTES;
                }
            }
        }
        return -1;
    }

    private Optional<Part> fragmentAt(long offset) throws IOException {
        long moofEnd = boxEnd(offset, FragmentReader.MOOF);
        long end = moofEnd < 0 || moofEnd - offset > LARGEST_HEAD_BYTES ? -1 : boxEnd(moofEnd, FragmentReader.MDAT);
        if (end < 0 || end - offset > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        try {
            FragmentHead head = FragmentReader.read(ByteBuffer.wrap(bytes(offset, (int) (moofEnd - offset))));
            return head.payloadBytes() == end - moofEnd - FragmentReader.BOX_HEAD_BYTES
                    ? Optional.of(new Part(head, (int) (end - offset)))
                    : Optional.empty();
        } catch (CorruptMediaException e) {
            // Not a fragment of ours: what begins here is not whole.
            return Optional.empty();
        }
    }

    /** Where a box ends that begins at an offset; -1 when it has another type, or is not all there. */
    private long boxEnd(long offset, int type) throws IOException {
        if (offset + FragmentReader.BOX_HEAD_BYTES > size) {
            return -1;
        }
        ByteBuffer head = ByteBuffer.wrap(bytes(offset, FragmentReader.BOX_HEAD_BYTES));
        long end = offset + (head.getInt() & 0xffffffffL);
        return head.getInt() == type && end >= offset + FragmentReader.BOX_HEAD_BYTES && end <= size ? end : -1;
    }

    private byte[] bytes(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        if (!FileBytes.read(channel, bytes, offset)) {
            throw new CorruptArchiveException("the file ends before " + (offset + length));
        }
        return bytes.array();
    }
}
