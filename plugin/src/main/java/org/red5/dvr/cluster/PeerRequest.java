package org.red5.dvr.cluster;

import java.time.Duration;

/**
 * A request to a peer, before it is signed.
 *
 * @param path below the web application, encoded: {@code /peer/v1/status}
 * @param query encoded, empty when there is none
 * @param route the way of the question
 * @param patience how long to wait for the whole answer
 */
public record PeerRequest(String path, String query, Route route, Duration patience) {}
