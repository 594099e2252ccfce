package org.red5.dvr.peer.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Hands a reply's body on as it comes, and keeps nothing; when it is not wanted the connection is broken. */
final class SunkBody extends ReplyBody {
    private final MediaListener.Sink sink;

    /** @param heard run when a part comes */
    SunkBody(MediaListener.Sink sink, Runnable heard) {
        super(heard);
        this.sink = sink;
    }

    @Override
    void take(List<ByteBuffer> part) {
        try {
            for (ByteBuffer buffer : part) {
                if (!body().isDone()) {
                    sink.take(buffer);
                }
            }
        } catch (IOException e) {
            body().completeExceptionally(e);
        }
    }

    @Override
    void end() {
        body().complete(new byte[0]);
    }
}
