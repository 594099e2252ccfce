package org.red5.dvr.peer.client;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** A reply's body that is taken as fast as it comes; when it is done before its end, the connection is broken. */
abstract class ReplyBody implements BodySubscriber<byte[]> {
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final Runnable heard;

    private volatile boolean hasEnded;

    /** @param heard run when a part comes */
    ReplyBody(Runnable heard) {
        this.heard = heard;
    }

    /** A part has come. */
    abstract void take(List<ByteBuffer> part);

    /** Done when the body is, or before its end when it is not wanted any more. */
    final CompletableFuture<byte[]> body() {
        return body;
    }

    @Override
    public final CompletionStage<byte[]> getBody() {
        return body;
    }

    /** The whole body has come. */
    abstract void end();

    /** At its end the connection may already be with the next request, which a cancelled subscription would break. */
    @Override
    public final void onSubscribe(Flow.Subscription given) {
        body.whenComplete((bytes, failure) -> {
            if (!hasEnded) {
                given.cancel();
            }
        });
        given.request(Long.MAX_VALUE);
    }

    @Override
    public final void onNext(List<ByteBuffer> part) {
        heard.run();
        take(part);
    }

    @Override
    public void onError(Throwable failure) {
        hasEnded = true;
        body.completeExceptionally(failure);
    }

    @Override
    public final void onComplete() {
        hasEnded = true;
        end();
    }
}
