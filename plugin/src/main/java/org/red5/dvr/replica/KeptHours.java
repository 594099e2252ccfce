package org.red5.dvr.replica;

import org.red5.dvr.timeline.StreamKey;

/** Which hours of a stream this server's limits let it keep. Any thread may call; a call may read the disk. */
@FunctionalInterface
public interface KeptHours {
    /**
     * The earliest hour that is kept, since the Unix epoch: none before it is copied, and what a limit has deleted does not come back.
     */
    long firstKept(StreamKey stream);
}
