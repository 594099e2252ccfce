package org.red5.dvr.webapp;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.servlet.AsyncContext;
import javax.servlet.AsyncEvent;
import javax.servlet.AsyncListener;
import javax.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.LaterReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request whose reply comes later: the container keeps it without a thread, and has it served once more when the reply is
 * known.
 */
final class LaterAnswer implements AsyncListener {
    private static final Logger LOG = LoggerFactory.getLogger(LaterAnswer.class);

    private static final String ATTRIBUTE = LaterAnswer.class.getName();
    /** Longer than anybody may wish to wait. */
    private static final long TIMEOUT_MILLIS = 120_000;

    private final CompletableFuture<HttpReply> reply;
    private final Lost lost;
    private volatile @Nullable HttpReply known;

    /** What is told when a region of a file that a reply is made of cannot be sent. */
    interface Lost {
        HttpReply reply(FileRegion region, String why);
    }

    /** A reply that has come. */
    record Known(HttpReply reply, Lost lost) {}

    private LaterAnswer(CompletableFuture<HttpReply> reply, Lost lost) {
        this.reply = reply;
        this.lost = lost;
    }

    /** The reply to a request that is served once more; empty when it is served for the first time. */
    static Optional<Known> of(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof LaterAnswer later && later.known != null
                ? Optional.of(new Known(later.known, later.lost))
                : Optional.empty();
    }

    /** Lets the container's thread go. */
    static void begin(HttpServletRequest request, LaterReply later, Lost lost) {
        LaterAnswer answer = new LaterAnswer(later.reply(), lost);
        request.setAttribute(ATTRIBUTE, answer);
        AsyncContext async = request.startAsync();
        async.setTimeout(TIMEOUT_MILLIS);
        async.addListener(answer);
        later.reply().whenComplete((reply, failure) -> answer.dispatch(async, reply, failure));
    }

    private void dispatch(AsyncContext async, @Nullable HttpReply reply, @Nullable Throwable failure) {
        if (reply == null) {
            LOG.debug("There is no reply: {}", String.valueOf(failure));
        }
        known = reply == null ? HttpReply.sentence(503, "The server could not answer in time.") : reply;
        try {
            // Any path is this servlet's.
            async.dispatch("/later");
        } catch (IllegalStateException e) {
            LOG.debug("The client is gone: {}", e.toString());
        }
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        reply.cancel(false);
    }

    /** The client is gone. */
    @Override
    public void onError(AsyncEvent event) {
        reply.cancel(false);
    }

    @Override
    public void onComplete(AsyncEvent event) {
        reply.cancel(false);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
}
