package org.red5.dvr.media;

import java.util.Arrays;
import java.util.Optional;
import org.red5.dvr.media.bitstream.ColourDescription;
import org.red5.dvr.media.bitstream.SampleAspectRatio;

/**
 * A video track's codec configuration. Two with the same bytes are equal.
 *
 * @param codec the codec
 * @param rfc6381 the codec's name for players, for example {@code avc1.64001f}
 * @param width of the picture, in samples
 * @param height of the picture, in samples
 * @param aspect how wide a sample is shown
 * @param colour what the numbers of the picture stand for, if the encoder says it
 * @param record the decoder configuration record, as MP4 stores it
 */
@SuppressWarnings("ArrayRecordComponent")
public record VideoConfig(
        VideoCodec codec,
        String rfc6381,
        int width,
        int height,
        SampleAspectRatio aspect,
        Optional<ColourDescription> colour,
        byte[] record) {
    /** Of every video track, in Hz. */
    public static final int TIMESCALE = 90_000;

    /** The width at which the picture is shown, in pixels of a screen, when its height is kept. */
    public int displayWidth() {
        return aspect.displayWidth(width);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VideoConfig that && codec == that.codec && Arrays.equals(record, that.record);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(record);
    }

    @Override
    public String toString() {
        return rfc6381 + ' ' + width + 'x' + height;
    }
}
