package org.red5.dvr.http;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.red5.dvr.http.HttpReply.Header;

/**
 * What pages of other sites may do here (the Fetch standard's CORS protocol): read everything without credentials, and with credentials
 * where the configuration names their origin. Any thread may call.
 */
public final class Cors {
    /** No site is named. */
    public static final Cors FOR_ANYBODY = new Cors(Set::of);

    private static final Header EXPOSED = new Header(
            "Access-Control-Expose-Headers",
            "Accept-Ranges, Cache-Status, Content-Length, Content-Range, Date, DVR-Server, DVR-Unanswered, ETag, Retry-After");
    private static final Header MAX_AGE = new Header("Access-Control-Max-Age", "86400");
    private static final int MOST_CHARS = 2_048;

    private final Supplier<Set<String>> named;

    /**
     * @param named the origins that may send credentials, in lower case, asked at each request
     */
    public Cors(Supplier<Set<String>> named) {
        this.named = named;
    }

    /** What every reply says. */
    public List<Header> headers(HttpRequest request) {
        Set<String> origins = named.get();
        if (origins.isEmpty()) {
            return List.of(new Header("Access-Control-Allow-Origin", "*"), EXPOSED);
        }
        // What is sent depends on who asks from now on: a cache must not give one site's answer to another.
        Header vary = new Header("Vary", "Origin");
        Optional<String> origin = request.header("Origin").filter(this::isNamed);
        return origin.isEmpty()
                ? List.of(new Header("Access-Control-Allow-Origin", "*"), EXPOSED, vary)
                : List.of(
                        new Header("Access-Control-Allow-Origin", origin.get()),
                        new Header("Access-Control-Allow-Credentials", "true"),
                        EXPOSED,
                        vary);
    }

    /** The reply to a preflight: what is asked for is allowed, as players send headers of their own. */
    public HttpReply preflight(HttpRequest request, String methods, String otherwiseHeaders) {
        String headers = request.header("Access-Control-Request-Headers")
                .filter(Cors::isListOfNames)
                .orElse(otherwiseHeaders);
        List<Header> reply = List.of(
                new Header("Allow", methods),
                new Header("Access-Control-Allow-Methods", methods),
                new Header("Access-Control-Allow-Headers", headers),
                MAX_AGE);
        return new HttpReply(204, reply, -1, Optional.empty());
    }

    /** Whether a request that changes something comes from no page of another site, or from one that is named. */
    public boolean mayEdit(HttpRequest request) {
        Optional<String> origin = request.header("Origin");
        return origin.isEmpty() || isNamed(origin.get()) || isOwn(request, origin.get());
    }

    private boolean isNamed(String origin) {
        return named.get().contains(origin.toLowerCase(Locale.ROOT));
    }

    private static boolean isOwn(HttpRequest request, String origin) {
        int authority = origin.indexOf("://");
        return authority >= 0
                && request.header("Host")
                        .filter(origin.substring(authority + 3)::equalsIgnoreCase)
                        .isPresent();
    }

    private static boolean isListOfNames(String headers) {
        return headers.length() <= MOST_CHARS
                && headers.chars()
                        .allMatch(c ->
                                c > ' ' && c < 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0 || c == ',' || c == ' ');
    }
}
