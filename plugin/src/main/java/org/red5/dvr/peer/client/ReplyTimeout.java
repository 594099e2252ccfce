package org.red5.dvr.peer.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Fails one reply that does not come in time, or stops in the middle. Any thread may call. */
public final class ReplyTimeout {
    /** So long a body may stand still. */
    public static final Duration STALL = Duration.ofSeconds(1);
    /** So long a body may take that does not stand still. */
    private static final Duration MOST_BODY = Duration.ofSeconds(30);

    private final CompletableFuture<?> reply;
    private final Executor executor;
    private volatile long headNanos;
    private volatile long lastSeenNanos;

    @GuardedBy("this")
    private CompletableFuture<Void> alarm = new CompletableFuture<>();

    /**
     * @param reply failed when the time is over; nothing is waited for any more once it is done
     * @param executor fails it
     */
    ReplyTimeout(CompletableFuture<?> reply, Executor executor) {
        this.reply = reply;
        this.executor = executor;
        reply.whenComplete((done, failure) -> stop());
    }

    /** Waits so long from now on, whatever was waited for before. */
    void begin(Duration timeout) {
        long millis = timeout.toMillis();
        set(millis, () -> fail(new HttpTimeoutException("no answer within " + millis + " ms")));
    }

    /** From now on it is the body that is waited for. */
    void headCame() {
        headNanos = System.nanoTime();
        lastSeenNanos = headNanos;
        set(STALL.toMillis(), this::look);
    }

    /** A part of the body came. */
    void bytesCame() {
        lastSeenNanos = System.nanoTime();
    }

    private void look() {
        long nowNanos = System.nanoTime();
        long restMillis = STALL.toMillis() - TimeUnit.NANOSECONDS.toMillis(nowNanos - lastSeenNanos);
        if (restMillis <= 0) {
            fail(new IOException("the answer stopped in the middle"));
        } else if (nowNanos - headNanos > MOST_BODY.toNanos()) {
            fail(new HttpTimeoutException("no whole answer within " + MOST_BODY.toSeconds() + " s"));
        } else {
            set(restMillis, this::look);
        }
    }

    private void fail(IOException why) {
        reply.completeExceptionally(why);
    }

    private synchronized void set(long millis, Runnable then) {
        alarm.cancel(false);
        if (!reply.isDone()) {
            alarm = new CompletableFuture<>();
            alarm.completeOnTimeout(null, millis, TimeUnit.MILLISECONDS).thenRunAsync(then, executor);
        }
    }

    private synchronized void stop() {
        alarm.cancel(false);
    }
}
