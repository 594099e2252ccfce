package org.red5.dvr.media.fmp4;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A movie fragment read back the way a player does: every sample with its time, its flags and its bytes.
 *
 * @param track the track's id
 * @param sequence of {@code mfhd}
 * @param samples in decoding order
 */
public record ParsedFragment(int track, int sequence, List<ParsedSample> samples) {
    /** Sample flags: does not depend on others, is a sync sample. */
    private static final int SYNC = 0x02000000;

    private static final int NOT_SYNC = 0x01010000;

    @SuppressWarnings("ArrayRecordComponent")
    public record ParsedSample(
            long dtsTicks, long durationTicks, int compositionOffsetTicks, boolean key, byte[] data) {}

    /** All fragments in some bytes, which must hold nothing else. */
    public static List<ParsedFragment> all(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        List<ParsedFragment> fragments = new ArrayList<>();
        while (in.hasRemaining()) {
            fragments.add(next(in));
        }
        return fragments;
    }

    public long endTicks() {
        ParsedSample last = samples.get(samples.size() - 1);
        return last.dtsTicks() + last.durationTicks();
    }

    private static ParsedFragment next(ByteBuffer in) {
        int moofStart = in.position();
        ByteBuffer moof = box(in, "moof");
        int mdatStart = in.position();
        ByteBuffer mdat = box(in, "mdat");
        ByteBuffer mfhd = box(moof, "mfhd").position(4);
        ByteBuffer traf = box(moof, "traf");
        ByteBuffer tfhd = box(traf, "tfhd");
        ByteBuffer tfdt = box(traf, "tfdt").position(4);
        ByteBuffer trun = box(traf, "trun");
        if (moof.hasRemaining() || traf.hasRemaining()) {
            throw new AssertionError("more than one run in a fragment");
        }
        int headerFlags = tfhd.getInt() & 0xffffff;
        int track = tfhd.getInt();
        long defaultDuration = (headerFlags & 0x8) != 0 ? tfhd.getInt() & 0xffffffffL : -1;
        int defaultFlags = (headerFlags & 0x20) != 0 ? tfhd.getInt() : 0;
        int runFlags = trun.getInt() & 0xffffff;
        int count = trun.getInt();
        int data = moofStart + trun.getInt();
        if (data != mdatStart + 8) {
            throw new AssertionError("data offset leads to " + data + ", the data begin at " + (mdatStart + 8));
        }
        int firstFlags = (runFlags & 0x4) != 0 ? trun.getInt() : -1;
        List<ParsedSample> samples = new ArrayList<>();
        long dts = tfdt.getLong();
        for (int i = 0; i < count; i++) {
            long duration = (runFlags & 0x100) != 0 ? trun.getInt() & 0xffffffffL : defaultDuration;
            byte[] bytes = new byte[trun.getInt()];
            int flags =
                    (runFlags & 0x400) != 0 ? trun.getInt() : i == 0 && firstFlags != -1 ? firstFlags : defaultFlags;
            int composition = (runFlags & 0x800) != 0 ? trun.getInt() : 0;
            mdat.get(bytes);
            samples.add(new ParsedSample(dts, duration, composition, isSync(flags), bytes));
            dts += duration;
        }
        if (mdat.hasRemaining() || trun.hasRemaining()) {
            throw new AssertionError("sizes leave " + mdat.remaining() + " bytes of mdat over");
        }
        return new ParsedFragment(track, mfhd.getInt(), samples);
    }

    private static boolean isSync(int flags) {
        if (flags != SYNC && flags != NOT_SYNC) {
            throw new AssertionError("sample flags " + Integer.toHexString(flags));
        }
        return flags == SYNC;
    }

    private static ByteBuffer box(ByteBuffer in, String type) {
        int size = in.getInt();
        byte[] name = new byte[4];
        in.get(name);
        if (!Arrays.equals(name, type.getBytes(StandardCharsets.US_ASCII))) {
            throw new AssertionError("box " + new String(name, StandardCharsets.ISO_8859_1) + ", not " + type);
        }
        ByteBuffer content = in.slice(in.position(), size - 8);
        in.position(in.position() + size - 8);
        return content;
    }
}
