package org.red5.dvr.archive;

import java.util.Optional;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.ColourDescription;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;

/** What an init segment tells of its take, and the ones of its single tracks. */
public final class InitSegments {
    private InitSegments() {}

    /** @param ordinal how many takes the server that recorded it had recorded before */
    public static Take take(TakeId take, int ordinal, InitSegment init) {
        return new Take(
                take,
                ordinal,
                init.video()
                        .map(video ->
                                new Take.Video(video.rfc6381(), video.displayWidth(), video.height(), range(video))),
                init.audio().map(audio -> new Take.Audio(audio.rfc6381(), audio.sampleRate(), audio.channels())));
    }

    private static Take.VideoRange range(VideoConfig video) {
        return switch (video.colour().map(ColourDescription::transfer).orElse(0)) {
            case ColourDescription.PQ -> Take.VideoRange.PQ;
            case ColourDescription.HLG -> Take.VideoRange.HLG;
            default -> Take.VideoRange.SDR;
        };
    }

    /** The init segment of some tracks; empty when there are none of these. */
    public static Optional<InitSegment> only(InitSegment init, Part part) {
        return switch (part) {
            case MUXED -> Optional.of(init);
            case VIDEO -> init.video().map(video -> new InitSegment(init.video(), Optional.empty()));
            case AUDIO -> init.audio().map(audio -> new InitSegment(Optional.empty(), init.audio()));
        };
    }
}
