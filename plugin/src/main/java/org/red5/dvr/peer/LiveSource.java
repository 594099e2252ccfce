package org.red5.dvr.peer;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Flow;
import org.red5.dvr.timeline.StreamKey;

/** Gives peers what is live. Any thread may call. */
public interface LiveSource {
    /**
     * A stream's live packets as FLV: the codec configurations, then from the last key frame on, until the stream ends or the
     * subscriber cancels. Empty when the stream is live neither here nor at a source that may be asked; where that is not known
     * yet, and none turns out to have it, the body ends before it begins.
     *
     * @param route the way that the question has come
     * @return to be subscribed to once; its buffers are not to be changed; it never blocks the publisher of the stream, and a
     *     subscriber that falls behind goes on at a later key frame
     */
    Optional<Flow.Publisher<ByteBuffer>> open(StreamKey stream, Route route);
}
