package org.red5.dvr.media.fmp4;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Writes boxes (ISO/IEC 14496-12 section 4.2) to a growing array; sizes are filled in when a box is closed. What is large and written by
 * somebody else is left out, and counts in the sizes.
 */
final class BoxWriter {
    private byte[] data;
    private int size;
    private long leftOutBytes;
    /** What was left out before each of the boxes that are open. */
    private final Deque<Long> leftOutBefore = new ArrayDeque<>();

    BoxWriter(int expectedBytes) {
        data = new byte[expectedBytes];
    }

    /** Opens a box; the result is for {@link #close}. */
    int open(String type) {
        int start = size;
        leftOutBefore.push(leftOutBytes);
        u32(0);
        ascii(type);
        return start;
    }

    /** Opens a full box. */
    int open(String type, int version, int flags) {
        int start = open(type);
        u32(version << 24 | flags);
        return start;
    }

    /** Closes the box that was opened last. */
    void close(int start) {
        setU32(start, size - start + leftOutBytes - leftOutBefore.pop());
    }

    /** Leaves out so many bytes here. */
    void leaveOut(long bytes) {
        leftOutBytes += bytes;
    }

    /** Of all that is written and left out. */
    long lengthBytes() {
        return size + leftOutBytes;
    }

    BoxWriter u8(int value) {
        need(1);
        data[size++] = (byte) value;
        return this;
    }

    BoxWriter u16(int value) {
        return u8(value >> 8).u8(value);
    }

    BoxWriter u32(long value) {
        need(4);
        setU32(size, value);
        size += 4;
        return this;
    }

    BoxWriter u64(long value) {
        return u32(value >>> 32).u32(value);
    }

    BoxWriter ascii(String text) {
        return bytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    BoxWriter bytes(byte[] value) {
        need(value.length);
        System.arraycopy(value, 0, data, size, value.length);
        size += value.length;
        return this;
    }

    BoxWriter zeros(int count) {
        need(count);
        size += count;
        return this;
    }

    /** The transformation matrix that changes nothing (section 8.2.2.3). */
    BoxWriter unityMatrix() {
        return u32(0x10000).zeros(12).u32(0x10000).zeros(12).u32(0x40000000);
    }

    void setU32(int position, long value) {
        data[position] = (byte) (value >> 24);
        data[position + 1] = (byte) (value >> 16);
        data[position + 2] = (byte) (value >> 8);
        data[position + 3] = (byte) value;
    }

    int size() {
        return size;
    }

    byte[] toBytes() {
        return toBytes(0, size);
    }

    /** What is written between two positions. */
    byte[] toBytes(int from, int to) {
        return Arrays.copyOfRange(data, from, to);
    }

    private void need(int count) {
        if (data.length - size < count) {
            data = Arrays.copyOf(data, Math.max(data.length * 2, size + count));
        }
    }
}
