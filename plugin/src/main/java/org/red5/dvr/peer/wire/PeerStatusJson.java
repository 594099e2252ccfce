package org.red5.dvr.peer.wire;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.NodeChanges;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.timeline.ServerName;
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
        json.name("instance").value(status.instance().value());
        json.name("utc").value(status.utcMillis());
        json.name("started").value(status.startedUtcMillis());
        json.name("grid").value(status.gridMillis());
        json.name("changed").beginObject();
        for (Map.Entry<String, NodeChanges> changes : new TreeMap<>(status.changes()).entrySet()) {
            json.name(changes.getKey()).beginObject();
            json.name("hours").value(changes.getValue().hoursUtcMillis());
            if (changes.getValue().sourcesUtcMillis() != 0) {
                json.name("sources").value(changes.getValue().sourcesUtcMillis());
            }
            json.endObject();
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
        json.name("policy").value(WireNames.POLICIES.of(source.policy()));
        json.name("state").value(WireNames.STATES.of(source.state())).endObject();
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
        InstanceId instance = null;
        Long utcMillis = null;
        Long startedUtcMillis = null;
        Integer gridMillis = null;
        Map<String, NodeChanges> changed = Map.of();
        List<PeerStatus.Source> sources = List.of();
        String tag = null;
        Optional<List<PeerStatus.Stream>> streams = Optional.empty();
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "node" -> node = PeerJson.node(json);
                case "instance" -> instance = new InstanceId(json.nextString());
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
                PeerJson.required(instance, "instance"),
                PeerJson.required(utcMillis, "utc"),
                PeerJson.required(startedUtcMillis, "started"),
                PeerJson.required(gridMillis, "grid"),
                changed,
                sources,
                PeerJson.required(tag, "tag"),
                streams);
    }

    private static Map<String, NodeChanges> changed(JsonReader json) throws IOException {
        Map<String, NodeChanges> changed = new HashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String node = json.nextName();
            if (!ServerName.isName(node)) {
                throw new MalformedReplyException("something changed at what is no node");
            }
            changed.put(node, changes(json));
        }
        json.endObject();
        return changed;
    }

    private static NodeChanges changes(JsonReader json) throws IOException {
        Long hours = null;
        long sources = 0;
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "hours" -> hours = json.nextLong();
                case "sources" -> sources = json.nextLong();
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new NodeChanges(PeerJson.required(hours, "hours"), sources);
    }

    private static PeerStatus.Source source(JsonReader json) throws IOException {
        String address = null;
        Optional<String> node = Optional.empty();
        RemoteDvr policy = null;
        PeerState state = PeerState.UNKNOWN;
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "address" -> address = PeerJson.word(json);
                case "node" -> node = Optional.of(PeerJson.node(json));
                case "policy" -> policy = policy(PeerJson.word(json));
                case "state" ->
                    state = WireNames.STATES.parse(PeerJson.word(json)).orElse(PeerState.UNKNOWN);
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new PeerStatus.Source(
                PeerJson.required(address, "address"), node, PeerJson.required(policy, "policy"), state);
    }

    private static RemoteDvr policy(String word) throws MalformedReplyException {
        return WireNames.POLICIES.parse(word).orElseThrow(() -> new MalformedReplyException("no policy is " + word));
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
