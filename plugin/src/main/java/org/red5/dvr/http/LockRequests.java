package org.red5.dvr.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.timeline.MediaBytes.InMemory;
import org.red5.dvr.timeline.RangeLocks;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;
import org.red5.dvr.timeline.UtcRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests for {@code <app>/<stream>/locks}: GET gives the locked ranges, POST locks one, DELETE unlocks one. Both
 * send {@code {"from", "duration"}} and get all locked ranges back. Any thread may call it.
 */
public final class LockRequests {
    private static final Logger LOG = LoggerFactory.getLogger(LockRequests.class);

    private static final String NAME = "locks";
    private static final String METHODS = "GET, HEAD, POST, DELETE, OPTIONS";
    private static final int MOST_BODY_BYTES = 64 << 10;
    private static final Header ALLOW = new Header("Allow", METHODS);
    private static final List<Header> PREFLIGHT = List.of(
            ALLOW,
            new Header("Access-Control-Allow-Methods", METHODS),
            new Header("Access-Control-Allow-Headers", "Authorization, Content-Type"),
            new Header("Access-Control-Max-Age", "86400"));
    private static final Header CHALLENGE =
            new Header("WWW-Authenticate", "Basic realm=\"Red5 Cluster DVR\", charset=\"UTF-8\"");

    private final RangeLocks locks;
    private final Supplier<Optional<BasicAuth>> editorsNow;

    /**
     * @param editorsNow who may see and change locks, asked at each request; empty: nobody
     */
    public LockRequests(RangeLocks locks, Supplier<Optional<BasicAuth>> editorsNow) {
        this.locks = locks;
        this.editorsNow = editorsNow;
    }

    static boolean isFor(HttpRequest request) {
        return request.rawPath().endsWith('/' + NAME);
    }

    /** Never throws: what goes wrong is told in the reply. */
    HttpReply answer(HttpRequest request) {
        if (request.method().equals("OPTIONS")) {
            return new HttpReply(204, PREFLIGHT, -1, Optional.empty());
        }
        if (!List.of(METHODS.split(", ")).contains(request.method())) {
            return HttpReply.sentence(405, Sentences.quote(request.method()) + " is not one of " + METHODS + '.')
                    .with(List.of(ALLOW));
        }
        Optional<BasicAuth> editors = editorsNow.get();
        if (editors.isEmpty()) {
            return HttpReply.sentence(403, "Nobody may see or change locks: the configuration has no edit_auth.");
        }
        if (request.header("Authorization").filter(editors.get()::admits).isEmpty()) {
            return HttpReply.sentence(401, "Locks need the user and the password of edit_auth.")
                    .with(List.of(CHALLENGE));
        }
        try {
            return authorized(request);
        } catch (MalformedPathException | LockBody.MalformedBodyException e) {
            return HttpReply.sentence(400, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            LOG.error("Cannot answer {}: {}", Sentences.quote(request.rawPath()), e.toString());
            return HttpReply.sentence(500, "The server could not read or write the locks.");
        }
    }

    private HttpReply authorized(HttpRequest request)
            throws MalformedPathException, LockBody.MalformedBodyException, IOException {
        if (!(Resource.parse(request.rawPath()) instanceof Resource.Named named)) {
            return HttpReply.sentence(404, "There is nothing at " + Sentences.quote(request.rawPath()) + '.');
        }
        StreamKey stream = named.stream();
        Optional<List<UtcRange>> locked = switch (request.method()) {
            case "GET", "HEAD" -> locks.locks(stream);
            case "POST" -> locks.lock(stream, range(request));
            default -> locks.unlock(stream, range(request));
        };
        return locked.map(LockRequests::list)
                .orElseGet(() ->
                        HttpReply.sentence(404, "There is no stream " + Sentences.quote(stream.toString()) + " here."));
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

    private static HttpReply list(List<UtcRange> locked) {
        byte[] body = Json.render(json -> {
            json.beginArray();
            for (UtcRange range : locked) {
                json.beginObject();
                json.name("from").value(Json.seconds(range.fromMicros()));
                json.name("duration").value(Json.seconds(range.durationMicros()));
                json.endObject();
            }
            json.endArray();
        });
        List<Header> headers =
                List.of(new Header("Content-Type", "application/json"), new Header("Cache-Control", "no-store"));
        return new HttpReply(200, headers, body.length, Optional.of(new InMemory(body)));
    }
}
