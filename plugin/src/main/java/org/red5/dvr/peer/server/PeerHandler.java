package org.red5.dvr.peer.server;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.http.Conditional;
import org.red5.dvr.http.Content;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.LaterReply;
import org.red5.dvr.http.Query;
import org.red5.dvr.http.RefusalLog;
import org.red5.dvr.http.Reply;
import org.red5.dvr.http.RequestHandler;
import org.red5.dvr.http.StreamReply;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.LiveSource;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.peer.wire.FollowReplyBytes;
import org.red5.dvr.peer.wire.HourListingJson;
import org.red5.dvr.peer.wire.PeerSignature;
import org.red5.dvr.peer.wire.PeerStatusJson;
import org.red5.dvr.peer.wire.PeerStreamsJson;
import org.red5.dvr.peer.wire.Protocol;
import org.red5.dvr.peer.wire.RouteHeaders;
import org.red5.dvr.peer.wire.SignedRequest;
import org.red5.dvr.peer.wire.Verdict;
import org.red5.dvr.peer.wire.WireNames;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.ServerName;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.util.Crc32c;
import org.red5.dvr.util.Futures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the servers of the cluster, and no others; {@code docs/peer-interface.md} is its page. Any thread may call it; a call
 * may read this server's disks, and never waits for another server or for something to happen.
 */
