package org.red5.dvr.media.bitstream;

import java.util.Optional;

/**
 * The beginning of the video usability information, which is the same in ITU-T H.264 (section E.1.1) and H.265 (E.2.1): how
 * the picture is shown.
 */
public record Vui(SampleAspectRatio aspect, Optional<ColourDescription> colour) {
    static final Vui NONE = new Vui(SampleAspectRatio.SQUARE, Optional.empty());

    private static final int EXTENDED_SAR = 255;

    /** Reads {@code vui_parameters}, as far as wanted. */
    static Vui read(BitReader in) throws CorruptMediaException {
        SampleAspectRatio aspect = in.flag() ? aspect(in) : SampleAspectRatio.SQUARE;
        if (in.flag()) {
            in.bits(1);
        }
        return new Vui(aspect, in.flag() ? colour(in) : Optional.empty());
    }

    private static SampleAspectRatio aspect(BitReader in) throws CorruptMediaException {
        int idc = in.bits(8);
        return idc == EXTENDED_SAR ? SampleAspectRatio.of(in.bits(16), in.bits(16)) : SampleAspectRatio.ofIdc(idc);
    }

    private static Optional<ColourDescription> colour(BitReader in) throws CorruptMediaException {
        in.bits(3);
        boolean fullRange = in.flag();
        if (!in.flag()) {
            return Optional.empty();
        }
        return Optional.of(new ColourDescription(in.bits(8), in.bits(8), in.bits(8), fullRange))
                .filter(ColourDescription::isSpecified);
    }
}
