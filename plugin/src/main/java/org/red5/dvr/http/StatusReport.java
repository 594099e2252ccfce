package org.red5.dvr.http;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StorageStatus;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/**
 * Renders {@code recording_status.json}: what of a window is recorded, what is missing and why, as
 * {@code [{"stream", "ranges": [{"from", "duration"}], "holes": [{"from", "duration", "reason"}]}]}; behind these, where
 * anything was, {@code "deleted": [{"from", "duration", "bytes", "limit"}]}, whatever the window, and, where it is known,
 * {@code "disk": {"used_bytes", "usable_bytes", "written_bytes_per_second", "full_at"}}.
 */
final class StatusReport {
    private StatusReport() {}

    static byte[] render(StreamKey stream, Timeline timeline, StorageStatus storage) {
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
            writeStorage(json, storage);
            json.endObject().endArray();
        });
    }

    private static void writeStorage(JsonWriter json, StorageStatus storage) throws IOException {
        if (!storage.deleted().isEmpty()) {
            json.name("deleted").beginArray();
            for (StorageStatus.Deletion deletion : storage.deleted()) {
                beginRange(json, deletion.range());
                json.name("bytes").value(deletion.bytes());
                json.name("limit").value(deletion.limit().word());
                json.endObject();
            }
            json.endArray();
        }
        if (storage.disk().isPresent()) {
            StorageStatus.Disk disk = storage.disk().get();
            json.name("disk").beginObject();
            json.name("used_bytes").value(disk.usedBytes());
            json.name("usable_bytes").value(disk.usableBytes());
            json.name("written_bytes_per_second").value(disk.writtenBytesPerSecond());
            if (disk.fullAtMicros().isPresent()) {
                json.name("full_at").value(Math.floorDiv(disk.fullAtMicros().getAsLong(), 1_000_000L));
            }
            json.endObject();
        }
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
