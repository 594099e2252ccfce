package org.red5.dvr.web;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.red5.dvr.playback.Audience;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StorageStatus;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UnrecordedTrack;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.JsonBytes;

/**
 * Renders {@code recording_status.json}: what of a window is recorded, what is missing and why, as
 * {@code [{"stream", "ranges": [{"from", "duration", "server"}], "holes": [{"from", "duration", "reason"}]}]}, a hole that servers may
 * fill which do not answer with {@code "servers": [{"server", "why"}]}; behind these, where something of the ranges is in no list with one
 * entry a number, {@code "left_out": [{"from", "duration", "server", "reason"}]}; where
 * anything was, {@code "deleted": [{"from", "duration", "bytes", "limit"}]}, whatever the window, and, where it is known,
 * {@code "disk": {"used_bytes", "usable_bytes", "written_bytes_per_second", "full_at"}}; where
 * its last publisher sent a track that is not recorded, {@code "not_recorded": [{"track", "reason"}]}; last, where anybody played it on this
 * server, who does now,
 * {@code "playing": {"live", "past", "hls", "peers", "started", "from"}}.
 */
final class StatusReport {
    private StatusReport() {}

    /** Of a stream of which nothing is recorded. */
    static byte[] renderEmpty(StreamKey stream, List<UnrecordedTrack> unrecorded) {
        return JsonBytes.render(json -> {
            json.beginArray().beginObject();
            json.name("stream").value(stream.toString());
            json.name("ranges").beginArray().endArray();
            json.name("holes").beginArray().endArray();
            writeUnrecorded(json, unrecorded);
            json.endObject().endArray();
        });
    }

    static byte[] render(
            StreamKey stream,
            Timeline timeline,
            StorageStatus storage,
            List<UnrecordedTrack> unrecorded,
            Audience audience) {
        return JsonBytes.render(json -> {
            json.beginArray().beginObject();
            json.name("stream").value(stream.fullName());
            json.name("ranges").beginArray();
            writeRanges(json, timeline);
            json.endArray();
            json.name("holes").beginArray();
            for (Timeline.Gap gap : timeline.gaps()) {
                beginRange(json, gap.range());
                json.name("reason").value(gap.reason().sentence());
                if (gap.reason() == GapReason.NOT_REACHABLE) {
                    writeUnanswered(json, timeline.unanswered());
                }
                json.endObject();
            }
            json.endArray();
            writeLeftOut(json, timeline);
            writeStorage(json, storage);
            writeUnrecorded(json, unrecorded);
            if (!audience.equals(Audience.NOBODY)) {
                writeAudience(json, audience);
            }
            json.endObject().endArray();
        });
    }

    private static void writeLeftOut(JsonWriter json, Timeline timeline) throws IOException {
        Set<Segment> leftOut = timeline.outnumbered();
        if (leftOut.isEmpty()) {
            return;
        }
        json.name("left_out").beginArray();
        for (int i = 0; i < timeline.segments().size(); i++) {
            Segment segment = timeline.segments().get(i);
            if (leftOut.contains(segment)) {
                beginRange(json, new UtcRange(segment.startUtcMicros(), segment.endUtcMicros()));
                json.name("server").value(timeline.servers().get(i));
                json.name("reason").value(GapReason.NUMBER_TAKEN.sentence());
                json.endObject();
            }
        }
        json.endArray();
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

    private static void writeUnrecorded(JsonWriter json, List<UnrecordedTrack> unrecorded) throws IOException {
        if (unrecorded.isEmpty()) {
            return;
        }
        json.name("not_recorded").beginArray();
        for (UnrecordedTrack track : unrecorded) {
            json.beginObject();
            json.name("track").value(track.track());
            json.name("reason").value(track.why());
            json.endObject();
        }
        json.endArray();
    }

    private static void writeAudience(JsonWriter json, Audience audience) throws IOException {
        json.name("playing").beginObject();
        json.name("live").value(audience.live());
        json.name("past").value(audience.past());
        json.name("hls").value(audience.hls());
        json.name("peers").value(audience.peers());
        json.name("started").value(audience.started());
        if (audience.relayedFrom().isPresent()) {
            json.name("from").value(audience.relayedFrom().get());
        }
        json.endObject();
    }

    private static void writeUnanswered(JsonWriter json, List<Unanswered> servers) throws IOException {
        json.name("servers").beginArray();
        for (Unanswered unanswered : servers) {
            json.beginObject();
            json.name("server").value(unanswered.server());
            json.name("why").value(unanswered.why());
            json.endObject();
        }
        json.endArray();
    }

    /** One range for each run without a hole that is had from one server. */
    private static void writeRanges(JsonWriter json, Timeline timeline) throws IOException {
        List<Segment> segments = timeline.segments();
        int first = 0;
        for (int i = 1; i <= segments.size(); i++) {
            if (i == segments.size()
                    || !Timeline.adjoins(segments.get(i), segments.get(i - 1))
                    || !timeline.servers().get(i).equals(timeline.servers().get(first))) {
                long limit =
                        i == segments.size() ? Long.MAX_VALUE : segments.get(i).startUtcMicros();
                writeRange(
                        json,
                        timeline,
                        first,
                        Math.min(limit, segments.get(i - 1).endUtcMicros()));
                first = i;
            }
        }
    }

    private static void writeRange(JsonWriter json, Timeline timeline, int first, long endMicros) throws IOException {
        UtcRange window = timeline.window();
        long from = Math.max(timeline.segments().get(first).startUtcMicros(), window.fromMicros());
        beginRange(json, new UtcRange(from, Math.max(from, Math.min(endMicros, window.toMicros()))));
        json.name("server").value(timeline.servers().get(first));
        json.endObject();
    }

    private static void beginRange(JsonWriter json, UtcRange range) throws IOException {
        json.beginObject();
        json.name("from").value(Json.seconds(range.fromMicros()));
        json.name("duration").value(Json.duration(range));
    }
}
