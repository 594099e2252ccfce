package org.red5.dvr.timeline;

import java.util.Optional;

/**
 * A stream that can be had, or could before the servers that have it stopped answering.
 *
 * @param live whether it comes in now
 * @param span from its first to its last segment anywhere; empty when there is none yet, or none is known of
 * @param reachable whether any server that answers has it; otherwise it is known from before
 */
public record StreamListing(StreamKey stream, boolean live, Optional<UtcRange> span, boolean reachable) {
    /** One that can be had. */
    public StreamListing(StreamKey stream, boolean live, Optional<UtcRange> span) {
        this(stream, live, span, true);
    }

    /** The same when no server that has it answers any more. */
    public StreamListing unreachable() {
        return new StreamListing(stream, false, span, false);
    }
}
