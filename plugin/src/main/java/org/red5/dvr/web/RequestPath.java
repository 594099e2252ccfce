package org.red5.dvr.web;

import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;

/**
 * The path of a request, taken apart from its end: a stream's name may hold slashes and anything else.
 *
 * @param raw begins with a slash; not decoded
 * @param nameSlash where the slash before the last element is
 * @param name the last element, decoded
 */
record RequestPath(String raw, int nameSlash, String name) {
    private static final String SEGMENTS = "/segments";

    /** What a path leads to by its elements but the last; the form of these as the table of routes has it. */
    enum Place {
        SERVER("/"),
        STREAM("/<stream>/"),
        TAKE("/<stream>" + SEGMENTS + "/<take>/");

        private final String form;

        Place(String form) {
            this.form = form;
        }

        String form() {
            return form;
        }
    }

    static RequestPath parse(String raw) throws MalformedPathException {
        int slash = raw.lastIndexOf('/');
        String last = raw.substring(slash + 1);
        return new RequestPath(raw, slash, slash == 0 ? last : StreamPath.decode(last));
    }

    boolean isAt(Place place) {
        return switch (place) {
            case SERVER -> nameSlash == 0;
            case STREAM -> hasTwoElements(nameSlash) && raw.charAt(1) != '/';
            case TAKE -> {
                int segments = takeSlash() - SEGMENTS.length();
                yield raw.startsWith(SEGMENTS, segments) && hasTwoElements(segments);
            }
        };
    }

    /** The stream, of a path that is at such a place. */
    StreamKey stream(Place place) throws MalformedPathException {
        int end = place == Place.TAKE ? takeSlash() - SEGMENTS.length() : nameSlash;
        return StreamPath.parse(raw.substring(1, end));
    }

    /** The element before the last, decoded: a take, which is not checked yet. */
    String take() throws MalformedPathException {
        return StreamPath.decode(raw.substring(takeSlash() + 1, nameSlash));
    }

    private int takeSlash() {
        return raw.lastIndexOf('/', nameSlash - 1);
    }

    /** Whether there are two elements or more before a slash. */
    private boolean hasTwoElements(int end) {
        int slash = raw.indexOf('/', 1);
        return slash >= 0 && slash < end;
    }
}
