package org.red5.dvr.record;

/**
 * Takes in the packets of one publish of one stream, from its first packet to its end.
 *
 * <p>{@link #video} and {@link #audio} are called on the publisher's receive thread, one call at a time and in order of
 * arrival; they only enqueue, never block, and throw nothing for what a publisher sends. Codec configuration
 * packets come the same way as all others.
 */
public interface StreamSink {
    /**
     * Takes in a video packet.
     *
     * @param timestampMillis decoding time as the publisher counts it: absolute, 32 bits, wrapping
     * @param body of an FLV video tag, beginning with the byte of frame type and codec; not changed by anybody any more
     */
    void video(int timestampMillis, byte[] body);

    /**
     * Takes in an audio packet.
     *
     * @param timestampMillis presentation time as the publisher counts it: absolute, 32 bits, wrapping
     * @param body of an FLV audio tag, beginning with the byte of codec and format; not changed by anybody any more
     */
    void audio(int timestampMillis, byte[] body);

    /**
     * Says that the publish is over; packets that come later are ignored. Any thread may call it, any number of times.
     */
    void end();
}
