package org.red5.dvr.webapp;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.servlet.AsyncContext;
import javax.servlet.AsyncEvent;
import javax.servlet.AsyncListener;
import javax.servlet.ServletOutputStream;
import javax.servlet.WriteListener;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a body of known length to one client, as fast as the client takes it and without a thread that waits. A client that takes
 * nothing for as long as the container allows is cut off, and so is a slow one when its memory is needed.
 */
final class BytesAnswer implements WriteListener, AsyncListener {
    /** The container keeps a copy of one piece for each client. */
    static final int PIECE_BYTES = 32 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(BytesAnswer.class);

    private final AsyncContext async;
    private final ServletOutputStream out;
    private final AnswerMemory memory;
    private final long lengthBytes;
    private final long begunNanos = System.nanoTime();
    private final AtomicBoolean over = new AtomicBoolean();
    /** Nothing when the answer is cut off, so that its memory is free. */
    private volatile Body body;

    private volatile long position;
    private volatile boolean cutOff;
    /** Whether the container may hold bytes back. Used by the container's threads, one at a time. */
    private boolean flushed;

    private BytesAnswer(AsyncContext async, ServletOutputStream out, AnswerMemory memory, Body body) {
        this.async = async;
        this.out = out;
        this.memory = memory;
        this.body = body;
        this.lengthBytes = body.lengthBytes();
    }

    /**
     * Begins to send; the head must be set already. Closes the body in the end.
     *
     * @param memory has let the body in
     */
    static void begin(HttpServletRequest request, HttpServletResponse response, AnswerMemory memory, Body body)
            throws IOException {
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        BytesAnswer answer = new BytesAnswer(async, response.getOutputStream(), memory, body);
        memory.begins(answer);
        async.addListener(answer);
        response.getOutputStream().setWriteListener(answer);
    }

    Body body() {
        return body;
    }

    /** How fast the client is: bytes a second since it began. */
    double bytesPerSecond(long nowNanos) {
        return position * 1e9 / Math.max(1, nowNanos - begunNanos);
    }

    long ageNanos(long nowNanos) {
        return nowNanos - begunNanos;
    }

    /** Lets go of the body; the connection is closed when the client takes the next bytes, or the container gives up. */
    void cutOff() {
        cutOff = true;
        body = Body.NOTHING;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void onWritePossible() throws IOException {
        while (!over.get() && out.isReady()) {
            Body now = body;
            if (cutOff) {
                throw new IOException("the client is too slow, and its memory is needed");
            }
            if (position < lengthBytes) {
                int piece = (int) Math.min(PIECE_BYTES, lengthBytes - position);
                now.write(out, position, piece);
                position += piece;
            } else if (!flushed) {
                flushed = true;
                out.flush();
            } else {
                end();
            }
        }
    }

    /** Said by the container when the client is gone, or a piece could not be read. */
    @Override
    public void onError(Throwable failure) {
        LOG.debug("A reply breaks off: {}", failure.toString());
        end();
    }

    private void end() {
        if (release()) {
            try {
                async.complete();
            } catch (IllegalStateException e) {
                LOG.debug("The container has ended a reply already: {}", e.toString());
            }
        }
    }

    private boolean release() {
        boolean isFirst = over.compareAndSet(false, true);
        if (isFirst) {
            memory.ends(this);
            body.close();
        }
        return isFirst;
    }

    @Override
    public void onComplete(AsyncEvent event) {
        release();
    }

    @Override
    public void onError(AsyncEvent event) {
        end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        end();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
}
