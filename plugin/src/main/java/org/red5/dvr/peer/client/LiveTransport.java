package org.red5.dvr.peer.client;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.peer.Route;
import org.red5.dvr.timeline.StreamKey;

/** Opens live streams of peers. Any thread may call; nothing here blocks. */
public interface LiveTransport {
    /** Of a server that has no peers. */
    LiveTransport NONE = (peer, stream, route, timeout) ->
            CompletableFuture.failedFuture(new IOException("this server has no cluster_key"));

    /**
     * Opens a peer's live stream, which then comes for as long as it is live and the peer is there: its reader has to see
     * that something comes.
     *
     * @param timeout how long to wait for the reply's head
     * @return fails with an {@link IOException} when there is none in time, or another than 200
     */
    CompletableFuture<LivePeerReply> openLive(PeerAddress peer, StreamKey stream, Route route, Duration timeout);
}
