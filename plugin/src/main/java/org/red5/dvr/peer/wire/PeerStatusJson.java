package org.red5.dvr.peer.wire;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.util.JsonBytes;

/** A heartbeat as JSON. */
public final class PeerStatusJson {
    private PeerStatusJson() {}

    public static byte[] render(PeerStatus status) {
        return JsonBytes.render(json -> write(json, status));
    }

    public static PeerStatus parse(byte[] text) throws MalformedReplyException {
        return PeerJson.parse(text, PeerStatusJson::read);
    }

    private static void write(JsonWriter json, PeerStatus status) throws IOException {
        json.beginObject().name("node").value(status.node());
        json.name("instance").value(status.instance());
        json.name("utc").value(status.utcMillis());
        json.name("started").value(status.startedUtcMillis());
        json.name("grid").value(status.gridMillis());
        json.name("changed").beginObject();
        for (Map.Entry<String, Long> changed : new TreeMap<>(status.changedUtcMillis()).entrySet()) {
            json.name(changed.getKey()).value(changed.getValue());
        }
        json.endObject().name("sources").beginArray();
        for (PeerStatus.Source source : status.sources()) {
            write(json, source);
        }
        json.endArray().name("tag").value(status.tag());
        if (status.streams().isPresent()) {
            json.name("streams").beginArray();
            for (PeerStatus.Stream stream : status.streams().get()) {
                write(json, stream);
            }
            json.endArray();
        }
        json.endObject();
    }

    private static void write(JsonWriter json, PeerStatus.Source source) throws IOException {
        json.beginObject().name("address").value(source.address());
        if (source.node().isPresent()) {
            json.name("node").value(source.node().get());
        }
        json.name("policy").value(source.policy().name().toLowerCase(Locale.ROOT));
        json.name("state").value(source.state()).endObject();
    }

    private static void write(JsonWriter json, PeerStatus.Stream stream) throws IOException {
        json.beginObject();
        PeerJson.write(json, stream.stream());
        json.name("live").value(stream.live()).name("path").beginArray();
        for (String node : stream.path()) {
            json.value(node);
        }
        json.endArray().endObject();
    }

    private static PeerStatus read(JsonReader json) throws IOException {
        String node = null;
        String instance = "";
        Long utcMillis = null;
        Long startedUtcMillis = null;
        Integer gridMillis = null;
        Map<String, Long> changed = Map.of();
        List<PeerStatus.Source> sources = List.of();
        String tag = null;
        Optional<List<PeerStatus.Stream>> streams = Optional.empty();
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "node" -> node = PeerJson.node(json);
                case "instance" -> instance = PeerJson.word(json);
                case "utc" -> utcMillis = json.nextLong();
                case "started" -> startedUtcMillis = json.nextLong();
                case "grid" -> gridMillis = json.nextInt();
                case "changed" -> changed = changed(json);
                case "sources" -> sources = PeerJson.list(json, PeerStatusJson::source);
                case "tag" -> tag = PeerJson.word(json);
                case "streams" -> streams = Optional.of(PeerJson.list(json, PeerStatusJson::stream));
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new PeerStatus(
                PeerJson.required(node, "node"),
                instance,
                PeerJson.required(utcMillis, "utc"),
                PeerJson.required(startedUtcMillis, "started"),
                PeerJson.required(gridMillis, "grid"),
                changed,
                sources,
                PeerJson.required(tag, "tag"),
                streams);
    }

    private static Map<String, Long> changed(JsonReader json) throws IOException {
        Map<String, Long> changed = new HashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String node = json.nextName();
            if (!RouteHeaders.isNode(node)) {
                throw new MalformedReplyException("something changed at what is no node");
            }
            changed.put(node, json.nextLong());
        }
        json.endObject();
        return changed;
    }

    private static PeerStatus.Source source(JsonReader json) throws IOException {
        String address = null;
        Optional<String> node = Optional.empty();
        RemoteDvr policy = null;
        String state = null;
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "address" -> address = PeerJson.word(json);
                case "node" -> node = Optional.of(PeerJson.node(json));
                case "policy" -> policy = RemoteDvr.valueOf(PeerJson.word(json).toUpperCase(Locale.ROOT));
                case "state" -> state = PeerJson.word(json);
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new PeerStatus.Source(
                PeerJson.required(address, "address"),
                node,
                PeerJson.required(policy, "policy"),
                PeerJson.required(state, "state"));
    }

    private static PeerStatus.Stream stream(JsonReader json) throws IOException {
        String app = null;
        String name = null;
        boolean live = false;
        List<String> path = List.of();
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "app" -> app = json.nextString();
                case "name" -> name = json.nextString();
                case "live" -> live = json.nextBoolean();
                case "path" -> path = PeerJson.list(json, PeerJson::node);
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new PeerStatus.Stream(PeerJson.stream(app, name), live, path);
    }
}
