package org.red5.dvr.peer.wire;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What of a request a signature covers.
 *
 * @param method the HTTP method
 * @param path below the web application, as sent
 * @param query as sent, empty when there is none
 * @param headers the values of {@link #HEADERS}, empty where there is none
 */
public record SignedRequest(String method, String path, String query, List<String> headers) {
    /** The headers that change what a request asks for. */
    private static final List<String> HEADERS =
            List.of("Range", RouteHeaders.LOOP, RouteHeaders.ASKED, RouteHeaders.HOPS, RouteHeaders.WAIT);

    public SignedRequest {
        headers = List.copyOf(headers);
    }

    /**
     * @param query null when there is none
     * @param header the value of a header by its name, null when there is none
     */
    public static SignedRequest of(
            String method, String path, @Nullable String query, Function<String, @Nullable String> header) {
        List<String> values = HEADERS.stream()
                .map(name -> {
                    String value = header.apply(name);
                    return value == null ? "" : value;
                })
                .toList();
        return new SignedRequest(method, path, query == null ? "" : query, values);
    }

    /**
     * What a MAC is made of: one line each.
     *
     * @param version of the peer interface
     * @param to the identity of the server that it is for; null where the signature does not say that
     */
    String text(int version, String node, @Nullable String to, long utcMillis, String nonce) {
        StringBuilder text = new StringBuilder(Protocol.SCHEME).append(version).append('\n');
        text.append(method).append('\n').append(path).append('\n').append(query).append('\n');
        headers.forEach(value -> text.append(value).append('\n'));
        text.append(node).append('\n');
        if (to != null) {
            text.append(to).append('\n');
        }
        return text.append(utcMillis).append('\n').append(nonce).append('\n').toString();
    }
}
