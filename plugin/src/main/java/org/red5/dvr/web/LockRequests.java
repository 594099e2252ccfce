package org.red5.dvr.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.http.BasicAuth;
import org.red5.dvr.http.Cors;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.PasswordGuard;
import org.red5.dvr.http.RefusalLog;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.store.RangeLocks;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.JsonBytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests for {@code <app>/<stream>/locks}: GET gives the locked ranges, POST locks one, DELETE unlocks one. Both
 * send {@code {"from", "duration"}} as JSON and get all locked ranges back. No page of another site can make a browser that knows the
 * password do so. Any thread may call it.
 */
public final class LockRequests {
    private static final Logger LOG = LoggerFactory.getLogger(LockRequests.class);

    private static final List<String> EDITS = List.of("POST", "DELETE");
    private static final Header RETRY_AFTER = new Header("Retry-After", "2");
    private static final int MOST_BODY_BYTES = 64 << 10;
    private static final Header CHALLENGE =
            new Header("WWW-Authenticate", "Basic realm=\"Red5 Cluster DVR\", charset=\"UTF-8\"");

    private final RangeLocks locks;
    private final Supplier<Optional<BasicAuth>> editorsNow;
    private final Cors cors;
    private final PasswordGuard guard;
    private final RefusalLog refusals = new RefusalLog(Clock.systemUTC());

    /**
     * @param editorsNow who may see and change locks, asked at each request; empty: nobody
     * @param cors which pages of other sites may change them
     * @param nanoTime a clock that is never set
     */
    public LockRequests(RangeLocks locks, Supplier<Optional<BasicAuth>> editorsNow, Cors cors, LongSupplier nanoTime) {
        this.locks = locks;
        this.editorsNow = editorsNow;
        this.cors = cors;
        this.guard = new PasswordGuard(nanoTime);
    }

    /** Never throws: what goes wrong is told in the reply. */
    HttpReply answer(Asked asked) {
        HttpRequest request = asked.request();
        Optional<BasicAuth> editors = editorsNow.get();
        if (editors.isEmpty()) {
            return HttpReply.sentence(403, "Nobody may see or change locks: the configuration has no edit_auth.");
        }
        Optional<HttpReply> refusal = refusal(request, editors.get());
        if (refusal.isPresent()) {
            return refusal.get();
        }
        try {
            return authorized(asked);
        } catch (LockBody.MalformedBodyException e) {
            return HttpReply.sentence(400, String.valueOf(e.getMessage()));
        } catch (UnreachableException e) {
            return HttpReply.sentence(503, String.valueOf(e.getMessage())).with(List.of(RETRY_AFTER));
        } catch (IOException e) {
            LOG.error("Cannot answer {}: {}", Sentences.quote(request.rawPath()), e.toString());
            return HttpReply.sentence(500, "The server could not read or write the locks.");
        }
    }

    private Optional<HttpReply> refusal(HttpRequest request, BasicAuth editors) {
        Optional<String> authorization = request.header("Authorization");
        if (authorization.isPresent() && !guard.mayTry(request.client())) {
            return Optional.of(HttpReply.sentence(429, "There were too many wrong passwords from this address.")
                    .with(List.of(RETRY_AFTER)));
        }
        if (authorization.filter(editors::admits).isEmpty()) {
            if (authorization.isPresent()) {
                guard.wasWrong(request.client());
                refusals.refused("a wrong password for locks", request.client());
            }
            return Optional.of(HttpReply.sentence(401, "Locks need the user and the password of edit_auth.")
                    .with(List.of(CHALLENGE)));
        }
        if (!EDITS.contains(request.method())) {
            return Optional.empty();
        }
        if (!cors.mayEdit(request)) {
            return Optional.of(HttpReply.sentence(
                    403,
                    "Pages of " + Sentences.quote(request.header("Origin").orElse("")) + " may not change locks."));
        }
        return request.header("Content-Type").filter(LockRequests::isJson).isPresent()
                ? Optional.empty()
                : Optional.of(HttpReply.sentence(415, "The body of a lock is application/json."));
    }

    private static boolean isJson(String contentType) {
        int parameters = contentType.indexOf(';');
        String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
        return type.trim().toLowerCase(Locale.ROOT).equals("application/json");
    }

    private HttpReply authorized(Asked asked) throws LockBody.MalformedBodyException, IOException {
        HttpRequest request = asked.request();
        StreamKey stream = asked.stream();
        Optional<List<UtcRange>> locked = switch (request.method()) {
            case "GET", "HEAD" -> locks.locks(stream);
            case "POST" -> locks.lock(stream, range(request));
            default -> locks.unlock(stream, range(request));
        };
        return locked.map(ranges -> list(asked, ranges))
                .orElseGet(() ->
                        HttpReply.sentence(404, "There is no stream " + Sentences.quote(stream.fullName()) + " here."));
    }

    private static UtcRange range(HttpRequest request) throws LockBody.MalformedBodyException {
        byte[] body;
        try {
            body = request.body().first(MOST_BODY_BYTES + 1);
        } catch (IOException e) {
            throw new LockBody.MalformedBodyException("The body could not be read.");
        }
        if (body.length > MOST_BODY_BYTES) {
            throw new LockBody.MalformedBodyException("The body is longer than 65536 bytes.");
        }
        return LockBody.parse(new String(body, StandardCharsets.UTF_8));
    }

    private static HttpReply list(Asked asked, List<UtcRange> locked) {
        byte[] body = JsonBytes.render(json -> {
            json.beginArray();
            for (UtcRange range : locked) {
                json.beginObject();
                json.name("from").value(Json.seconds(range.fromMicros()));
                json.name("duration").value(Json.duration(range));
                json.endObject();
            }
            json.endArray();
        });
        return asked.whole(200, Asked.JSON_TYPE, body);
    }
}
