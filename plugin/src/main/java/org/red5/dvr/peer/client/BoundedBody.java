package org.red5.dvr.peer.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Collects a reply's body up to a length; what is longer breaks the connection. */
final class BoundedBody extends ReplyBody {
    private final int mostBytes;
    private final List<ByteBuffer> parts = new ArrayList<>();
    private long length;

    /** @param heard run when a part comes */
    BoundedBody(int mostBytes, Runnable heard) {
        super(heard);
        this.mostBytes = mostBytes;
    }

    @Override
    void take(List<ByteBuffer> part) {
        for (ByteBuffer buffer : part) {
            length += buffer.remaining();
            parts.add(buffer);
        }
        if (length > mostBytes) {
            parts.clear();
            body().completeExceptionally(new IOException("a reply of more than " + mostBytes + " bytes"));
        }
    }

    @Override
    public void onError(Throwable failure) {
        parts.clear();
        super.onError(failure);
    }

    @Override
    void end() {
        if (length <= mostBytes) {
            ByteBuffer whole = ByteBuffer.allocate((int) length);
            parts.forEach(whole::put);
            body().complete(whole.array());
        }
        parts.clear();
    }
}
