package org.red5.dvr.webapp;

import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
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

    private static final String BROKEN_OFF = BytesAnswer.class.getName();

    private final AsyncContext async;
    private final ServletOutputStream out;
    private final AnswerMemory memory;
    private final long lengthBytes;
    private final Pieces pieces;
    private final long begunNanos = System.nanoTime();
    private final AtomicBoolean over = new AtomicBoolean();
    /** Nothing when the answer is cut off, so that its memory is free. */
    private volatile Body body;
    /** Where the body begins in the answer. */
    private volatile long bodyOffset;

    private volatile long position;
    /** What is waited for. */
    private volatile CompletableFuture<Body> next = new CompletableFuture<>();

    private volatile boolean cutOff;
    /** Whether the container may hold bytes back. Used by the container's threads, one at a time. */
    private boolean flushed;

    /** Gives the body of an answer piece by piece, each when the one before is sent. */
    interface Pieces {
        /** The bytes from a position on, at least one; to be closed by who gets them. Completed later where they come from other servers. */
        CompletableFuture<Body> from(long position);
    }

    private BytesAnswer(
            AsyncContext async,
            ServletOutputStream out,
            AnswerMemory memory,
            Body body,
            long lengthBytes,
            Pieces pieces) {
        this.async = async;
        this.out = out;
        this.memory = memory;
        this.body = body;
        this.lengthBytes = lengthBytes;
        this.pieces = pieces;
    }

    /**
     * Begins to send; the head must be set already. Closes the body in the end.
     *
     * @param memory has let the body in
     */
    static void begin(HttpServletRequest request, HttpServletResponse response, AnswerMemory memory, Body body)
            throws IOException {
        begin(
                request,
                response,
                memory,
                body,
                body.lengthBytes(),
                position -> CompletableFuture.failedFuture(new EOFException("nothing is behind " + position)));
    }

    /**
     * Begins to send what is found piece by piece; the head must be set already.
     *
     * @param first the first piece, which the memory has let in
     * @param lengthBytes of all pieces
     */
    static void begin(
            HttpServletRequest request,
            HttpServletResponse response,
            AnswerMemory memory,
            Body first,
            long lengthBytes,
            Pieces pieces)
            throws IOException {
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        BytesAnswer answer = new BytesAnswer(async, response.getOutputStream(), memory, first, lengthBytes, pieces);
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
            long left = bodyOffset + now.lengthBytes() - position;
            if (left > 0) {
                int piece = (int) Math.min(PIECE_BYTES, left);
                now.write(out, position - bodyOffset, piece);
                position += piece;
            } else if (position < lengthBytes) {
                if (!goesOn()) {
                    return;
                }
            } else if (!flushed) {
                flushed = true;
                out.flush();
            } else {
                end();
            }
        }
    }

    /** Whether the next piece is there; if it is not, its coming goes on with the answer, on any thread. */
    private boolean goesOn() throws IOException {
        memory.ends(this);
        body.close();
        body = Body.NOTHING;
        bodyOffset = position;
        CompletableFuture<Body> asked = pieces.from(position);
        next = asked;
        if (over.get()) {
            asked.cancel(false);
        }
        if (asked.isDone() && !asked.isCompletedExceptionally()) {
            take(asked.join());
            return true;
        }
        asked.whenComplete((piece, failure) -> {
            try {
                if (piece == null) {
                    throw new IOException("the next bytes do not come: " + failure);
                }
                take(piece);
                onWritePossible();
            } catch (IOException | RuntimeException e) {
                // Nobody else would end it on this thread.
                breakOff(e);
            }
        });
        return false;
    }

    /** Ends a reply that is not all there: the container closes the connection when the servlet fails. */
    private void breakOff(Throwable failure) {
        LOG.debug("A reply breaks off: {}", failure.toString());
        if (release()) {
            try {
                async.getRequest().setAttribute(BROKEN_OFF, true);
                async.dispatch("/later");
            } catch (IllegalStateException e) {
                LOG.debug("The container has ended a reply already: {}", e.toString());
            }
        }
    }

    /** Whether a request is served once more because its reply cannot go on. */
    static boolean isBrokenOff(HttpServletRequest request) {
        return request.getAttribute(BROKEN_OFF) != null;
    }

    private void take(Body piece) throws IOException {
        if (!memory.hasRoomFor(piece)) {
            piece.close();
            throw new IOException("there is no memory for the next bytes");
        }
        body = piece;
        memory.begins(this);
        if (over.get()) {
            memory.ends(this);
            piece.close();
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
            next.cancel(false);
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
