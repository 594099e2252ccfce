package org.red5.dvr.record;

import org.red5.dvr.timeline.StreamKey;

/**
 * Says which numbers takes of other servers have, as far as that is known here at once: asked on the thread that writes
 * the stream, which waits for nobody.
 */
public interface OtherTakes {
    /** Where no other server records. */
    OtherTakes NONE = (stream, number) -> false;

    /** Whether a segment of a stream is known elsewhere by a number. */
    boolean have(StreamKey stream, long number);
}
