package org.red5.dvr.web;

import org.red5.dvr.web.RequestPath.Place;

/**
 * A form of paths, as it stands in the table of routes: {@code /metrics}, {@code /<stream>/*.m3u8},
 * {@code /<stream>/segments/<take>/init*.mp4}. A stream is two elements or more; a star in the last element is any characters.
 *
 * @param before what the last element begins with; all of it when there is no star
 * @param behind what it ends with
 */
record PathForm(Place place, String before, String behind, boolean hasStar) {
    static PathForm of(String form) {
        Place place = Place.SERVER;
        for (Place longer : Place.values()) {
            place = form.startsWith(longer.form()) ? longer : place;
        }
        String name = form.substring(place.form().length());
        int star = name.indexOf('*');
        return star < 0
                ? new PathForm(place, name, "", false)
                : new PathForm(place, name.substring(0, star), name.substring(star + 1), true);
    }

    boolean matches(RequestPath path) {
        String name = path.name();
        boolean isName = hasStar
                ? name.length() >= before.length() + behind.length() && name.startsWith(before) && name.endsWith(behind)
                : name.equals(before);
        return isName && path.isAt(place);
    }
}
