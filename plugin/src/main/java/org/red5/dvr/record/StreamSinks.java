package org.red5.dvr.record;

import java.util.Optional;
import org.red5.dvr.timeline.StreamKey;

/** Says for each stream that is published whether its packets are wanted, and who takes them in. */
public interface StreamSinks {
    /**
     * Opens a sink for a publish that begins, before its first packet. Called on the publisher's receive thread; must
     * not block. A stream that is published again gets a new sink; the old one may still be at work.
     *
     * @return who takes in the packets, empty when the stream is not to be recorded
     */
    Optional<StreamSink> open(StreamKey stream);
}
