package org.red5.dvr.http;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.List;
import org.red5.dvr.playback.StreamSummary;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.UtcRange;

/**
 * Renders {@code streams.json}: {@code [{"app", "name", "path", "live", "from", "to"}]}. The path is the stream's in an
 * address; {@code from} and {@code to} are missing while nothing is recorded.
 */
final class StreamList {
    private StreamList() {}

    static byte[] render(List<StreamSummary> streams) {
        return Json.render(json -> {
            json.beginArray();
            for (StreamSummary summary : streams) {
                write(json, summary);
            }
            json.endArray();
        });
    }

    private static void write(JsonWriter json, StreamSummary summary) throws IOException {
        json.beginObject();
        json.name("app").value(summary.stream().app());
        json.name("name").value(summary.stream().name());
        json.name("path").value(StreamPath.of(summary.stream()));
        json.name("live").value(summary.live());
        if (summary.span().isPresent()) {
            UtcRange span = summary.span().get();
            json.name("from").value(Json.seconds(span.fromMicros()));
            json.name("to").value(Json.seconds(span.toMicros()));
        }
        json.endObject();
    }
}
