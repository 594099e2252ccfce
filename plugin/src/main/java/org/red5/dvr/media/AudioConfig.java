package org.red5.dvr.media;

import java.util.Arrays;

/**
 * An audio track's codec configuration (AAC). Two with the same bytes are equal.
 *
 * @param rfc6381 the codec's name for players, for example {@code mp4a.40.2}
 * @param sampleRate in Hz; also the track's timescale
 * @param channels number of channels
 * @param frameTicks length of an access unit in ticks of {@code sampleRate}
 * @param record the AudioSpecificConfig (ISO/IEC 14496-3)
 */
@SuppressWarnings("ArrayRecordComponent")
public record AudioConfig(String rfc6381, int sampleRate, int channels, int frameTicks, byte[] record) {
    @Override
    public boolean equals(Object other) {
        return other instanceof AudioConfig that && Arrays.equals(record, that.record);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(record);
    }

    @Override
    public String toString() {
        return rfc6381 + ' ' + sampleRate + " Hz " + channels + " channels";
    }
}
