package org.red5.dvr.cluster.members;

import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.timeline.StreamKey;

/**
 * A source of one stream.
 *
 * @param peer that it comes from
 * @param stream the stream's name there
 * @param policy which servers its archive is asked from
 */
public record StreamSource(PeerAddress peer, StreamKey stream, RemoteDvr policy) {}
