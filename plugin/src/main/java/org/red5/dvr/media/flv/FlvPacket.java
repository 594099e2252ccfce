package org.red5.dvr.media.flv;

import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.VideoConfig;

/** What a recorder has to know of a packet of FLV or RTMP, once it is turned into what MP4 wants. */
public sealed interface FlvPacket {
    /** The configuration that the pictures from here on have. */
    record VideoConfiguration(VideoConfig config) implements FlvPacket {}

    /** The configuration that the sound from here on has. */
    record AudioConfiguration(AudioConfig config) implements FlvPacket {}

    /**
     * An access unit, as MP4 stores it. The bytes are a part of an array that nobody changes any more.
     *
     * @param video whether it is of the video track; else of the audio track
     * @param key whether decoding can start here
     * @param timestampMillis decoding time as the publisher counts: 32 bits, wrapping
     * @param arrivalUtcMicros when its first byte came in, microseconds since the Unix epoch
     * @param compositionOffsetMillis presentation less decoding time
     * @param data holds the access unit
     * @param offset first byte in {@code data}
     * @param length number of bytes, at least one
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Frame(
            boolean video,
            boolean key,
            int timestampMillis,
            long arrivalUtcMicros,
            int compositionOffsetMillis,
            byte[] data,
            int offset,
            int length)
            implements FlvPacket {}

    /**
     * Something of a track cannot be recorded.
     *
     * @param video whether it is of the video track; else of the audio track
     * @param wholeTrack whether nothing of the track is recorded until a configuration of it comes; else a packet is left out
     * @param why for the log and the status, the same words for the same fault
     */
    record NotRecorded(boolean video, boolean wholeTrack, String why) implements FlvPacket {}
}
