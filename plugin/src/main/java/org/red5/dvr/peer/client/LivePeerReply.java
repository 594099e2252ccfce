package org.red5.dvr.peer.client;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;

/**
 * A peer's live stream, while it comes.
 *
 * @param node the peer's name, empty when it does not say it
 * @param body FLV, in pieces of any size; must be subscribed to once, and be cancelled when it is not wanted any more
 */
public record LivePeerReply(String node, Flow.Publisher<List<ByteBuffer>> body) {}
