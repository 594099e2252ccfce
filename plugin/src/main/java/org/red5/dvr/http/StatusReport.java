package org.red5.dvr.http;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/**
 * Renders {@code recording_status.json}: what of a window is recorded, what is missing and why, as
 * {@code [{"stream", "ranges": [{"from", "duration"}], "holes": [{"from", "duration", "reason"}]}]}.
 */
final class StatusReport {
    private StatusReport() {}

    static byte[] render(StreamKey stream, Timeline timeline) {
        return Json.render(json -> {
            json.beginArray().beginObject();
            json.name("stream").value(stream.toString());
            json.name("ranges").beginArray();
            writeRanges(json, timeline);
            json.endArray();
            json.name("holes").beginArray();
            for (Timeline.Gap gap : timeline.gaps()) {
                beginRange(json, gap.range());
                json.name("reason").value(gap.reason().sentence());
                json.endObject();
            }
            json.endArray();
            json.endObject().endArray();
        });
    }

    private static void writeRanges(JsonWriter json, Timeline timeline) throws IOException {
        Segment first = null;
        Segment last = null;
        for (Segment segment : timeline.segments()) {
            if (first != null && last != null && !Timeline.adjoins(segment, last)) {
                writeRange(json, first, last, timeline.window());
                first = null;
            }
            first = first == null ? segment : first;
            last = segment;
        }
        if (first != null && last != null) {
            writeRange(json, first, last, timeline.window());
        }
    }

    private static void writeRange(JsonWriter json, Segment first, Segment last, UtcRange window) throws IOException {
        long from = Math.max(first.startUtcMicros(), window.fromMicros());
        beginRange(json, new UtcRange(from, Math.max(from, Math.min(last.endUtcMicros(), window.toMicros()))));
        json.endObject();
    }

    private static void beginRange(JsonWriter json, UtcRange range) throws IOException {
        json.beginObject();
        json.name("from").value(Json.seconds(range.fromMicros()));
        json.name("duration").value(Json.seconds(range.durationMicros()));
    }
}
