package org.red5.dvr.media;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.red5.dvr.media.bitstream.NalSyntax;

/** Puts something in front of the pictures in access units as MP4 stores them. */
public final class AccessUnits {
    /** Says what a repeated picture is, as unregistered user data: 16 bytes that name it, and a word for people. */
    private static final byte[] MARK = "DVR-REPEATED-PICrepeated".getBytes(StandardCharsets.US_ASCII);

    private static final int USER_DATA_UNREGISTERED = 5;
    private static final int END_OF_NAL = 0x80;
    private static final int OBU_PADDING = 0x7a;

    private AccessUnits() {}

    /**
     * Whether a track can go on with another configuration when its parameter sets stand in front of the next key frame:
     * the decoder that was chosen for the first can decode it, and the picture keeps its size.
     */
    public static boolean mayFollow(VideoConfig before, VideoConfig after) {
        return before.codec() == after.codec()
                && before.codec() != VideoCodec.AV1
                && before.width() == after.width()
                && before.height() == after.height()
                && before.record()[1] == after.record()[1]
                && lengthBytes(before) == lengthBytes(after);
    }

    /**
     * A key frame with the parameter sets of its configuration in front, as far as they do not stand there; the same sample where
     * they do, and for AV1.
     */
    public static Sample withParameterSets(VideoConfig config, Sample sample) {
        if (config.codec() == VideoCodec.AV1) {
            return sample;
        }
        List<byte[]> missing = new ArrayList<>(parameterSets(config));
        int lengthBytes = lengthBytes(config);
        missing.removeIf(set -> lengthBytes == 1 && set.length > 0xff);
        removeThoseIn(sample, config, missing);
        if (missing.isEmpty()) {
            return sample;
        }
        byte[] data = inserted(config, sample.data(), sample.offset(), sample.length(), missing);
        return new Sample(sample.dtsTicks(), sample.compositionOffsetTicks(), sample.key(), data, 0, data.length);
    }

    /** Removes the units that stand in front of a sample's first slice. */
    private static void removeThoseIn(Sample sample, VideoConfig config, List<byte[]> units) {
        NalSyntax syntax = config.codec() == VideoCodec.H264 ? NalSyntax.H264 : NalSyntax.H265;
        byte[] data = sample.data();
        int lengthBytes = lengthBytes(config);
        int end = sample.offset() + sample.length();
        int at = sample.offset();
        while (at + lengthBytes < end) {
            int start = at + lengthBytes;
            long size = size(data, at, lengthBytes);
            if (size == 0 || size > end - start || syntax.kind(data, start).isSlice()) {
                return;
            }
            int next = start + (int) size;
            units.removeIf(unit -> Arrays.equals(unit, 0, unit.length, data, start, next));
            at = next;
        }
    }

    private static long size(byte[] data, int at, int lengthBytes) {
        long size = 0;
        for (int i = 0; i < lengthBytes; i++) {
            size = size << 8 | data[at + i] & 0xff;
        }
        return size;
    }

    /** The access unit of a picture that was shown before, marked as such. */
    public static byte[] repeated(VideoConfig config, Sample sample) {
        if (config.codec() == VideoCodec.AV1) {
            ByteBuffer out = ByteBuffer.allocate(sample.length() + 3 + MARK.length);
            out.put(sample.data(), sample.offset(), sample.length());
            return out.put((byte) OBU_PADDING)
                    .put((byte) (MARK.length + 1))
                    .put(MARK)
                    .put((byte) END_OF_NAL)
                    .array();
        }
        byte[] header = config.codec() == VideoCodec.H264 ? new byte[] {6} : new byte[] {0x4e, 1};
        ByteBuffer message = ByteBuffer.allocate(header.length + 3 + MARK.length);
        message.put(header).put((byte) USER_DATA_UNREGISTERED).put((byte) MARK.length);
        message.put(MARK).put((byte) END_OF_NAL);
        return inserted(config, sample.data(), sample.offset(), sample.length(), List.of(message.array()));
    }

    /** Puts NAL units in front of an access unit, behind its delimiter if it has one. */
    private static byte[] inserted(VideoConfig config, byte[] data, int offset, int length, List<byte[]> units) {
        int lengthBytes = lengthBytes(config);
        int before = delimiterBytes(config, data, offset, length);
        int more = units.stream().mapToInt(unit -> lengthBytes + unit.length).sum();
        ByteBuffer out = ByteBuffer.allocate(length + more).put(data, offset, before);
        for (byte[] unit : units) {
            for (int shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8) {
                out.put((byte) (unit.length >> shift));
            }
            out.put(unit);
        }
        return out.put(data, offset + before, length - before).array();
    }

    private static int delimiterBytes(VideoConfig config, byte[] data, int offset, int length) {
        int lengthBytes = lengthBytes(config);
        long size = size(data, offset, Math.min(lengthBytes, length));
        if (size == 0 || lengthBytes + size > length) {
            return 0;
        }
        int first = data[offset + lengthBytes];
        boolean isDelimiter = config.codec() == VideoCodec.H264 ? (first & 0x1f) == 9 : (first >> 1 & 0x3f) == 35;
        return isDelimiter ? (int) (lengthBytes + size) : 0;
    }

    private static int lengthBytes(VideoConfig config) {
        return (config.record()[config.codec() == VideoCodec.H264 ? 4 : 21] & 3) + 1;
    }

    /** All that the decoder configuration record holds (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1). */
    private static List<byte[]> parameterSets(VideoConfig config) {
        List<byte[]> units = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(config.record());
        if (config.codec() == VideoCodec.H264) {
            in.position(5);
            addUnits(units, in, in.get() & 0x1f);
            addUnits(units, in, in.hasRemaining() ? in.get() & 0xff : 0);
        } else {
            in.position(22);
            for (int arrays = in.get() & 0xff; arrays > 0 && in.remaining() >= 3; arrays--) {
                in.get();
                addUnits(units, in, in.getShort() & 0xffff);
            }
        }
        return units;
    }

    private static void addUnits(List<byte[]> units, ByteBuffer in, int count) {
        for (int i = 0; i < count && in.remaining() >= 2; i++) {
            byte[] unit = new byte[Math.min(in.getShort() & 0xffff, in.remaining())];
            in.get(unit);
            units.add(unit);
        }
    }
}
