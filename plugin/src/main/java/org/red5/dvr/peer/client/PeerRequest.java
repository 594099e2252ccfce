package org.red5.dvr.peer.client;

import java.time.Duration;
import java.util.Optional;
import org.red5.dvr.peer.Route;

/**
 * A request to a peer, before it is signed.
 *
 * @param path below the web application, encoded: {@code /peer/v1/status}
 * @param query encoded, empty when there is none
 * @param route the way of the question
 * @param timeout how long to wait for the whole answer, or with {@code media} for its head
 * @param media is told when the head of the answer comes; after that it may take as long as its bytes do not stand still
 */
public record PeerRequest(String path, String query, Route route, Duration timeout, Optional<MediaListener> media) {
    /** One whose whole answer has to come in time. */
    public PeerRequest(String path, String query, Route route, Duration timeout) {
        this(path, query, route, timeout, Optional.empty());
    }
}
