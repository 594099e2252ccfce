package org.red5.dvr.peer;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.Crc32c;

/**
 * A server's heartbeat.
 *
 * @param node the server's name
 * @param instance what tells it from another of that name
 * @param utcMillis its clock
 * @param startedUtcMillis when it started
 * @param gridMillis the period of its segment grid
 * @param changes of each node it knows, when lists of that one became untrue last
 * @param sources its sources in order of preference
 * @param tag changes when {@code streams} does; letters and digits
 * @param streams the streams it knows; left out where the asker has them already
 */
public record PeerStatus(
        String node,
        InstanceId instance,
        long utcMillis,
        long startedUtcMillis,
        int gridMillis,
        Map<String, NodeChanges> changes,
        List<Source> sources,
        String tag,
        Optional<List<Stream>> streams) {
    /**
     * A source that a server is configured with.
     *
     * @param address {@code HOST:PORT} as configured
     * @param node its name, once known
     * @param policy which servers an archive is asked from
     * @param state how the server finds it
     */
    public record Source(String address, Optional<String> node, RemoteDvr policy, PeerState state) {}

    /**
     * A stream that a server knows.
     *
     * @param stream the stream
     * @param live whether its packets come now
     * @param path the nodes through which it is known, the answering one first and the one that has it last
     */
    public record Stream(StreamKey stream, boolean live, List<String> path) {
        public Stream {
            path = List.copyOf(path);
        }
    }

    public PeerStatus {
        changes = Map.copyOf(changes);
        sources = List.copyOf(sources);
        streams = streams.map(List::copyOf);
    }

    /** A tag of streams. */
    public static String tagOf(List<Stream> streams) {
        return Crc32c.text(Crc32c.of(streams.toString().getBytes(StandardCharsets.UTF_8))) + '-' + streams.size();
    }

    /** The same, without its streams, where it was said after another: what changed stays changed, even if it says so no more. */
    public PeerStatus after(PeerStatus before) {
        Map<String, NodeChanges> all = new HashMap<>(changes);
        before.changes.forEach((name, at) -> all.merge(name, at, NodeChanges::latest));
        return withoutStreams(all);
    }

    /** The same for a server that has the streams already. */
    public PeerStatus withoutStreams() {
        return withoutStreams(changes);
    }

    private PeerStatus withoutStreams(Map<String, NodeChanges> all) {
        return new PeerStatus(
                node, instance, utcMillis, startedUtcMillis, gridMillis, all, sources, tag, Optional.empty());
    }
}
