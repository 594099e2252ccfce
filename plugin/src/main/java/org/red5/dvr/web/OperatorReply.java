package org.red5.dvr.web;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.timeline.MediaBytes.InMemory;
import org.red5.dvr.util.JsonBytes;

/** Renders {@code /metrics} and {@code /health}; neither is kept by caches nor read by pages of other sites. */
final class OperatorReply {
    private static final Header NO_STORE = new Header("Cache-Control", "no-store");
    private static final Header NO_SNIFF = new Header("X-Content-Type-Options", "nosniff");

    private OperatorReply() {}

    static boolean isFor(String rawPath) {
        return rawPath.equals("/metrics") || rawPath.equals("/health");
    }

    /** The reply for a path, empty when it is no operator's. */
    static Optional<HttpReply> to(String rawPath, OperatorPages pages) {
        return switch (rawPath) {
            case "/metrics" -> Optional.of(reply(200, "text/plain;version=0.0.4;charset=utf-8", pages.metrics()));
            case "/health" -> Optional.of(health(pages.troubles(), pages.warnings()));
            default -> Optional.empty();
        };
    }

    private static HttpReply health(List<String> troubles, List<String> warnings) {
        byte[] body = JsonBytes.render(json -> {
            json.beginObject().name("status").value(troubles.isEmpty() ? "ok" : "failing");
            sentences(json, "reasons", troubles);
            sentences(json, "warnings", warnings);
            json.endObject();
        });
        return reply(troubles.isEmpty() ? 200 : 503, "application/json", body);
    }

    private static void sentences(JsonWriter json, String name, List<String> sentences) throws IOException {
        if (!sentences.isEmpty()) {
            json.name(name).beginArray();
            for (String sentence : sentences) {
                json.value(sentence);
            }
            json.endArray();
        }
    }

    private static HttpReply reply(int status, String type, byte[] body) {
        List<Header> headers = List.of(new Header("Content-Type", type), NO_STORE, NO_SNIFF);
        return new HttpReply(status, headers, body.length, Optional.of(new InMemory(body)));
    }
}
