package org.red5.dvr.media.flv;

import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.VideoCodec;

/** What the header of an FLV audio or video tag's body says, and where what it is about begins. */
sealed interface FlvBody {
    /**
     * A video sequence header.
     *
     * @param record as it was sent: a decoder configuration record, if the encoder is right
     */
    @SuppressWarnings("ArrayRecordComponent")
    record VideoSequenceHeader(VideoCodec codec, byte[] record) implements FlvBody {}

    /**
     * An audio sequence header.
     *
     * @param record as it was sent: the AudioSpecificConfig of AAC, or the identification header of Opus
     */
    @SuppressWarnings("ArrayRecordComponent")
    record AudioSequenceHeader(AudioCodec codec, byte[] record) implements FlvBody {}

    /**
     * Coded pictures, as a rule one access unit.
     *
     * @param key whether the encoder says that decoding can start here
     * @param compositionOffsetMillis presentation less decoding time
     * @param offset where they begin in the body; they go to its end
     */
    record CodedVideo(VideoCodec codec, boolean key, int compositionOffsetMillis, int offset) implements FlvBody {}

    /**
     * Coded sound, as a rule one access unit.
     *
     * @param offset where it begins in the body; it goes to its end
     */
    record CodedAudio(AudioCodec codec, int offset) implements FlvBody {}

    /** Nothing to record: an end of sequence, a command frame, metadata, an empty body. */
    record Nothing() implements FlvBody {}
}
