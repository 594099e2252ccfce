package org.red5.dvr.red5.fixes;

/**
 * One RTMP message, as it was put together from its chunks (RTMP 1.0, section 6.1).
 *
 * @param chunkStream the chunk stream that it came on
 * @param timestampMillis absolute, the low 32 bits
 * @param payload owned by the message from now on
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record RtmpMessage(int chunkStream, int type, int streamId, int timestampMillis, byte[] payload) {
    static final int SET_CHUNK_SIZE = 1;
    static final int ABORT = 2;
}
