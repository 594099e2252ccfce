package org.red5.dvr.web;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.List;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.JsonBytes;

/**
 * Renders {@code streams.json}: {@code [{"app", "name", "path", "live", "unreachable", "from", "to"}]}. The path is the stream's in
 * an address; {@code unreachable} stands where no server that answers has it, and it is known from before; {@code from} and {@code to}
 * are missing while nothing is recorded.
 */
final class StreamList {
    private StreamList() {}

    static byte[] render(List<StreamListing> streams) {
        return JsonBytes.render(json -> {
            json.beginArray();
            for (StreamListing listing : streams) {
                write(json, listing);
            }
            json.endArray();
        });
    }

    private static void write(JsonWriter json, StreamListing listing) throws IOException {
        json.beginObject();
        json.name("app").value(listing.stream().app());
        json.name("name").value(listing.stream().name());
        json.name("path").value(StreamPath.of(listing.stream()));
        json.name("live").value(listing.live());
        if (!listing.reachable()) {
            json.name("unreachable").value(true);
        }
        if (listing.span().isPresent()) {
            UtcRange span = listing.span().get();
            json.name("from").value(Json.seconds(span.fromMicros()));
            json.name("to").value(Json.seconds(span.toMicros()));
        }
        json.endObject();
    }
}
