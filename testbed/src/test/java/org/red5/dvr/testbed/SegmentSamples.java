package org.red5.dvr.testbed;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The samples in a segment as it is served, read by its boxes (ISO/IEC 14496-12) without the code that wrote them.
 *
 * @param video coded pictures, in order
 * @param audio access units, in order
 */
record SegmentSamples(List<ByteBuffer> video, List<ByteBuffer> audio) {
    private static final int VIDEO_TRACK = 1;
    private static final int BOX_HEAD_BYTES = 8;

    static SegmentSamples empty() {
        return new SegmentSamples(new ArrayList<>(), new ArrayList<>());
    }

    /** Adds those of a segment: any number of pairs of {@code moof} and {@code mdat}. */
    void add(byte[] segment) {
        ByteBuffer in = ByteBuffer.wrap(segment);
        for (int at = 0; at < in.limit(); ) {
            int moofEnd = at + expect(in, at, "moof");
            expect(in, moofEnd, "mdat");
            int traf = at + BOX_HEAD_BYTES + expect(in, at + BOX_HEAD_BYTES, "mfhd");
            expect(in, traf, "traf");
            int tfhd = traf + BOX_HEAD_BYTES;
            int tfdt = tfhd + expect(in, tfhd, "tfhd");
            int trun = tfdt + expect(in, tfdt, "tfdt");
            expect(in, trun, "trun");
            addRun(in, trun, moofEnd + BOX_HEAD_BYTES, in.getInt(tfhd + 12) == VIDEO_TRACK ? video : audio);
            at = moofEnd + in.getInt(moofEnd);
        }
    }

    /** Where the last segment ends that is all there, in an hour file with both tracks; 0 when there is none. */
    static int wholeBytes(byte[] hourFile) {
        ByteBuffer in = ByteBuffer.wrap(hourFile);
        int whole = 0;
        for (int at = 0, boxes = 0; at + BOX_HEAD_BYTES <= in.limit() && in.getInt(at) <= in.limit() - at; boxes++) {
            at += in.getInt(at);
            // ftyp and moov, then moof and mdat of the video and of the audio.
            whole = boxes > 1 && boxes % 4 == 1 ? at : whole;
        }
        return whole;
    }

    private static void addRun(ByteBuffer in, int trun, int data, List<ByteBuffer> samples) {
        int flags = in.getInt(trun + 8);
        int sampleBytes = Integer.bitCount(flags & 0xf00) * 4;
        int size = trun + 16 + Integer.bitCount(flags & 0x5) * 4 + ((flags & 0x100) != 0 ? 4 : 0);
        int offset = data;
        for (int i = 0; i < in.getInt(trun + 12); i++) {
            int length = in.getInt(size + i * sampleBytes);
            samples.add(in.slice(offset, length));
            offset += length;
        }
    }

    /** The length of a box that must be there. */
    private static int expect(ByteBuffer in, int at, String type) {
        for (int i = 0; i < type.length(); i++) {
            if (in.get(at + 4 + i) != type.charAt(i)) {
                throw new AssertionError("no " + type + " at " + at + " of " + in.limit());
            }
        }
        return in.getInt(at);
    }
}
