package org.red5.dvr.http;

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
 */
public record HttpRequest(
        String method, String rawPath, @Nullable String rawQuery, Function<String, @Nullable String> headers) {

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.apply(name));
    }

    boolean isHead() {
        return method.equals("HEAD");
    }
}
