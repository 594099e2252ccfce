package org.red5.dvr.media.fmp4;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Reads back the head of a movie fragment that {@link Fragment} wrote: one track, one run of samples. */
public final class FragmentReader {
    /** {@code moof} and {@code mdat}, as they stand in a box's head. */
    public static final int MOOF = 0x6d6f6f66;

    public static final int MDAT = 0x6d646174;

    /** The size and the type in front of every box. */
    public static final int BOX_HEAD_BYTES = 8;

    private static final int MFHD = 0x6d666864;
    private static final int TRAF = 0x74726166;
    private static final int TFHD = 0x74666864;
    private static final int TFDT = 0x74666474;
    private static final int TRUN = 0x7472756e;

    private static final int DEFAULT_DURATION = 0x8;
    private static final int DEFAULT_FLAGS = 0x20;
    private static final int KNOWN_DEFAULTS = 0x20000 | DEFAULT_DURATION | DEFAULT_FLAGS;
    private static final int NOT_SYNC = 0x10000;
    /** Times up to here can be turned into microseconds in any timescale. */
    private static final long LATEST_TICKS = 1L << 53;

    private final ByteBuffer in;
    private final int moofBytes;
    private final Visitor visitor;

    /** Told of the samples of a fragment, in decoding order. */
    interface Visitor {
        void sample(long durationTicks, long bytes, boolean isKey, int compositionOffsetTicks);
    }

    private FragmentReader(ByteBuffer moof, Visitor visitor) {
        this.in = moof;
        this.moofBytes = moof.remaining();
        this.visitor = visitor;
    }

    /**
     * The head of a fragment.
     *
     * @param moof the whole box, from its position to its limit
     * @throws CorruptMediaException when it is not what {@link Fragment} writes
     */
    public static FragmentHead read(ByteBuffer moof) throws CorruptMediaException {
        return read(moof, (duration, bytes, isKey, offset) -> {});
    }

    /** As {@link #read(ByteBuffer)}; says of each sample what it is. */
    static FragmentHead read(ByteBuffer moof, Visitor visitor) throws CorruptMediaException {
        try {
            return new FragmentReader(moof.slice(), visitor).read();
        } catch (BufferUnderflowException e) {
            throw new CorruptMediaException("moof of " + moof.limit() + " bytes ends inside a field");
        }
    }

    private FragmentHead read() throws CorruptMediaException {
        expect(MOOF, moofBytes);
        expect(MFHD, 16);
        in.getInt();
        int sequence = in.getInt();
        expect(TRAF, in.remaining());
        int headerBytes = box(TFHD);
        int headerEnd = in.position() + headerBytes;
        int headerFlags = in.getInt();
        int track = in.getInt();
        if ((headerFlags & ~KNOWN_DEFAULTS) != 0) {
            throw new CorruptMediaException("tfhd with flags " + Integer.toHexString(headerFlags));
        }
        long defaultDuration = (headerFlags & DEFAULT_DURATION) != 0 ? in.getInt() & 0xffffffffL : 0;
        int defaultFlags = (headerFlags & DEFAULT_FLAGS) != 0 ? in.getInt() : 0;
        if (in.position() != headerEnd) {
            throw new CorruptMediaException("tfhd of " + headerBytes + " bytes");
        }
        expect(TFDT, 20);
        int version = in.getInt();
        long dts = in.getLong();
        if (version != 0x01000000 || dts < 0 || dts > LATEST_TICKS) {
            throw new CorruptMediaException("tfdt " + dts + ", version " + Integer.toHexString(version));
        }
        return run(track, sequence, dts, defaultDuration, defaultFlags);
    }

    private FragmentHead run(int track, int sequence, long dts, long defaultDuration, int defaultFlags)
            throws CorruptMediaException {
        expect(TRUN, in.remaining());
        int flags = in.getInt();
        int count = in.getInt();
        int dataOffset = in.getInt();
        if (flags >>> 24 != 1 || (flags & 0x201) != 0x201 || (flags & 0xfff0fa) != 0) {
            throw new CorruptMediaException("trun with version and flags " + Integer.toHexString(flags));
        }
        int firstFlags = (flags & 0x4) != 0 ? in.getInt() : defaultFlags;
        int sampleBytes = Integer.bitCount(flags & 0xf00) * 4;
        if (count <= 0 || (long) count * sampleBytes != in.remaining() || dataOffset != moofBytes + BOX_HEAD_BYTES) {
            throw new CorruptMediaException("trun of " + count + " samples with " + in.remaining()
                    + " bytes for them, data at " + dataOffset + " behind a moof of " + moofBytes);
        }
        long duration = 0;
        long payload = 0;
        long first = 0;
        long offset = 0;
        for (int i = 0; i < count; i++) {
            long lasting = (flags & 0x100) != 0 ? in.getInt() & 0xffffffffL : defaultDuration;
            duration += lasting;
            long bytes = in.getInt() & 0xffffffffL;
            payload += bytes;
            int usual = i == 0 ? firstFlags : defaultFlags;
            int own = (flags & 0x400) != 0 ? in.getInt() : usual;
            int composition = (flags & 0x800) != 0 ? in.getInt() : 0;
            visitor.sample(lasting, bytes, (own & NOT_SYNC) == 0, composition);
            if (i == 0) {
                firstFlags = own;
                offset = composition;
                first = bytes;
            }
        }
        if (duration > LATEST_TICKS || dts + offset < 0) {
            throw new CorruptMediaException(
                    "samples from " + dts + " plus " + offset + " that last " + duration + " ticks");
        }
        return new FragmentHead(
                track,
                sequence,
                dts,
                dts + offset,
                duration,
                (firstFlags & NOT_SYNC) == 0,
                (int) Math.min(first, Integer.MAX_VALUE),
                payload);
    }

    private void expect(int type, int bytes) throws CorruptMediaException {
        int content = box(type);
        if (content != bytes - BOX_HEAD_BYTES) {
            throw new CorruptMediaException(name(type) + " of " + content + " bytes where " + bytes + " are left");
        }
    }

    /** Goes into a box; gives the length of its content, all of which is there. */
    private int box(int type) throws CorruptMediaException {
        int size = in.getInt();
        int found = in.getInt();
        if (found != type || size < BOX_HEAD_BYTES || size - BOX_HEAD_BYTES > in.remaining()) {
            throw new CorruptMediaException("box " + name(found) + " of " + size + " bytes where " + name(type)
                    + " is due and " + in.remaining() + " bytes are left");
        }
        return size - BOX_HEAD_BYTES;
    }

    private static String name(int type) {
        StringBuilder name = new StringBuilder(4);
        for (int shift = 24; shift >= 0; shift -= 8) {
            int c = type >> shift & 0xff;
            name.append(c > ' ' && c < 0x7f ? (char) c : '?');
        }
        return name.toString();
    }
}
