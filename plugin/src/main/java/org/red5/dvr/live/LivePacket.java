package org.red5.dvr.live;

import org.red5.dvr.media.flv.FlvBodies;

/**
 * One packet of a stream that is live.
 *
 * @param video whether it is video; audio otherwise
 * @param timestampMillis as the publisher counts: 32 bits, wrapping
 * @param body of the FLV tag; nobody changes it
 */
@SuppressWarnings("ArrayRecordComponent")
public record LivePacket(boolean video, int timestampMillis, byte[] body) {
    /** What a packet costs beside its body. */
    private static final int OVERHEAD_BYTES = 64;

    /**
     * Says only that the stream goes on, in place of packets that cannot be used: a packet of video without a body. Players get
     * none of them.
     */
    public static LivePacket signOfLife(int timestampMillis) {
        return new LivePacket(true, timestampMillis, new byte[0]);
    }

    public boolean isSignOfLife() {
        return body.length == 0;
    }

    /** Whether it is a key frame of video. */
    public boolean isKeyFrame() {
        return video && FlvBodies.isKeyFrame(body);
    }

    /** Whether it is a codec configuration. */
    public boolean isConfiguration() {
        return video ? FlvBodies.isVideoConfiguration(body) : FlvBodies.isAudioConfiguration(body);
    }

    /** The same packet at another time. */
    public LivePacket at(int millis) {
        return millis == timestampMillis ? this : new LivePacket(video, millis, body);
    }

    /** What it takes in memory. */
    int sizeBytes() {
        return body.length + OVERHEAD_BYTES;
    }
}
