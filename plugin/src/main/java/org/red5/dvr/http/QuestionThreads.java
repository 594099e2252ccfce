package org.red5.dvr.http;

import java.io.Closeable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.util.DaemonThreads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers questions that may wait for other servers: on a few threads for each set of servers, so that neither the web server's threads
 * nor viewers of anything else are held up by a server that is slow. Any thread may call.
 */
public final class QuestionThreads implements Closeable {
    static final int THREADS = 16;
    static final int MOST_WAITING = 1_000;
    /** Players have given up by then. */
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger log = LoggerFactory.getLogger(QuestionThreads.class);
    private static final long IDLE_SECONDS = 10;
    private static final Header RETRY_AFTER = new Header("Retry-After", "1");

    private final Map<String, ThreadPoolExecutor> pools = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;

    /**
     * @param nanoTime a clock that is never set
     */
    public QuestionThreads(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * @param servers those that may have to be asked; the configuration bounds how many sets there are
     * @param question may block, and neither throws nor fails; what its reply still waits for then holds no thread
     */
    public CompletableFuture<HttpReply> ask(String servers, Supplier<CompletableFuture<HttpReply>> question) {
        CompletableFuture<HttpReply> reply = new CompletableFuture<>();
        long askedNanos = nanoTime.getAsLong();
        try {
            pools.computeIfAbsent(servers, QuestionThreads::pool).execute(() -> answer(reply, askedNanos, question));
        } catch (RejectedExecutionException e) {
            reply.complete(overloaded());
        }
        return reply;
    }

    private static ThreadPoolExecutor pool(String servers) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MOST_WAITING),
                DaemonThreads.named("dvr-ask " + servers));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    @SuppressWarnings("CatchingUnchecked")
    private void answer(
            CompletableFuture<HttpReply> reply, long askedNanos, Supplier<CompletableFuture<HttpReply>> question) {
        if (reply.isDone()) {
            return;
        }
        try {
            boolean isLate = nanoTime.getAsLong() - askedNanos > TIMEOUT_NANOS;
            if (isLate) {
                reply.complete(overloaded());
            } else {
                question.get().thenAccept(reply::complete);
            }
        } catch (RuntimeException | Error e) {
            log.error("cannot answer a request", e);
            reply.complete(HttpReply.sentence(500, "The server made a mistake."));
        }
    }

    private static HttpReply overloaded() {
        return HttpReply.sentence(503, "Too many wait for the same servers.").with(List.of(RETRY_AFTER));
    }

    @Override
    public void close() {
        pools.values().forEach(ThreadPoolExecutor::shutdownNow);
    }
}
