package org.red5.dvr.playback;

import java.time.Duration;
import java.util.Optional;
import org.red5.dvr.timeline.StreamKey;

/** How far back streams can be watched, as is configured. Any thread may ask. */
@FunctionalInterface
public interface Reach {
    /** How far back a stream's live window reaches. */
    Duration liveWindow(StreamKey stream);

    /** The age at which what this server has recorded of a stream is deleted; empty when there is none. */
    default Optional<Duration> kept(StreamKey stream) {
        return Optional.empty();
    }
}
