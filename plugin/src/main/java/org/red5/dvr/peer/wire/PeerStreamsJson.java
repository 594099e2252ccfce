package org.red5.dvr.peer.wire;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.JsonBytes;

/** The streams that a server knows, as JSON. */
public final class PeerStreamsJson {
    private PeerStreamsJson() {}

    public static byte[] render(List<StreamListing> streams) {
        return JsonBytes.render(json -> {
            json.beginArray();
            for (StreamListing stream : streams) {
                json.beginObject();
                PeerJson.write(json, stream.stream());
                json.name("live").value(stream.live());
                if (!stream.reachable()) {
                    json.name("unreachable").value(true);
                }
                write(json, stream.span());
                json.endObject();
            }
            json.endArray();
        });
    }

    public static List<StreamListing> parse(byte[] text) throws MalformedReplyException {
        return PeerJson.parse(text, json -> List.copyOf(PeerJson.list(json, PeerStreamsJson::read)));
    }

    /** Writes the two ends of a span, nothing where there is none. */
    static void write(JsonWriter json, Optional<UtcRange> span) throws IOException {
        if (span.isPresent()) {
            json.name("from").value(span.get().fromMicros());
            json.name("to").value(span.get().toMicros());
        }
    }

    static Optional<UtcRange> span(@Nullable Long fromMicros, @Nullable Long toMicros) {
        return fromMicros == null || toMicros == null
                ? Optional.empty()
                : Optional.of(new UtcRange(fromMicros, toMicros));
    }

    private static StreamListing read(JsonReader json) throws IOException {
        String app = null;
        String name = null;
        boolean live = false;
        boolean unreachable = false;
        Long fromMicros = null;
        Long toMicros = null;
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "app" -> app = json.nextString();
                case "name" -> name = json.nextString();
                case "live" -> live = json.nextBoolean();
                case "unreachable" -> unreachable = json.nextBoolean();
                case "from" -> fromMicros = json.nextLong();
                case "to" -> toMicros = json.nextLong();
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new StreamListing(PeerJson.stream(app, name), live, span(fromMicros, toMicros), !unreachable);
    }
}
