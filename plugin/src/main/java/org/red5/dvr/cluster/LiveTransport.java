package org.red5.dvr.cluster;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.timeline.StreamKey;

/** Opens live streams of peers. Any thread may call; nothing here blocks. */
public interface LiveTransport {
    /**
     * Asks a peer for a stream.
     *
     * @param patience how long to wait for the reply's head
     * @return fails with an {@link java.io.IOException} when there is none in time, or it says that the stream is not live
     */
    CompletableFuture<LivePeerReply> openLive(PeerAddress peer, StreamKey stream, Route route, Duration patience);
}
