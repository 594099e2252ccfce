package org.red5.dvr.peer.client;

import java.util.concurrent.CompletableFuture;
import org.red5.dvr.config.PeerAddress;

/** Carries signed requests to peers. Any thread may call; nothing here blocks. */
public interface PeerTransport {
    /**
     * Sends a request. The reply comes on any thread; it is an {@link java.io.IOException} when there is none within
     * {@link PeerRequest#timeout}, or it stops in the middle. Cancelling the future gives the request up.
     */
    CompletableFuture<PeerReply> send(PeerAddress peer, PeerRequest request);
}
