package org.red5.dvr.web;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.List;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.util.JsonBytes;

/** Answers requests for {@code /metrics} and {@code /health}, for an operator and what watches over the server. Any thread may call. */
final class OperatorRequests {
    private final OperatorPages pages;

    OperatorRequests(OperatorPages pages) {
        this.pages = pages;
    }

    HttpReply metrics(Asked asked) {
        return asked.whole(200, "text/plain;version=0.0.4;charset=utf-8", pages.metrics());
    }

    /** 503 while anything is wrong. */
    HttpReply health(Asked asked) {
        List<String> troubles = pages.troubles();
        byte[] body = JsonBytes.render(json -> {
            json.beginObject().name("status").value(troubles.isEmpty() ? "ok" : "failing");
            sentences(json, "reasons", troubles);
            sentences(json, "warnings", pages.warnings());
            json.endObject();
        });
        return asked.whole(troubles.isEmpty() ? 200 : 503, Asked.JSON_TYPE, body);
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
}
