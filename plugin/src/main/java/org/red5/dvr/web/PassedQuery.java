package org.red5.dvr.web;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;

/**
 * What of a playlist's query goes on to the addresses in it: all that is not ours, as players do not pass on the token that a
 * server in front of this one wants to see with every request.
 */
final class PassedQuery {
    /** A playlist may have some hundred thousand addresses. */
    private static final int MOST_CHARS = 2_048;
    /** Delivery directives are for the playlist that they are sent with (draft-pantos-hls-rfc8216bis, section 6.2.5). */
    private static final String DIRECTIVE = "_HLS_";

    private PassedQuery() {}

    /**
     * What goes behind each address, with its question mark; empty when there is nothing.
     *
     * @throws PlaybackException when it is too long
     */
    static String of(@Nullable String rawQuery) throws PlaybackException {
        if (rawQuery == null) {
            return "";
        }
        List<String> passed = new ArrayList<>();
        for (String parameter : rawQuery.split("&")) {
            if (!parameter.isEmpty() && !parameter.startsWith(DIRECTIVE)) {
                passed.add(encoded(parameter));
            }
        }
        String query = String.join("&", passed);
        if (query.length() > MOST_CHARS) {
            throw new PlaybackException(
                    Kind.BAD_REQUEST, "The query of a playlist may be " + MOST_CHARS + " characters long.");
        }
        return query.isEmpty() ? "" : '?' + query;
    }

    /** What is no character of an address would end the quoted string or the line that it stands in. */
    private static String encoded(String parameter) {
        StringBuilder encoded = new StringBuilder(parameter.length());
        for (byte each : parameter.getBytes(StandardCharsets.UTF_8)) {
            if (each > ' ' && each < 0x7f && "\"#<>\\^`{|}".indexOf(each) < 0) {
                encoded.append((char) each);
            } else {
                encoded.append(String.format("%%%02X", each & 0xff));
            }
        }
        return encoded.toString();
    }
}
