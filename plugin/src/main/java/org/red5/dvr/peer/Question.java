package org.red5.dvr.peer;

import java.time.Duration;
import java.util.Optional;
import org.red5.dvr.bytes.ArrivingBytes;

/**
 * How a peer's question came.
 *
 * @param route the way it has come
 * @param timeout how long the peer waits for the answer; for the head of it where the answer is media
 * @param onFirstByte run when media begins to come from another server, if it does
 * @param into where the bytes of a segment go as they come, but for those that are there
 */
public record Question(Route route, Duration timeout, Runnable onFirstByte, Optional<ArrivingBytes> into) {
    public Question(Route route, Duration timeout) {
        this(route, timeout, () -> {});
    }

    public Question(Route route, Duration timeout, Runnable onFirstByte) {
        this(route, timeout, onFirstByte, Optional.empty());
    }
}
