package org.red5.dvr.web;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.http.Conditional;
import org.red5.dvr.http.Content;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.Query;
import org.red5.dvr.http.Text;
import org.red5.dvr.timeline.StreamKey;

/**
 * A request and what its path names, for the renderer of its route.
 *
 * @param ofStream the stream, if the route has one
 * @param take not checked yet; empty where the route has none
 * @param name the last element of the path
 * @param caching how long the reply may be kept, where the renderer knows no better
 */
record Asked(HttpRequest request, Optional<StreamKey> ofStream, String take, String name, Caching caching) {
    static final String JSON_TYPE = "application/json";

    /** The header {@code Cache-Control}. */
    enum Caching {
        NO_STORE("no-store"),
        /** Kept, and asked for again each time. */
        REVALIDATED("no-cache"),
        FOR_A_SECOND("public, max-age=1"),
        FOR_A_MINUTE("public, max-age=60"),
        /** A playlist that goes on: where it cannot be had, players see for a minute that nothing comes, and no error (RFC 5861, section 4). */
        LIST_GOING_ON("public, max-age=1, stale-if-error=60"),
        /** A playlist that stays: for a day the old one is right. */
        LIST_OVER("public, max-age=60, stale-if-error=86400"),
        FOR_EVER("public, max-age=31536000, immutable");

        private final String value;

        Caching(String value) {
            this.value = value;
        }

        String value() {
            return value;
        }
    }

    StreamKey stream() {
        return ofStream.orElseThrow();
    }

    Query query() {
        return Query.parse(request.rawQuery());
    }

    /** The reply that is JSON, made for this request. */
    HttpReply json(byte[] bytes) {
        return text(JSON_TYPE, caching, new Text(bytes), List.of());
    }

    /** The reply that is text. */
    HttpReply text(String type, Caching known, Text text, List<Header> headers) {
        return reply(Content.of(type, known.value(), text, headers));
    }

    /** The reply that is media. */
    HttpReply media(String type, String etag, MediaBytes bytes, List<Header> headers) {
        return reply(Content.of(type, etag, caching.value(), bytes, headers));
    }

    /** The reply that is sent whole, whatever the request says of conditions and ranges. */
    HttpReply whole(int status, String type, byte[] bytes) {
        List<Header> headers = List.of(
                new Header("Content-Type", type),
                new Header("Cache-Control", caching.value()),
                new Header("X-Content-Type-Options", "nosniff"));
        return new HttpReply(status, headers, bytes.length, Optional.of(new InMemory(bytes)));
    }

    /** The reply by what the request says of conditions, ranges and encodings. */
    HttpReply reply(Content content) {
        return Conditional.reply(request, content);
    }
}
