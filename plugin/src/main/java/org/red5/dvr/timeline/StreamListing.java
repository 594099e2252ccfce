package org.red5.dvr.timeline;

import java.util.Optional;

/**
 * A stream that can be had.
 *
 * @param live whether it comes in now
 * @param span from its first to its last segment anywhere; empty when there is none yet
 */
public record StreamListing(StreamKey stream, boolean live, Optional<UtcRange> span) {}
