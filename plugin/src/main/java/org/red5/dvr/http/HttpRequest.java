package org.red5.dvr.http;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request as the HTTP interface needs it.
 *
 * @param method as sent, for example {@code GET}
 * @param rawPath the path below the web application's, as sent: it begins with a slash and is not decoded
 * @param rawQuery the query as sent, without the question mark; null when there is none
 * @param headers the value of a header by its name in any case; several of one name are joined by commas; null when
 *     there is none
 * @param body what was sent behind the headers
 * @param client the address it came from, for the log
 */
public record HttpRequest(
        String method,
        String rawPath,
        @Nullable String rawQuery,
        Function<String, @Nullable String> headers,
        Body body,
        String client) {
    /** The body of a request, read when it is wanted. */
    public interface Body {
        /**
         * The body, or its beginning where it is longer than so many bytes. To be called once.
         *
         * @throws IOException when the client does not send it
         */
        byte[] first(int bytes) throws IOException;
    }

    /** A request without a body. */
    public HttpRequest(
            String method, String rawPath, @Nullable String rawQuery, Function<String, @Nullable String> headers) {
        this(method, rawPath, rawQuery, headers, bytes -> new byte[0], "unknown");
    }

    /** A request of which it does not matter where it came from. */
    public HttpRequest(
            String method,
            String rawPath,
            @Nullable String rawQuery,
            Function<String, @Nullable String> headers,
            Body body) {
        this(method, rawPath, rawQuery, headers, body, "unknown");
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.apply(name));
    }

    public boolean isHead() {
        return method.equals("HEAD");
    }
}
