package org.red5.dvr.webapp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
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
 * Sends to one client what a publisher gives, as fast as the client takes it and no faster, without a thread that waits. A
 * client that takes nothing for as long as the container allows is cut off.
 *
 * <p>The publisher's and the container's threads come at any time; one of them writes at a time, and the others leave it to
 * that one, so that no lock is held while the container is called.
 */
final class StreamAnswer implements Flow.Subscriber<ByteBuffer>, WriteListener, AsyncListener {
    private static final Logger LOG = LoggerFactory.getLogger(StreamAnswer.class);

    /** So many buffers may wait for the client here. */
    private static final int MOST_WAITING = 16;

    private final AsyncContext async;
    private final ServletOutputStream out;
    private final Queue<ByteBuffer> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile boolean started;
    private volatile boolean ended;
    private volatile Flow.Subscription subscription = new None();
    /** Whether the container may hold bytes back. Used by the thread that writes. */
    private boolean held = true;

    private StreamAnswer(AsyncContext async, ServletOutputStream out) {
        this.async = async;
        this.out = out;
    }

    /** Begins to send; the head must be set already. */
    static void begin(HttpServletRequest request, HttpServletResponse response, Flow.Publisher<ByteBuffer> body)
            throws IOException {
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        StreamAnswer answer = new StreamAnswer(async, response.getOutputStream());
        async.addListener(answer);
        response.getOutputStream().setWriteListener(answer);
        body.subscribe(answer);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (over.get()) {
            given.cancel();
        } else {
            given.request(MOST_WAITING);
        }
    }

    @Override
    public void onNext(ByteBuffer buffer) {
        waiting.add(buffer);
        write();
    }

    @Override
    public void onComplete() {
        ended = true;
        write();
    }

    /** Said by the publisher, and by the container when the client is gone. */
    @Override
    public void onError(Throwable failure) {
        LOG.debug("A stream to a client breaks off: {}", failure.toString());
        end();
    }

    @Override
    public void onWritePossible() {
        started = true;
        write();
    }

    /** Writes all that can be, unless another thread does so already: that one goes round once more then. */
    private void write() {
        if (calls.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        while (seen != 0) {
            try {
                writeWaiting();
            } catch (IOException e) {
                onError(e);
            }
            seen = calls.addAndGet(-seen);
        }
    }

    private void writeWaiting() throws IOException {
        while (started && !over.get() && out.isReady()) {
            ByteBuffer next = waiting.poll();
            if (next != null) {
                write(next.duplicate());
                held = true;
                subscription.request(1);
            } else if (held) {
                held = false;
                out.flush();
            } else {
                if (ended && waiting.isEmpty()) {
                    end();
                }
                return;
            }
        }
    }

    private void write(ByteBuffer buffer) throws IOException {
        if (buffer.hasArray()) {
            out.write(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
        } else {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            out.write(bytes);
        }
    }

    private void end() {
        if (over.compareAndSet(false, true)) {
            subscription.cancel();
            waiting.clear();
            try {
                async.complete();
            } catch (IllegalStateException e) {
                LOG.debug("The container has ended a stream already: {}", e.toString());
            }
        }
    }

    @Override
    public void onError(AsyncEvent event) {
        end();
    }

    @Override
    public void onComplete(AsyncEvent event) {
        if (over.compareAndSet(false, true)) {
            subscription.cancel();
        }
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        end();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}

    /** Before the publisher gives one. */
    private static final class None implements Flow.Subscription {
        @Override
        public void request(long buffers) {}

        @Override
        public void cancel() {}
    }
}
