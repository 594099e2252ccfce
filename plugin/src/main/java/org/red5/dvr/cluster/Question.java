package org.red5.dvr.cluster;

import java.time.Duration;

/**
 * How a peer's question came.
 *
 * @param route the way it has come
 * @param patience how long the peer waits for the answer
 */
public record Question(Route route, Duration patience) {}
