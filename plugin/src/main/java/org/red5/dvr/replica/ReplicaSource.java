package org.red5.dvr.replica;

import java.time.Duration;
import java.util.Set;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.StreamKey;

/** A server whose archive is copied, as it says of itself; only what it holds itself counts. Any thread may call; nothing blocks. */
public interface ReplicaSource {
    /** Its name, for people. */
    String name();

    /** Whether it may be asked now. */
    boolean mayBeAsked();

    /** The streams that are in its archive. */
    Set<StreamKey> streams();

    /** Whether a stream is published to it. */
    boolean isLive(StreamKey stream);

    /** Another object when what it said of closed hours may not be true any more, and when it was away. */
    Object stamp();

    /**
     * What it holds.
     *
     * @param patience how long an answer is waited for; for the head of it where it is media
     */
    TakeStore takes(Duration patience);
}
