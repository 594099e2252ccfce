package org.red5.dvr.media.flv;

/** What the body of an FLV audio or video tag says. */
public sealed interface FlvPacket {
    /**
     * A codec configuration.
     *
     * @param record the decoder configuration record or AudioSpecificConfig
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Configuration(byte[] record) implements FlvPacket {}

    /**
     * An access unit.
     *
     * @param key whether decoding can start here
     * @param compositionOffsetMillis presentation less decoding time
     * @param offset where the access unit begins in the body; it goes to the body's end
     */
    record Frame(boolean key, int compositionOffsetMillis, int offset) implements FlvPacket {}

    /** Nothing to record: an end of sequence, a command frame, an empty body. */
    record Nothing() implements FlvPacket {}
}
