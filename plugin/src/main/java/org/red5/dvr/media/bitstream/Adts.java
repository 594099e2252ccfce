package org.red5.dvr.media.bitstream;

import java.util.ArrayList;
import java.util.List;

/** Reads frames of AAC with an ADTS header (ISO/IEC 14496-3 section 1.A.2.2), as in MPEG-TS and in files. */
public final class Adts {
    private static final int HEADER_BYTES = 7;
    private static final int CRC_BYTES = 2;
    /** LATM's own stream format (section 1.7.2). */
    private static final int LOAS_SYNC = 0x2b7;

    private static final int LOAS_HEADER_BYTES = 3;

    private Adts() {}

    /**
     * An access unit inside an ADTS frame.
     *
     * @param specificConfig the AudioSpecificConfig that the frame's header stands for; without channels where these are said inside
     * @param start where the access unit begins
     * @param end where it ends
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Frame(byte[] specificConfig, int start, int end) {}

    /** Whether ADTS begins here; no other AAC does, as its first element would be the end of the access unit. */
    public static boolean isAt(byte[] data, int offset) {
        return data.length - offset >= HEADER_BYTES && data[offset] == (byte) 0xff && (data[offset + 1] & 0xf6) == 0xf0;
    }

    /** Whether all from here to the end is one frame of LATM with its synchronization. */
    public static boolean isLatm(byte[] data, int offset) {
        if (data.length - offset <= LOAS_HEADER_BYTES) {
            return false;
        }
        int head = (data[offset] & 0xff) << 16 | (data[offset + 1] & 0xff) << 8 | data[offset + 2] & 0xff;
        return head >> 13 == LOAS_SYNC && (head & 0x1fff) == data.length - offset - LOAS_HEADER_BYTES;
    }

    /**
     * The frames from here to the end.
     *
     * @throws CorruptMediaException when one runs past the end, or something else is behind it
     * @throws UnsupportedMediaException when a frame holds several access units
     */
    public static List<Frame> frames(byte[] data, int offset) throws CorruptMediaException, UnsupportedMediaException {
        List<Frame> frames = new ArrayList<>(1);
        int at = offset;
        while (at < data.length) {
            if (!isAt(data, at)) {
                throw new CorruptMediaException("AAC packet of ADTS frames with something else behind one");
            }
            int length = (data[at + 3] & 3) << 11 | (data[at + 4] & 0xff) << 3 | data[at + 5] >> 5 & 7;
            int header = (data[at + 1] & 1) == 0 ? HEADER_BYTES + CRC_BYTES : HEADER_BYTES;
            if (length < header || length > data.length - at) {
                throw new CorruptMediaException("ADTS frame that runs past the end of its packet");
            }
            if ((data[at + 6] & 3) != 0) {
                throw new UnsupportedMediaException("AAC with several access units in an ADTS frame");
            }
            if (length > header) {
                frames.add(new Frame(specificConfig(data, at), at + header, at + length));
            }
            at += length;
        }
        return frames;
    }

    /** The AudioSpecificConfig that a header stands for (section 1.6.2.1). */
    public static byte[] specificConfig(byte[] data, int offset) {
        int objectType = (data[offset + 2] >> 6 & 3) + 1;
        int rateIndex = data[offset + 2] >> 2 & 0xf;
        int channels = (data[offset + 2] & 1) << 2 | data[offset + 3] >> 6 & 3;
        return new byte[] {(byte) (objectType << 3 | rateIndex >> 1), (byte) ((rateIndex & 1) << 7 | channels << 3)};
    }
}
