package org.red5.dvr.cluster;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.util.JsonBytes;

/**
 * The text of a {@link ClusterMap}: {@code {"node", "sources": [{"address", "node", "policy", "state", "why", "rtt_millis", "current",
 * "current_for", "sources": [{"address", "node", "policy", "state"}]}], "troubles": [sentence], "cached": [{"stream", "hits", "misses"}]}}; what is not known is left out.
 */
public final class ClusterMapJson {
    private ClusterMapJson() {}

    /** In UTF-8. */
    public static byte[] render(ClusterMap map) {
        return JsonBytes.render(json -> {
            json.beginObject();
            json.name("node").value(map.node());
            json.name("sources").beginArray();
            for (ClusterMap.Source source : map.sources()) {
                write(json, source);
            }
            json.endArray();
            if (!map.troubles().isEmpty()) {
                json.name("troubles").beginArray();
                for (String trouble : map.troubles()) {
                    json.value(trouble);
                }
                json.endArray();
            }
            if (!map.cached().isEmpty()) {
                json.name("cached").beginArray();
                for (ClusterMap.Cached stream : map.cached()) {
                    json.beginObject().name("stream").value(stream.stream().fullName());
                    json.name("hits").value(stream.hits()).name("misses").value(stream.misses());
                    json.endObject();
                }
                json.endArray();
            }
            json.endObject();
        });
    }

    private static void write(JsonWriter json, ClusterMap.Source source) throws IOException {
        begin(json, source.address(), source.node(), source.policy(), source.state());
        if (source.why().isPresent()) {
            json.name("why").value(source.why().get());
        }
        if (source.latencyMillis().isPresent()) {
            json.name("rtt_millis").value(Math.round(source.latencyMillis().get() * 10) / 10.0);
        }
        json.name("current").value(source.isCurrent());
        json.name("current_for").value(source.currentFor());
        json.name("sources").beginArray();
        for (PeerStatus.Source behind : source.sources()) {
            begin(json, behind.address(), behind.node(), behind.policy(), behind.state());
            json.endObject();
        }
        json.endArray().endObject();
    }

    private static void begin(JsonWriter json, String address, Optional<String> node, RemoteDvr policy, PeerState state)
            throws IOException {
        json.beginObject();
        json.name("address").value(address);
        if (node.isPresent()) {
            json.name("node").value(node.get());
        }
        json.name("policy").value(policy.name().toLowerCase(Locale.ROOT));
        json.name("state").value(state.word());
    }
}
