package org.red5.dvr.testbed;

/**
 * One tag of an FLV file; its payload is what RTMP carries too.
 *
 * @param type 8 audio, 9 video, 18 script data
 * @param payload not copied: not to be written to
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; clips are large.
public record FlvTag(int type, long timestampMillis, byte[] payload) {
    public static final int AUDIO = 8;
    public static final int VIDEO = 9;
    public static final int SCRIPT = 18;

    private static final int AVC_OR_AAC_CONFIGURATION = 0;
    private static final int AVC_END_OF_SEQUENCE = 2;
    private static final int AAC = 10;

    /** Whether this is a decoder configuration, sent once at the start. */
    public boolean isConfiguration() {
        boolean codecWithConfiguration = type == VIDEO || (type == AUDIO && (payload[0] >> 4 & 0xf) == AAC);
        return codecWithConfiguration && payload.length > 1 && payload[1] == AVC_OR_AAC_CONFIGURATION;
    }

    boolean isEndOfSequence() {
        return type == VIDEO && payload.length > 1 && payload[1] == AVC_END_OF_SEQUENCE;
    }

    public boolean isKeyFrame() {
        return type == VIDEO && !isConfiguration() && (payload[0] >> 4 & 0xf) == 1;
    }
}
