package org.red5.dvr.media.bitstream;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Finds the NAL units in the packets of one stream, however they are framed: by lengths, as in MP4 (ISO/IEC 14496-15 section
 * 5.3.4.2.1), by start codes (ITU-T H.264 and H.265, annex B), or by start codes inside of lengths. Used by one thread.
 */
public final class NalFraming {
    /** What nearly all encoders have, and what lengths have that are put in for start codes. */
    private static final int USUAL_LENGTH_BYTES = 4;

    private static final int START_CODE_BYTES = 3;
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH_BYTE_1 = 0x0101010101010101L;
    private static final long EACH_BYTE_128 = 0x8080808080808080L;

    /**
     * An encoder that leaves start codes inside of lengths does so from the beginning: slices, which are nearly all of a stream's
     * bytes, are searched for them in so many packets only, as long as none is found.
     */
    private static final int PACKETS_SEARCHED = 100;

    private final NalSyntax syntax;
    private int lengthBytes = USUAL_LENGTH_BYTES;
    private boolean lengthsSeen;
    private boolean startCodesSeen;
    private boolean startCodesInsideSeen;
    private int packets;
    /** Where each NAL unit begins and ends. */
    private int[] bounds = new int[32];

    private int count;
    private boolean stored;
    private int storedEnd;

    public NalFraming(NalSyntax syntax) {
        this.syntax = syntax;
    }

    /** How many bytes the length in front of a NAL unit has. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** Takes a configuration record's word for how many bytes a length has. */
    public void setLengthBytes(int bytes) {
        lengthBytes = bytes;
        packets = 0;
    }

    /**
     * Finds the NAL units from {@code offset} to the end of the data; empty ones are left out. Lengths that turn out not to be as
     * the configuration record says have four bytes from here on.
     *
     * @throws CorruptMediaException when they are not framed in any known way
     */
    public void find(byte[] data, int offset) throws CorruptMediaException {
        boolean usual = lengthBytes == USUAL_LENGTH_BYTES;
        if (byLengths(data, offset, lengthBytes, usual)) {
            lengthsSeen |= count > 0;
            packets++;
        } else if (byStartCodes(data, offset)) {
            startCodesSeen = true;
            lengthBytes = USUAL_LENGTH_BYTES;
        } else if (!usual && byLengths(data, offset, USUAL_LENGTH_BYTES, true)) {
            lengthBytes = USUAL_LENGTH_BYTES;
        } else if (!usual && byLengths(data, offset, lengthBytes, true)) {
            lengthsSeen = true;
        } else {
            count = 0;
            throw new CorruptMediaException("NAL unit that runs past the end of its packet");
        }
    }

    public int count() {
        return count;
    }

