package org.red5.dvr.http;

import java.util.concurrent.CompletableFuture;

/**
 * A reply that is not known yet. No thread waits for it.
 *
 * @param reply completed on any thread; cancelled when the client goes away first
 */
public record LaterReply(CompletableFuture<HttpReply> reply) implements Reply {
    /**
     * The reply itself where it is there already.
     *
     * @param reply does not fail, unless it is cancelled later
     */
    public static Reply unlessDone(CompletableFuture<HttpReply> reply) {
        return reply.isDone() ? reply.join() : new LaterReply(reply);
    }
}
