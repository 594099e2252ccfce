package org.red5.dvr.peer.wire;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.peer.Route;
import org.red5.dvr.timeline.ServerName;

/** A {@link Route}, and how long the asker waits, as headers of a request. */
public final class RouteHeaders {
    public static final String LOOP = "CDN-Loop";
    public static final String ASKED = "DVR-Asked";
    public static final String HOPS = "DVR-Hops";
    public static final String WAIT = "DVR-Wait";

    /** So many nodes may be named in one header. */
    private static final int MOST_NODES = 100;

    private static final Pattern COMMA = Pattern.compile(",");

    private RouteHeaders() {}

    /**
     * The headers of a request, in no order.
     *
     * @param waitMillis how long the asker waits
     */
    public static Map<String, String> of(Route route, long waitMillis) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (!route.passed().isEmpty()) {
            headers.put(LOOP, String.join(", ", route.passed()));
        }
        if (!route.asked().isEmpty()) {
            headers.put(ASKED, String.join(", ", route.asked()));
        }
        headers.put(HOPS, Integer.toString(route.hops()));
        headers.put(WAIT, Long.toString(waitMillis));
        return headers;
    }

    /**
     * The way of a question. One that says nothing of hops does not go on.
     *
     * @param header the value of a header, null when there is none
     * @throws IllegalArgumentException with a sentence for the asker, when a header is malformed
     */
    public static Route route(Function<String, @Nullable String> header) {
        long hops = number(header, HOPS, 0);
        return new Route(nodes(header.apply(LOOP), LOOP), new LinkedHashSet<>(nodes(header.apply(ASKED), ASKED)), (int)
                Math.min(hops, Route.MOST_HOPS));
    }

    /**
     * How many milliseconds the asker waits.
     *
     * @param without what is taken where the request does not say it
     */
    public static long waitMillis(Function<String, @Nullable String> header, long without) {
        return number(header, WAIT, without);
    }

    private static List<String> nodes(@Nullable String value, String name) {
        if (value == null || value.isBlank()) {
            return List.of();
        }
        List<String> nodes = COMMA.splitAsStream(value)
                .limit(MOST_NODES + 1)
                .map(String::trim)
                .toList();
        if (nodes.size() > MOST_NODES || !nodes.stream().allMatch(ServerName::isName)) {
            throw new IllegalArgumentException(name + " is not a list of at most " + MOST_NODES + " nodes.");
        }
        return nodes;
    }

    private static long number(Function<String, @Nullable String> header, String name, long without) {
        String value = header.apply(name);
        if (value == null) {
            return without;
        }
        if (!value.matches("\\d{1,9}")) {
            throw new IllegalArgumentException(name + " is not a number.");
        }
        return Long.parseLong(value);
    }
}
