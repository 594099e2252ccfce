package org.red5.dvr.relay;

import java.util.List;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.timeline.StreamKey;

/** Says which sources a stream can be pulled from. Any thread may call; nothing here blocks. */
public interface LiveCandidates {
    /** Of a server without sources. */
    LiveCandidates NONE = stream -> List.of();

    /**
     * A source.
     *
     * @param address where it is asked
     * @param stream the stream's name there
     * @param nodes the nodes that its packets would come through, its own first; as far as known
     * @param live whether it says that it has the stream; otherwise it may have it since a moment ago
     */
    record Candidate(PeerAddress address, StreamKey stream, List<String> nodes, boolean live) {
        public Candidate {
            nodes = List.copyOf(nodes);
        }
    }

    /** The sources that work and may have a stream, the current one first, then those that say so. */
    List<Candidate> of(StreamKey stream);
}
