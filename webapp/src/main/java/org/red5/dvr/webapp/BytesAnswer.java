package org.red5.dvr.webapp;

import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
 * Sends a body of known length to one client, whole or piece by piece, as fast as it comes and the client takes it, and without a thread that waits. A client that
 * takes nothing for as long as the container allows is cut off, and so is a slow one when its memory is needed; a body that does not come
 * to its end breaks the connection.
 *
 * <p>Threads of the container come when the client can take more and when more has come; one of them writes at a time, and the others
 * leave it to that one.
 */
final class BytesAnswer implements WriteListener, AsyncListener {
    /** The container keeps a copy of one piece for each client. */
    static final int PIECE_BYTES = 32 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(BytesAnswer.class);
    private static final String BROKEN = BytesAnswer.class.getName();

    private final HttpServletRequest request;
    private final AsyncContext async;
    private final ServletOutputStream out;
    private final AnswerMemory memory;
    private final long lengthBytes;
    private final Pieces pieces;
    private final long begunNanos = System.nanoTime();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger calls = new AtomicInteger();
    /** Whether a thread has been asked for that writes what has come. */
    private final AtomicBoolean asked = new AtomicBoolean();

    private volatile boolean started;
    /** Nothing when the answer is cut off, so that its memory is free. */
    private volatile Body body;
    /** Where the body begins in the answer. */
    private volatile long bodyOffset;

    private volatile long position;
    /** The piece that was asked for last. */
    private volatile CompletableFuture<Body> next = new CompletableFuture<>();
    /** Whether that has not come. */
    private volatile boolean isNextAsked;

    private volatile boolean cutOff;
    /** Whether the container may hold bytes back. Used by the thread that writes. */
    private boolean held = true;

    /** Gives the body of an answer piece by piece, each when the one before is sent. */
    interface Pieces {
        /** The bytes from a position on, at least one; to be closed by who gets them. Completed later where they come from other servers. */
        CompletableFuture<Body> from(long position);
    }

    private BytesAnswer(
            HttpServletRequest request,
            AsyncContext async,
            ServletOutputStream out,
            AnswerMemory memory,
            Body body,
            long lengthBytes,
            Pieces pieces) {
        this.request = request;
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
     * @param body the first piece, which the memory has let in
     * @param lengthBytes of all pieces
     */
    static void begin(
            HttpServletRequest request,
            HttpServletResponse response,
            AnswerMemory memory,
            Body body,
            long lengthBytes,
            Pieces pieces)
            throws IOException {
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        BytesAnswer answer =
                new BytesAnswer(request, async, response.getOutputStream(), memory, body, lengthBytes, pieces);
        memory.begins(answer);
        async.addListener(answer);
        body.listen(answer::moreCame);
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
        Body given = body;
        body = Body.OfMemory.NOTHING;
        given.close();
    }

    /** Whether a request is served once more only to break its connection. */
    static boolean isBroken(HttpServletRequest request) {
        return request.getAttribute(BROKEN) != null;
    }

    @Override
    public void onWritePossible() throws IOException {
        started = true;
        write();
    }

    /** Has a thread of the container write it: whoever brings the bytes has others to tell. */
    private void moreCame() {
        if (asked.compareAndSet(false, true)) {
            try {
                async.start(this::writeMore);
            } catch (IllegalStateException | RejectedExecutionException e) {
                LOG.debug("A reply is over: {}", e.toString());
            }
        }
    }

    private void writeMore() {
        asked.set(false);
        try {
            write();
        } catch (IOException | RuntimeException e) {
            LOG.debug("A reply breaks off: {}", e.toString());
            breakOff();
        }
    }

    /** Out of its own threads the container ends a reply well, whatever its length was to be: so it has to fail in serving it. */
    private void breakOff() {
        if (release()) {
            request.setAttribute(BROKEN, true);
            try {
                async.dispatch("/broken");
            } catch (IllegalStateException e) {
                LOG.debug("The container has ended a reply already: {}", e.toString());
            }
        }
    }

    /** Writes all that can be, unless another thread does so already: that one goes round once more then. */
    private void write() throws IOException {
        if (!started || calls.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        while (seen != 0) {
            writeReadable();
            seen = calls.addAndGet(-seen);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void writeReadable() throws IOException {
        while (!over.get() && out.isReady()) {
            Body now = body;
            if (cutOff) {
                throw new IOException("the client is too slow, and its memory is needed");
            }
            long at = position - bodyOffset;
            boolean isSent = at == now.lengthBytes();
            long readable = isSent ? 0 : now.readableBytes(at);
            if (readable > 0) {
                int piece = (int) Math.min(PIECE_BYTES, readable);
                now.write(out, at, piece);
                position += piece;
                held = true;
            } else if (isSent && position < lengthBytes && !isNextAsked) {
                askNext();
            } else if (held && !(isNextAsked && position == 0)) {
                held = false;
                out.flush();
            } else if (position < lengthBytes) {
                return;
            } else {
                end();
            }
        }
    }

    /** Goes on with the next piece, at once where it is there. */
    private void askNext() throws IOException {
        memory.ends(this);
        body.close();
        body = Body.OfMemory.NOTHING;
        bodyOffset = position;
        isNextAsked = true;
        CompletableFuture<Body> asking = pieces.from(position);
        next = asking;
        if (over.get()) {
            asking.cancel(false);
        }
        if (asking.isDone() && !asking.isCompletedExceptionally()) {
            take(asking.join());
            return;
        }
        asking.whenComplete((piece, failure) -> {
            try {
                if (piece == null) {
                    throw new IOException("the next bytes do not come: " + failure);
                }
                take(piece);
                moreCame();
            } catch (IOException | RuntimeException e) {
                // Nobody else would end it on this thread.
                LOG.debug("A reply breaks off: {}", e.toString());
                breakOff();
            }
        });
    }

    private void take(Body piece) throws IOException {
        if (!memory.hasRoomFor(piece)) {
            piece.close();
            throw new IOException("there is no memory for the next bytes");
        }
        piece.listen(this::moreCame);
        body = piece;
        memory.begins(this);
        isNextAsked = false;
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
