package org.red5.dvr.peer;

import java.time.Duration;

/**
 * How a peer's question came.
 *
 * @param route the way it has come
 * @param timeout how long the peer waits for the answer; for the head of it where the answer is media
 * @param onFirstByte run when media begins to come from another server, if it does
 */
public record Question(Route route, Duration timeout, Runnable onFirstByte) {
    public Question(Route route, Duration timeout) {
        this(route, timeout, () -> {});
    }
}