    /** Leaves out the NAL units whose index matches: the packet is to be put together anew then. */
    public void leaveOut(IntPredicate which) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (which.test(i)) {
                stored = false;
            } else {
                bounds[2 * kept] = bounds[2 * i];
                bounds[2 * kept + 1] = bounds[2 * i + 1];
                kept++;
            }
        }
        count = kept;
    }

    /** Where a NAL unit begins, by its index. */
    public int start(int index) {
        return bounds[2 * index];
    }

    /** Where it ends. */
    public int end(int index) {
        return bounds[2 * index + 1];
    }

    /** Whether the packet is framed as MP4 wants it, from its beginning to {@link #storedEnd}. */
    public boolean isStored() {
        return stored;
    }

    /** Where the last NAL unit ends; noughts may follow. */
    public int storedEnd() {
        return storedEnd;
    }

    /** Writes some NAL unit's bytes with their length in front. */
    public void write(byte[] data, int start, int end, ByteArrayOutputStream to) {
        int length = end - start;
        for (int shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8) {
            to.write(length >> shift);
        }
        to.write(data, start, length);
    }

    private boolean byLengths(byte[] data, int offset, int bytes, boolean mayBeEmpty) {
        begin();
        int at = offset;
        while (at < data.length) {
            if (isZero(data, at)) {
                break;
            }
            if (data.length - at < bytes) {
                return false;
            }
            int length = 0;
            for (int i = 0; i < bytes; i++) {
                length = length << 8 | data[at + i] & 0xff;
            }
            int start = at + bytes;
            if (length < 0 || length > data.length - start) {
                return false;
            }
            if (length == 0) {
                stored = false;
                if (!mayBeEmpty) {
                    return false; // the beginning of a longer length, rather
                }
            } else if (!addParts(data, start, start + length, isSearched(data, start, start + length))) {
                return false;
            }
            at = start + length;
        }
        storedEnd = at;
        return true;
    }

    private boolean isSearched(byte[] data, int start, int end) {
        return packets < PACKETS_SEARCHED
                || startCodesInsideSeen
                || !syntax.isValid(data, start, end)
                || !syntax.kind(data, start).isSlice();
    }

    private boolean byStartCodes(byte[] data, int offset) {
        begin();
        int at = offset;
        while (at < data.length && data[at] == 0) {
            at++;
        }
        int start = at + 1;
        if (at - offset < 2 || at >= data.length || data[at] != 1 || !syntax.isUsual(data, start, data.length)) {
            return false;
        }
        if (at - offset == 2 && lengthsSeen && !startCodesSeen && syntax.isUsual(data, start + 1, data.length)) {
            return false; // a length of 256 to 511 bytes, of which some are missing, rather
        }
        stored = false;
        storedEnd = data.length;
        return addParts(data, start, data.length, true);
    }

    private void begin() {
        count = 0;
        stored = true;
    }

    /** Adds what stands between two places: a NAL unit, or several with start codes; false when it is none. */
    private boolean addParts(byte[] data, int start, int end, boolean searched) {
        int from = start;
        int code = searched ? startCode(data, from, end) : -1;
        while (code >= 0) {
            if (syntax.isUsual(data, code + START_CODE_BYTES, end)) {
                add(from, withoutZeros(data, from, code));
                from = code + START_CODE_BYTES;
                stored = false;
                startCodesInsideSeen = true;
            }
            code = startCode(data, code + START_CODE_BYTES, end);
        }
        if (!syntax.isValid(data, from, end)) {
            return false;
        }
        add(from, stored ? end : withoutZeros(data, from, end));
        return true;
    }

    private void add(int start, int end) {
        if (start == end) {
            return;
        }
        if (2 * count + 2 > bounds.length) {
            bounds = Arrays.copyOf(bounds, bounds.length * 2);
        }
        bounds[2 * count] = start;
        bounds[2 * count + 1] = end;
        count++;
    }

    /** Where the next start code of three bytes is, or -1. Eight bytes at a time, as few of them are nought. */
    private static int startCode(byte[] data, int from, int end) {
        int at = from;
        while (at <= end - Long.BYTES) {
            long word = (long) WORDS.get(data, at);
            boolean hasZero = (word - EACH_BYTE_1 & ~word & EACH_BYTE_128) != 0;
            int found = hasZero ? startCodeIn(data, at, at + Long.BYTES, end) : -1;
            if (found >= 0) {
                return found;
            }
            at += Long.BYTES;
        }
        return startCodeIn(data, at, end, end);
    }

    /** The first start code that begins between two places. */
    private static int startCodeIn(byte[] data, int from, int to, int end) {
        for (int i = from; i < to && i <= end - START_CODE_BYTES; i++) {
            if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) {
                return i;
            }
        }
        return -1;
    }

    private static int withoutZeros(byte[] data, int start, int end) {
        int last = end;
        while (last > start && data[last - 1] == 0) {
            last--;
        }
        return last;
    }

    private static boolean isZero(byte[] data, int from) {
        return withoutZeros(data, from, data.length) == from && data.length > from;
    }
}
