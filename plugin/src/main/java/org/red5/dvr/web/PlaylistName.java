package org.red5.dvr.web;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.red5.dvr.timeline.Part;

/**
 * The name of a playlist: {@code <window>.m3u8} is the multivariant one, which leads to {@code <window>-media.m3u8} or, where there is no
 * picture, {@code <window>-sound.m3u8}. Behind these may stand the target duration, {@code -media-4}: it is chosen once for a viewer, as
 * it must not change.
 *
 * @param window as {@link org.red5.dvr.playback.Window} has it
 * @param part the tracks of a media playlist; empty for the multivariant playlist
 * @param targetSeconds the target duration; 0 for the longest
 */
record PlaylistName(String window, Optional<Part> part, int targetSeconds) {
    private static final String EXTENSION = ".m3u8";
    private static final Pattern MEDIA = Pattern.compile("(.*)-(media|sound)(?:-(\\d{1,3}))?\\.m3u8");

    /** Empty when it is none of a playlist. */
    static Optional<PlaylistName> parse(String name) {
        Matcher media = MEDIA.matcher(name);
        if (media.matches()) {
            Part part = media.group(2).equals("media") ? Part.MUXED : Part.AUDIO;
            int seconds = media.group(3) == null ? 0 : Integer.parseInt(media.group(3));
            return Optional.of(new PlaylistName(media.group(1), Optional.of(part), seconds));
        }
        return name.endsWith(EXTENSION)
                ? Optional.of(
                        new PlaylistName(name.substring(0, name.length() - EXTENSION.length()), Optional.empty(), 0))
                : Optional.empty();
    }

    /** The name of the media playlist behind this one. */
    String media(Part part, int seconds) {
        return window + (part == Part.AUDIO ? "-sound" : "-media") + (seconds == 0 ? "" : "-" + seconds) + EXTENSION;
    }
}
