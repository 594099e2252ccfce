package org.red5.dvr.media;

import java.util.Arrays;

/**
 * An audio track's codec configuration. Two of the same codec with the same rate, channels and bytes are equal.
 *
 * @param codec the codec
 * @param rfc6381 the codec's name for players, for example {@code mp4a.40.2}
 * @param sampleRate in Hz; also the track's timescale
 * @param channels number of channels
 * @param frameTicks length of an access unit in ticks of {@code sampleRate}; of Opus, where each says its own, the
 *     usual one
 * @param record the decoder configuration record, as MP4 stores it; empty for a codec that has none
 */
@SuppressWarnings("ArrayRecordComponent")
public record AudioConfig(
        AudioCodec codec, String rfc6381, int sampleRate, int channels, int frameTicks, byte[] record) {
    /** How long the access unit that begins at {@code offset} lasts, in ticks of the sample rate. */
    public int ticksOf(byte[] data, int offset) {
        return codec == AudioCodec.OPUS ? Opus.packetTicks(data, offset) : frameTicks;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AudioConfig that
                && codec == that.codec
                && sampleRate == that.sampleRate
                && channels == that.channels
                && Arrays.equals(record, that.record);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * sampleRate + channels) + Arrays.hashCode(record);
    }

    @Override
    public String toString() {
        return rfc6381 + ' ' + sampleRate + " Hz " + channels + " channels";
    }
}
