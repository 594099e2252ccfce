package org.red5.dvr.peer.client;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** Hands a reply's body on as it comes, and keeps nothing; when it is not wanted the connection is broken. */
final class SunkBody implements BodySubscriber<byte[]> {
    private final MediaListener.Sink sink;
    private final Runnable heard;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();

    /** @param heard run when a part comes */
    SunkBody(MediaListener.Sink sink, Runnable heard) {
        this.sink = sink;
        this.heard = heard;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        body.whenComplete((bytes, failure) -> given.cancel());
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        heard.run();
        try {
            for (ByteBuffer buffer : buffers) {
                if (!body.isDone()) {
                    sink.take(buffer);
                }
            }
        } catch (IOException e) {
            body.completeExceptionally(e);
        }
    }

    @Override
    public void onError(Throwable failure) {
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        body.complete(new byte[0]);
    }
}