public final class PeerHandler implements RequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(PeerHandler.class);

    private static final String JSON_TYPE = "application/json";
    private static final String BYTES_TYPE = "application/octet-stream";
    private static final String MEDIA_TYPE = "video/mp4";
    private static final String LIVE_TYPE = "video/x-flv";
    /** Kept by the server that asked, not by whatever stands between: no other may have it. */
    private static final String FOR_EVER = "private, max-age=31536000, immutable";

    private static final String UNREADABLE = "The server could not read its recording.";
    private static final Header NO_STORE = new Header("Cache-Control", "no-store");
    private static final Header ALLOW = new Header("Allow", "GET");
    private static final Header RETRY = new Header("Retry-After", "1");
    private static final int MOST_HOURS = 1_000;
    private static final long DEFAULT_WAIT_MILLIS = 1_000;
    private static final long MOST_WAIT_MILLIS = 60_000;

    private final String node;
    private final Identities identities;
    private final PeerSignature signature;
    private final Supplier<PeerStatus> status;
    private final PeerApi own;
    private final PeerApi chain;
    private final LiveSource live;
    private final RefusalLog refusals;

    /**
     * @param identities knows this server's, and is told of those that ask
     * @param status from memory, at once
     * @param own answers for what this server holds
     * @param chain answers for that and what its sources hold
     */
    public PeerHandler(
            Identities identities,
            PeerSignature signature,
            Supplier<PeerStatus> status,
            PeerApi own,
            PeerApi chain,
            LiveSource live,
            Clock clock) {
        this.node = identities.node();
        this.identities = identities;
        this.signature = signature;
        this.status = status;
        this.own = own;
        this.chain = chain;
        this.live = live;
        this.refusals = new RefusalLog(clock);
    }

    /** Whether a path, below the web application and as sent, is one of the peer interface, whether there is one or not. */
    public static boolean isFor(String rawPath) {
        return rawPath.equals("/peer") || rawPath.startsWith("/peer/");
    }

    /** The reply of a server that has no cluster key, and so no peers. */
    public static HttpReply noPeers() {
        return HttpReply.sentence(404, "This server has no peers.");
    }

    @Override
    public Reply handle(HttpRequest request) {
        SignedRequest signed =
                SignedRequest.of(request.method(), request.rawPath(), request.rawQuery(), request.headers());
        Verdict verdict = signature.check(signed, request.headers().apply("Authorization"));
        if (verdict == Verdict.OTHER_VERSION) {
            return otherVersion(request);
        }
        if (verdict != Verdict.GOOD) {
            // A server that is asked for the first time says which it is; that is nothing to report.
            if (verdict != Verdict.UNDIRECTED) {
                refusals.refused("a request to the peer interface is refused: " + verdict.why(), request.client());
            }
            return HttpReply.sentence(401, "This is for the servers of a cluster.")
                    .with(List.of(new Header("WWW-Authenticate", signature.challenge(verdict))));
        }
        if (!request.method().equals("GET")) {
            return named(HttpReply.sentence(405, "Peers only GET.").with(List.of(ALLOW)));
        }
        try {
            Optional<PeerPath> path = PeerPath.parse(request.rawPath());
            return path.isEmpty() ? unknown() : answer(request, path.get());
        } catch (MalformedPathException | IllegalArgumentException e) {
            LOG.debug("{} asks what cannot be asked: {}", request.client(), e.getMessage());
            return named(HttpReply.sentence(400, String.valueOf(e.getMessage())));
        }
    }

    /** One of the cluster that has another version is told so, whatever it asks. */
    private HttpReply otherVersion(HttpRequest request) {
        PeerSignature.signer(request.header("Authorization").orElse("")).ifPresent(signer -> {
            String differs = Protocol.differs(signer.version());
            identities.refused(signer.node(), request.client(), differs);
            refusals.refused(signer.node() + ' ' + differs, request.client());
        });
        return named(HttpReply.sentence(
                        Protocol.OTHER_VERSION_STATUS,
                        "The peer interface has version " + Protocol.VERSION
                                + " here: the older server has to be updated."))
                .with(List.of(new Header(Protocol.SPOKEN, Integer.toString(Protocol.VERSION))));
    }

    @Override
    public HttpReply lost(HttpRequest request, FileRegion region, String why) {
        LOG.error("cannot send bytes of {} to a peer: {}", region.file(), why);
        return named(HttpReply.sentence(500, UNREADABLE));
    }

    private HttpReply unknown() {
        return named(HttpReply.sentence(404, "There is nothing of that name in this version."));
    }

    private Reply answer(HttpRequest request, PeerPath path) throws MalformedPathException {
        Asked asked = new Asked(request, path, Query.parse(request.rawQuery()), question(request));
        return switch (path.kind()) {
            case STATUS -> status(asked);
            case STREAMS -> later(asked.store().streams(), streams -> json(PeerStreamsJson.render(streams)));
            case HOURS -> hours(asked);
            case INDEX -> index(asked);
            case INIT -> init(asked);
            case SEGMENT -> segment(asked);
            case FOLLOW -> follow(asked);
            case LIVE -> live(asked);
        };
    }

    private static Question question(HttpRequest request) {
        long waitMillis = RouteHeaders.waitMillis(request.headers(), DEFAULT_WAIT_MILLIS);
        return new Question(
                RouteHeaders.route(request.headers()), Duration.ofMillis(Math.min(waitMillis, MOST_WAIT_MILLIS)));
    }

    /** A question, taken apart. */
    private final class Asked {
        private final HttpRequest request;
        private final PeerPath path;
        private final Query query;
        private final Question question;

        Asked(HttpRequest request, PeerPath path, Query query, Question question) {
            this.request = request;
            this.path = path;
            this.query = query;
            this.question = question;
        }

        Question question() {
            return question;
        }

        TakeStore store() {
            boolean isChain = query.get("scope")
                    .flatMap(WireNames.SCOPES::parse)
                    .filter(Scope.CHAIN::equals)
                    .isPresent();
            return (isChain ? chain : own).to(question);
        }

        /** The answer has to arrive before the asker gives up. */
        Duration untilNoNews() {
            return question.timeout().multipliedBy(9).dividedBy(10);
        }

        long number(String name) throws MalformedPathException {
            return PeerPath.number(query.get(name).orElse(""));
        }

        boolean isSet(String name) {
            return query.get(name).filter("1"::equals).isPresent();
        }
    }

    private HttpReply status(Asked asked) {
        Optional<InstanceId> instance = asked.query.get("instance").flatMap(InstanceId::parse);
        asked.query
                .get("node")
                .filter(ServerName::isName)
                .ifPresent(name -> instance.ifPresent(id -> identities.asked(name, id, asked.request.client())));
        PeerStatus now = status.get();
        boolean isKnown = asked.query.get("tag").filter(now.tag()::equals).isPresent();
        return json(PeerStatusJson.render(isKnown ? now.withoutStreams() : now));
    }

    private Reply hours(Asked asked) throws MalformedPathException {
        StreamKey stream = asked.path.stream(0);
        long from = PeerPath.hour(asked.number("from"));
        long to = PeerPath.hour(asked.number("to"));
        if (to < from || to - from >= MOST_HOURS) {
            throw new MalformedPathException("There are at most " + MOST_HOURS + " hours in one list.");
        }
        return later(
                asked.store().hours(stream, from, to),
                found -> found.map(listing -> json(HourListingJson.render(listing)))
                        .orElseGet(this::nothing));
    }

    private Reply index(Asked asked) throws MalformedPathException {
        StreamKey stream = asked.path.stream(2);
        long hour = asked.path.hour(2);
        TakeId take = asked.path.take(1);
        Optional<String> digest = asked.query.get("digest");
        if (digest.isEmpty()) {
            int from = (int) Math.min(Integer.MAX_VALUE, Math.max(0, asked.number("from")));
            return later(
                    asked.store().openIndex(stream, hour, take, from),
                    found -> found.map(index -> reply(BYTES_TYPE, NO_STORE, index.node(), bytes(index)))
                            .orElseGet(this::nothing));
        }
        return later(
                asked.store().closedIndex(stream, hour, take, digest.get()),
                found -> found.map(index ->
                                immutable(asked, BYTES_TYPE, digest.get(), index.node(), new InMemory(bytes(index))))
                        .orElseGet(this::nothing));
    }

    /** As servers tell each other: what is not here is marked. */
    private static byte[] bytes(IndexReply reply) {
        return reply.index().toMarkedBytes();
    }

    private Reply init(Asked asked) throws MalformedPathException {
        TakeId take = asked.path.take(1);
        return later(
                asked.store().initSegment(asked.path.stream(1), take),
                found -> found.map(init -> immutable(asked, MEDIA_TYPE, take + "-init", init.node(), init.bytes()))
                        .orElseGet(this::nothing));
    }

    private Reply segment(Asked asked) throws MalformedPathException {
        TakeId take = asked.path.take(2);
        long number = asked.path.number(1);
        return later(
                asked.store().segment(asked.path.stream(2), take, number),
                found -> found.map(segment -> immutable(
                                        asked, MEDIA_TYPE, take + "-" + number, segment.node(), segment.bytes())
                                .with(List.of(new Header(Protocol.CRC, Crc32c.text(segment.crc())))))
                        .orElseGet(this::nothing));
    }

    private Reply follow(Asked asked) throws MalformedPathException {
        FollowRequest request = new FollowRequest(
                asked.path.stream(0),
                PeerPath.segmentNumber(asked.number("after")),
                asked.isSet("live"),
                asked.isSet("media"));
        return later(
                asked.store().follow(request, asked.untilNoNews()),
                found -> found.map(news -> news.isNewTo(request)
                                ? news(news)
                                : named(new HttpReply(204, List.of(NO_STORE), -1, Optional.empty())))
                        .orElseGet(this::nothing));
    }

    private HttpReply news(FollowReply news) {
        return reply(BYTES_TYPE, NO_STORE, node, FollowReplyBytes.render(news));
    }

    private Reply live(Asked asked) throws MalformedPathException {
        List<Header> headers =
                List.of(new Header("Content-Type", LIVE_TYPE), NO_STORE, new Header(Protocol.NODE, node));
        return live.open(asked.path.stream(0), asked.question().route())
                .<Reply>map(body -> new StreamReply(200, headers, body))
                .orElseGet(this::nothing);
    }

    private HttpReply nothing() {
        return named(HttpReply.sentence(404, "There is nothing like that here."));
    }

    private HttpReply json(byte[] text) {
        return reply(JSON_TYPE, NO_STORE, node, text);
    }

    private static HttpReply reply(String type, Header cacheControl, String holder, byte[] bytes) {
        List<Header> headers =
                List.of(new Header("Content-Type", type), cacheControl, new Header(Protocol.NODE, holder));
        return new HttpReply(200, headers, bytes.length, Optional.of(new InMemory(bytes)));
    }

    private static HttpReply immutable(Asked asked, String type, String tag, String holder, MediaBytes bytes) {
        Content content = Content.of(type, '"' + tag + '"', FOR_EVER, bytes, List.of());
        return Conditional.reply(asked.request, content).with(List.of(new Header(Protocol.NODE, holder)));
    }

    private HttpReply named(HttpReply reply) {
        return reply.with(List.of(new Header(Protocol.NODE, node)));
    }

    /** The reply at once when the answer is there, and later otherwise; cancelling it cancels the answer. */
    private <T> Reply later(CompletableFuture<T> answer, Function<T, HttpReply> toReply) {
        CompletableFuture<HttpReply> reply = answer.thenApply(toReply).exceptionally(this::failed);
        return LaterReply.unlessDone(reply.isDone() ? reply : Futures.givenUpWith(reply, answer));
    }

    private HttpReply failed(Throwable failure) {
        Throwable cause = Futures.unwrapped(failure);
        if (cause instanceof UnreachableException || cause instanceof CancellationException) {
            return named(HttpReply.sentence(503, "It may be at a server that does not answer.")
                    .with(List.of(RETRY)));
        }
        if (cause instanceof IOException) {
            LOG.error("cannot answer a peer: {}", cause.toString());
            return named(HttpReply.sentence(500, UNREADABLE));
        }
        LOG.error("cannot answer a peer", cause);
        return named(HttpReply.sentence(500, "The server made a mistake."));
    }
}
