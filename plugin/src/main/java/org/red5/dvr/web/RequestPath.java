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

    /** What a path leads to by its elements but the last; the beginning of their form. */
    enum Place {
        SERVER("/"),
        PAGE("/assets/"),
        STREAM("/<stream>/"),
        TAKE("/<stream>" + SEGMENTS + "/<take>/");

        private final String form;

        Place(String form) {
            this.form = form;
        }

        String form() {
            return form;
        }

        boolean isOfStream() {
            return this == STREAM || this == TAKE;
        }
    }

    /**
     * A form of paths, as it stands in the table of routes: {@code /metrics}, {@code /<stream>/*.m3u8},
     * {@code /<stream>/segments/<take>/init*.mp4}. A stream is two elements or more; a star in the last element is any characters.
     *
     * @param before what the last element begins with; all of it when there is no star
     * @param behind what it ends with
     */
    record Form(Place place, String before, String behind, boolean hasStar) {
        static Form of(String form) {
            Place place = Place.SERVER;
            for (Place longer : Place.values()) {
                place = form.startsWith(longer.form()) ? longer : place;
            }
            String name = form.substring(place.form().length());
            int star = name.indexOf('*');
            return star < 0
                    ? new Form(place, name, "", false)
                    : new Form(place, name.substring(0, star), name.substring(star + 1), true);
        }

        boolean matches(RequestPath path) {
            String name = path.name();
            boolean isName = hasStar
                    ? name.length() >= before.length() + behind.length()
                            && name.startsWith(before)
                            && name.endsWith(behind)
                    : name.equals(before);
            return isName && path.isAt(place);
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
            case PAGE -> nameSlash == place.form.length() - 1 && raw.startsWith(place.form);
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
