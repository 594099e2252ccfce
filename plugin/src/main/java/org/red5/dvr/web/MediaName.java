package org.red5.dvr.web;

import java.util.Optional;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.playback.TrackFill;
import org.red5.dvr.timeline.Part;

/**
 * The name of what stands below a take: what it is, then the track that the take lacks and is put in, then which tracks are wanted:
 * {@code 440954400-with-aac-48000-2-v.m4s}.
 *
 * @param of what it is, behind the beginning that all of its kind have
 */
record MediaName(String of, Optional<TrackFill> fill, Part part) {
    private static final String WITH = "-with-";

    /**
     * Takes apart the name that a request has.
     *
     * @param beginning what names of this kind begin with
     * @throws PlaybackException when there is nothing of that name
     */
    static MediaName parse(Asked asked, String beginning) throws PlaybackException {
        String name = asked.name().substring(beginning.length(), asked.name().lastIndexOf('.'));
        Part part = name.endsWith("-v") ? Part.VIDEO : name.endsWith("-a") ? Part.AUDIO : Part.MUXED;
        String of = part == Part.MUXED ? name : name.substring(0, name.length() - 2);
        int with = of.indexOf(WITH);
        Optional<TrackFill> fill = with < 0 ? Optional.empty() : TrackFill.parse(of.substring(with + WITH.length()));
        if (with >= 0 && fill.isEmpty()) {
            throw none(asked);
        }
        return new MediaName(with < 0 ? of : of.substring(0, with), fill, part);
    }

    static PlaybackException none(Asked asked) {
        return new PlaybackException(Kind.NOTHING_THERE, "A stream has no " + Sentences.quote(asked.name()) + '.');
    }

    /** The end of the name that says which tracks are there. */
    String tracks() {
        String suffix = switch (part) {
            case MUXED -> "";
            case VIDEO -> "-v";
            case AUDIO -> "-a";
        };
        return fill.map(track -> WITH + track.name()).orElse("") + suffix;
    }
}
