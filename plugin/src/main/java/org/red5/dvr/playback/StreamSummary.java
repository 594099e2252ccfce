package org.red5.dvr.playback;

import java.util.Optional;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

/**
 * A stream in a list of streams.
 *
 * @param stream which
 * @param live whether it is being recorded now
 * @param span from its first to its last segment; empty when there is none yet
 */
public record StreamSummary(StreamKey stream, boolean live, Optional<UtcRange> span) {}
