package org.red5.dvr.testbed;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One fragment of one track, in an hour file or a segment (ISO/IEC 14496-12, 8.8), read without the code that wrote it.
 *
 * @param track its number
 * @param decodeTime of its first sample, in the track's timescale
 * @param hash of all its bytes
 */
record MediaFragment(int track, long decodeTime, int hash) {
    static final int VIDEO = 1;
    private static final int BOX_HEAD_BYTES = 8;
    private static final int MOOF = 0x6d6f6f66;
    /** Behind the heads of moof and traf, the whole of mfhd, and the head, version and flags of tfhd. */
    private static final int TRACK_OFFSET = 2 * BOX_HEAD_BYTES + 16 + 12;

    /** All fragments, in order; what is no fragment is passed over. */
    static List<MediaFragment> all(byte[] media) {
        ByteBuffer in = ByteBuffer.wrap(media);
        List<MediaFragment> fragments = new ArrayList<>();
        for (int at = 0; at + BOX_HEAD_BYTES <= media.length; at += in.getInt(at)) {
            if (in.getInt(at + 4) == MOOF) {
                int dataAt = at + in.getInt(at);
                int end = dataAt + in.getInt(dataAt);
                int tfhd = at + TRACK_OFFSET - 12;
                int decodeTimeAt = tfhd + in.getInt(tfhd) + 12;
                fragments.add(new MediaFragment(
                        in.getInt(at + TRACK_OFFSET),
                        in.getLong(decodeTimeAt),
                        Arrays.hashCode(Arrays.copyOfRange(media, at, end))));
            }
        }
        return fragments;
    }
}
