package org.red5.dvr.media.flv;

/**
 * A tag of an FLV file (Adobe FLV 10.1, annex E.4.1).
 *
 * @param type one of the constants here
 * @param timestampMillis 32 bits, wrapping
 * @param body not changed by anybody
 */
@SuppressWarnings("ArrayRecordComponent")
public record FlvTag(int type, int timestampMillis, byte[] body) {
    public static final int AUDIO = 8;
    public static final int VIDEO = 9;
    public static final int SCRIPT = 18;
}
