package org.red5.dvr.web;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.playback.TrackFill;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;

/** What the path of an address names, told from its end: a stream's name may hold slashes and anything else. */
public sealed interface Resource {
    /** The list of all streams. */
    record StreamList() implements Resource {}

    /** {@code cluster.json}. */
    record ClusterMap() implements Resource {}

    /** What is of one stream. */
    sealed interface OfStream extends Resource {
        StreamKey stream();
    }

    /** A segment; the take and the number are not checked yet. */
    record SegmentBytes(StreamKey stream, String take, String number, Part part, Optional<TrackFill> fill)
            implements OfStream {}

    /**
     * What stands at the address of an entry that is a hole, behind a take; the take is not checked yet.
     *
     * @param startMillis when the entry begins, since the Unix epoch
     * @param before the number of the segment in front of the hole, if it is named
     */
    record GapBytes(
            StreamKey stream, String take, long startMillis, OptionalLong before, Part part, Optional<TrackFill> fill)
            implements OfStream {}

    /** An init segment; the take is not checked yet. */
    record InitBytes(StreamKey stream, String take, Part part, Optional<TrackFill> fill) implements OfStream {}

    /** Any other resource of a stream, by the last element of the path. */
    record Named(StreamKey stream, String name) implements OfStream {}

    /** No resource has that path. */
    record Unknown() implements Resource {}

    /**
     * @param rawPath begins with a slash; not decoded
     */
    static Resource parse(String rawPath) throws MalformedPathException {
        List<String> elements = List.of(rawPath.substring(1).split("/", -1));
        int count = elements.size();
        if (count == 1) {
            return switch (elements.get(0)) {
                case "streams.json" -> new StreamList();
                case "cluster.json" -> new ClusterMap();
                default -> new Unknown();
            };
        }
        if (count >= 5 && elements.get(count - 3).equals("segments")) {
            Matcher segment = Forms.SEGMENT.matcher(elements.get(count - 1));
            Matcher init = Forms.INIT.matcher(elements.get(count - 1));
            String take = StreamPath.decode(elements.get(count - 2));
            if (init.matches() && isKnown(init.group(1))) {
                return new InitBytes(stream(elements, count - 3), take, part(init.group(2)), fill(init.group(1)));
            }
            Matcher gap = Forms.GAP.matcher(elements.get(count - 1));
            if (gap.matches() && isKnown(gap.group(3))) {
                return new GapBytes(
                        stream(elements, count - 3),
                        take,
                        Long.parseLong(gap.group(1)),
                        gap.group(2) == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(gap.group(2))),
                        part(gap.group(4)),
                        fill(gap.group(3)));
            }
            if (segment.matches() && isKnown(segment.group(2))) {
                String number = StreamPath.decode(segment.group(1));
                return new SegmentBytes(
                        stream(elements, count - 3), take, number, part(segment.group(3)), fill(segment.group(2)));
            }
        }
        String name = StreamPath.decode(elements.get(count - 1));
        boolean hasStream = count >= 3 && !elements.get(0).isEmpty();
        return hasStream ? new Named(stream(elements, count - 1), name) : new Unknown();
    }

    private static StreamKey stream(List<String> elements, int end) throws MalformedPathException {
        return StreamPath.parse(String.join("/", elements.subList(0, end)));
    }

    private static Part part(@Nullable String suffix) {
        if (suffix == null) {
            return Part.MUXED;
        }
        return suffix.equals("-v") ? Part.VIDEO : Part.AUDIO;
    }

    private static Optional<TrackFill> fill(@Nullable String name) {
        return name == null ? Optional.empty() : TrackFill.parse(name);
    }

    private static boolean isKnown(@Nullable String fillName) {
        return fillName == null || fill(fillName).isPresent();
    }

    /** The forms of last elements. */
    final class Forms {
        private static final Pattern SEGMENT = Pattern.compile("(.*?)(?:-with-([a-z0-9-]+?))?(-[va])?\\.m4s");
        /** Up to the year 5138, as elsewhere. */
        private static final Pattern GAP =
                Pattern.compile("gap-(\\d{1,14})(?:-(\\d{1,14}))?(?:-with-([a-z0-9-]+?))?(-[va])?\\.m4s");

        private static final Pattern INIT = Pattern.compile("init(?:-with-([a-z0-9-]+?))?(-[va])?\\.mp4");

        private Forms() {}
    }
}
