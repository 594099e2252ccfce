package org.red5.dvr.store;

import org.red5.dvr.timeline.StreamKey;

/**
 * What a server that follows a stream knows already.
 *
 * @param stream the stream
 * @param afterNumber number of the last segment that is known
 * @param live whether the stream is known to be live
 * @param media whether the segments' bytes are wanted as well
 */
public record FollowRequest(StreamKey stream, long afterNumber, boolean live, boolean media) {}
