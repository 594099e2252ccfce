package org.red5.dvr.media.flv;

import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.VideoCodec;

/** What the body of an FLV audio or video tag says. */
public sealed interface FlvPacket {
    /**
     * A video codec configuration.
     *
     * @param record the decoder configuration record
     */
    @SuppressWarnings("ArrayRecordComponent")
    record VideoConfiguration(VideoCodec codec, byte[] record) implements FlvPacket {}

    /**
     * An audio codec configuration.
     *
     * @param record the AudioSpecificConfig of AAC, or the identification header of Opus
     */
    @SuppressWarnings("ArrayRecordComponent")
    record AudioConfiguration(AudioCodec codec, byte[] record) implements FlvPacket {}

    /**
     * An access unit.
     *
     * @param key whether decoding can start here
     * @param compositionOffsetMillis presentation less decoding time
     * @param offset where the access unit begins in the body; it goes to the body's end
     */
    record Frame(boolean key, int compositionOffsetMillis, int offset) implements FlvPacket {}

    /**
     * An access unit of MP3, which has its configuration in itself.
     *
     * @param offset where the access unit begins in the body; it goes to the body's end
     */
    record Mp3Frame(int offset) implements FlvPacket {}

    /** Nothing to record: an end of sequence, a command frame, metadata, an empty body. */
    record Nothing() implements FlvPacket {}
}
