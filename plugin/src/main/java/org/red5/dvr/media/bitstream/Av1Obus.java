package org.red5.dvr.media.bitstream;

import java.util.Arrays;

/** The open bitstream units (OBUs) in some bytes of AV1, one behind the other (AV1 specification, section 5.3). */
public final class Av1Obus {
    public static final int SEQUENCE_HEADER = 1;
    public static final int TEMPORAL_DELIMITER = 2;
    public static final int FRAME_HEADER = 3;
    public static final int TILE_GROUP = 4;
    public static final int FRAME = 6;

    private static final int FIELDS = 3;
    private static final int MOST_SIZE_BYTES = 8;

    private final byte[] data;
    /** Of each OBU, where it, its payload and what follows it begin. */
    private int[] bounds = new int[8 * FIELDS];

    private int count;

    private Av1Obus(byte[] data) {
        this.data = data;
    }

    /**
     * Finds the OBUs between two places.
     *
     * @throws CorruptMediaException when one runs past the end
     */
    public static Av1Obus of(byte[] data, int offset, int end) throws CorruptMediaException {
        Av1Obus found = new Av1Obus(data);
        int at = offset;
        while (at < end) {
            at = found.next(at, end);
        }
        return found;
    }

    public int count() {
        return count;
    }

    /** {@code obu_type} of an OBU, by its index. */
    public int type(int index) {
        return data[start(index)] >> 3 & 0xf;
    }

    /** Where an OBU begins. */
    public int start(int index) {
        return bounds[index * FIELDS];
    }

    /** Where its payload begins. */
    public int payload(int index) {
        return bounds[index * FIELDS + 1];
    }

    /** Where it ends. */
    public int end(int index) {
        return bounds[index * FIELDS + 2];
    }

    /** An OBU with its size in its header, so that others can follow it. */
    public byte[] sized(int index) {
        if ((data[start(index)] & 2) != 0) {
            return Arrays.copyOfRange(data, start(index), end(index));
        }
        int header = payload(index) - start(index);
        int length = end(index) - payload(index);
        byte[] sized = new byte[header + 5 + length];
        System.arraycopy(data, start(index), sized, 0, header);
        sized[0] |= 2;
        int at = header;
        for (int rest = length; ; rest >>>= 7) {
            sized[at++] = (byte) (rest >= 0x80 ? rest & 0x7f | 0x80 : rest);
            if (rest < 0x80) {
                break;
            }
        }
        System.arraycopy(data, payload(index), sized, at, length);
        return Arrays.copyOf(sized, at + length);
    }

    private int next(int at, int end) throws CorruptMediaException {
        boolean extended = (data[at] & 4) != 0;
        boolean sized = (data[at] & 2) != 0;
        int payload = at + (extended ? 2 : 1);
        long length = (long) end - payload;
        if (sized) {
            length = 0;
            boolean more = true;
            for (int i = 0; more; i++, payload++) {
                if (i == MOST_SIZE_BYTES || payload >= end) {
                    throw new CorruptMediaException("OBU that ends in its header");
                }
                length |= (data[payload] & 0x7fL) << 7 * i;
                more = (data[payload] & 0x80) != 0;
            }
        }
        if ((data[at] & 0x80) != 0 || length < 0 || length > end - payload) {
            throw new CorruptMediaException("OBU that runs past the end of its packet");
        }
        if ((count + 1) * FIELDS > bounds.length) {
            bounds = Arrays.copyOf(bounds, bounds.length * 2);
        }
        bounds[count * FIELDS] = at;
        bounds[count * FIELDS + 1] = payload;
        bounds[count * FIELDS + 2] = payload + (int) length;
        count++;
        return payload + (int) length;
    }
}
