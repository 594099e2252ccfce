package org.red5.dvr.timeline;

import java.util.Optional;

/**
 * What all segments of a take share, as a player is told it before the first byte.
 *
 * @param id the take
 * @param ordinal how many takes of the stream its server had recorded before; grows by one with each
 * @param video its video track, if it has one
 * @param audio its audio track, if it has one
 */
public record Take(TakeId id, int ordinal, Optional<Video> video, Optional<Audio> audio) {
    /**
     * @param codec as in RFC 6381, for example {@code avc1.64001f}
     * @param width as shown, in pixels
     * @param height as shown, in pixels
     * @param range how bright it may be
     */
    public record Video(String codec, int width, int height, VideoRange range) {
        /** Of standard dynamic range. */
        public Video(String codec, int width, int height) {
            this(codec, width, height, VideoRange.SDR);
        }
    }

    /** The range of brightness, by the transfer characteristics; the names are those of HLS (RFC 8216bis, section 4.4.6.2). */
    public enum VideoRange {
        SDR,
        HLG,
        PQ
    }

    /**
     * @param codec as in RFC 6381, for example {@code mp4a.40.2}
     * @param sampleRate in Hz
     * @param channels number of channels
     */
    public record Audio(String codec, int sampleRate, int channels) {}
}
