package org.red5.dvr.peer.client;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** Collects a reply's body up to a length; what is longer breaks the connection. */
final class BoundedBody implements BodySubscriber<byte[]> {
    private final int mostBytes;
    private final Runnable heard;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final List<ByteBuffer> parts = new ArrayList<>();
    private long length;

    /** @param heard run when a part comes */
    BoundedBody(int mostBytes, Runnable heard) {
        this.mostBytes = mostBytes;
        this.heard = heard;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        // Giving up breaks the connection.
        body.whenComplete((bytes, failure) -> given.cancel());
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        heard.run();
        for (ByteBuffer buffer : buffers) {
            length += buffer.remaining();
            parts.add(buffer);
        }
        if (length > mostBytes) {
            parts.clear();
            body.completeExceptionally(new IOException("a reply of more than " + mostBytes + " bytes"));
        }
    }

    @Override
    public void onError(Throwable failure) {
        parts.clear();
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        if (length <= mostBytes) {
            ByteBuffer whole = ByteBuffer.allocate((int) length);
            parts.forEach(whole::put);
            body.complete(whole.array());
        }
        parts.clear();
    }
}
