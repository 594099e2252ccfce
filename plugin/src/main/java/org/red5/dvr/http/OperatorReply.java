package org.red5.dvr.http;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.timeline.MediaBytes.InMemory;

/** Renders {@code /metrics} and {@code /health}; neither is kept by caches nor read by pages of other sites. */
final class OperatorReply {
    private static final Header NO_STORE = new Header("Cache-Control", "no-store");
    private static final Header NO_SNIFF = new Header("X-Content-Type-Options", "nosniff");

    private OperatorReply() {}

    /** The reply for a path, empty when it is no operator's. */
    static Optional<HttpReply> to(String rawPath, OperatorPages pages) {
        return switch (rawPath) {
            case "/metrics" -> Optional.of(reply(200, "text/plain;version=0.0.4;charset=utf-8", pages.metrics()));
            case "/health" -> Optional.of(health(pages.troubles()));
            default -> Optional.empty();
        };
    }

    private static HttpReply health(List<String> troubles) {
        byte[] body = Json.render(json -> {
            json.beginObject().name("status").value(troubles.isEmpty() ? "ok" : "failing");
            if (!troubles.isEmpty()) {
                json.name("reasons").beginArray();
                for (String trouble : troubles) {
                    json.value(trouble);
                }
                json.endArray();
            }
            json.endObject();
        });
        return reply(troubles.isEmpty() ? 200 : 503, "application/json", body);
    }

    private static HttpReply reply(int status, String type, byte[] body) {
        List<Header> headers = List.of(new Header("Content-Type", type), NO_STORE, NO_SNIFF);
        return new HttpReply(status, headers, body.length, Optional.of(new InMemory(body)));
    }
}
