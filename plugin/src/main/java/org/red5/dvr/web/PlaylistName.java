package org.red5.dvr.web;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.red5.dvr.playback.ListType;
import org.red5.dvr.timeline.Part;

/**
 * The name of a playlist: {@code <window>.m3u8} is the multivariant one, which leads to {@code <window>-media.m3u8} or, where there is no
 * picture, {@code <window>-sound.m3u8}. Behind these may stand the target duration, {@code -media-4}, and for windows that grow the type,
 * {@code -media-4-event} or {@code -media-4-live}: both are chosen once for a viewer, as they must not change.
 *
 * @param window as {@link org.red5.dvr.playback.Window} has it
 * @param part the tracks of a media playlist; empty for the multivariant playlist
 * @param targetSeconds the target duration; 0 for the longest
 * @param type whether its beginning stays; empty where that is not chosen yet, and for windows that do not grow
 */
record PlaylistName(String window, Optional<Part> part, int targetSeconds, Optional<ListType> type) {
    private static final String EXTENSION = ".m3u8";
    private static final Pattern MEDIA = Pattern.compile("(.*)-(media|sound)(?:-(\\d{1,3}))?(-event|-live)?\\.m3u8");

    /** Empty when it is none of a playlist. */
    static Optional<PlaylistName> parse(String name) {
        Matcher media = MEDIA.matcher(name);
        if (media.matches()) {
            Part part = media.group(2).equals("media") ? Part.MUXED : Part.AUDIO;
            int seconds = media.group(3) == null ? 0 : Integer.parseInt(media.group(3));
            Optional<ListType> type = Optional.ofNullable(media.group(4))
                    .map(suffix -> suffix.equals("-live") ? ListType.LIVE : ListType.EVENT);
            return Optional.of(new PlaylistName(media.group(1), Optional.of(part), seconds, type));
        }
        return name.endsWith(EXTENSION)
                ? Optional.of(new PlaylistName(
                        name.substring(0, name.length() - EXTENSION.length()), Optional.empty(), 0, Optional.empty()))
                : Optional.empty();
    }

    /** The name of the media playlist behind this one. */
    String media(Part part, int seconds, Optional<ListType> ofType) {
        return window
                + (part == Part.AUDIO ? "-sound" : "-media")
                + (seconds == 0 ? "" : "-" + seconds)
                + ofType.map(each -> each == ListType.LIVE ? "-live" : "-event").orElse("")
                + EXTENSION;
    }
}
