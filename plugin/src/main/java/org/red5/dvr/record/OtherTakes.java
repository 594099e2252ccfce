package org.red5.dvr.record;

import org.red5.dvr.timeline.StreamKey;

/** Says which numbers takes of other servers have, as far as that is known here at once. Any thread may call; nothing blocks. */
public interface OtherTakes {
    /** Where no other server records. */
    OtherTakes NONE = (stream, number) -> false;

    /** A publish of a stream begins: its first take will want to know. */
    default void publishBegins(StreamKey stream) {}

    /** Whether a segment of a stream is known elsewhere by a number. */
    boolean have(StreamKey stream, long number);
}
