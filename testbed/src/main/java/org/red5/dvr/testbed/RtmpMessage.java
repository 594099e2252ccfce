package org.red5.dvr.testbed;

/**
 * One RTMP message (the specification's section 6.1).
 *
 * @param timestampMillis the low 32 bits go on the wire
 * @param payload owned by the message from now on
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record RtmpMessage(int type, long timestampMillis, int streamId, byte[] payload) {
    static final int SET_CHUNK_SIZE = 1;
    static final int USER_CONTROL = 4;
    static final int AUDIO = 8;
    static final int VIDEO = 9;
    static final int DATA = 18;
    static final int COMMAND = 20;

    /** The chunk stream that encoders commonly use for this type. */
    int chunkStream() {
        return switch (type) {
            case SET_CHUNK_SIZE, USER_CONTROL -> 2;
            case AUDIO -> 4;
            case VIDEO -> 6;
            case DATA -> 5;
            default -> 3;
        };
    }
}
