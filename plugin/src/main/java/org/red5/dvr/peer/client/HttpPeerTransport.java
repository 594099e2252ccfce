package org.red5.dvr.peer.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.wire.PeerCall;
import org.red5.dvr.peer.wire.PeerSignature;
import org.red5.dvr.peer.wire.Protocol;
import org.red5.dvr.peer.wire.RouteHeaders;
import org.red5.dvr.peer.wire.SignedRequest;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.util.DaemonThreads;
import org.red5.dvr.util.Futures;

/**
 * Sends signed requests to peers over HTTP/1.1, through one client for all of them, which keeps its connections. Replies come
 * on the threads of the executor, which are few: what is done with them must not block.
 */
public final class HttpPeerTransport implements PeerTransport, LiveTransport {
    /** The path of the web application on every server of a cluster. */
    private static final String WEB_APPLICATION = "/dvr";

    private static final String AUTHORIZATION = "Authorization";
    /** A minute of video at 8 Mbit/s; a segment is seldom longer than ten seconds. */
    private static final int MOST_BODY_BYTES = 64 << 20;

    private static final Duration CONNECT = Duration.ofSeconds(5);

    /** Each name that no name server answers for holds up a thread of its own. */
    private static final Executor LOOKUPS = Executors.newCachedThreadPool(DaemonThreads.named("dvr-names"));

    private final PeerSignature signature;
    private final Executor executor;
    private final HttpClient client;
    private final HostAddresses addresses;
    private final int mostBodyBytes;
    /** The identities of the servers, as they said last. */
    private final Map<PeerAddress, InstanceId> recipients = new ConcurrentHashMap<>();

    /**
     * @param executor a few threads for all peers
     */
    public HttpPeerTransport(PeerSignature signature, Executor executor) {
        this(signature, executor, MOST_BODY_BYTES, InetAddress::getAllByName);
    }

    HttpPeerTransport(PeerSignature signature, Executor executor, int mostBodyBytes, HostAddresses.Lookup lookup) {
        this.signature = signature;
        this.executor = executor;
        this.mostBodyBytes = mostBodyBytes;
        this.addresses = new HostAddresses(lookup, LOOKUPS, System::nanoTime);
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(CONNECT)
                .executor(executor)
                .build();
    }

    @Override
    public CompletableFuture<PeerReply> send(PeerAddress peer, PeerRequest request) {
        CompletableFuture<PeerReply> reply = new CompletableFuture<>();
        ReplyTimeout timeout = new ReplyTimeout(reply, executor);
        BodyHandler<byte[]> body = info -> body(info, request, reply, timeout);
        exchange(
                peer,
                request,
                body,
                reply,
                timeout,
                response -> reply.complete(
                        new PeerReply(response.statusCode(), headers(response.headers()), response.body())));
        return reply;
    }

    private BodySubscriber<byte[]> body(
            HttpResponse.ResponseInfo info,
            PeerRequest request,
            CompletableFuture<PeerReply> reply,
            ReplyTimeout timeout) {
        Optional<MediaListener.Sink> sink = Optional.empty();
        if (request.media().isPresent()) {
            timeout.headCame();
            PeerReply head = new PeerReply(info.statusCode(), headers(info.headers()), new byte[0]);
            try {
                sink = request.media().get().begins(head);
            } catch (IOException e) {
                reply.completeExceptionally(e);
                sink = Optional.of(bytes -> {
                    throw e;
                });
            }
        }
        return sink.<BodySubscriber<byte[]>>map(to -> new SunkBody(to, timeout::bytesCame))
                .orElseGet(() -> new BoundedBody(mostBodyBytes, timeout::bytesCame));
    }

    @Override
    public CompletableFuture<LivePeerReply> openLive(
            PeerAddress peer, StreamKey stream, Route route, Duration timeout) {
        PeerRequest request = new PeerRequest(PeerCall.LIVE.path(StreamPath.of(stream)), "", route, timeout);
        CompletableFuture<LivePeerReply> reply = new CompletableFuture<>();
        ReplyTimeout waits = new ReplyTimeout(reply, executor);
        exchange(peer, request, BodyHandlers.ofPublisher(), reply, waits, response -> {
            String node = response.headers().firstValue(Protocol.NODE).orElse("");
            boolean isLive = response.statusCode() == 200;
            if (!isLive) {
                reply.completeExceptionally(new IOException("answered " + response.statusCode()));
            }
            if (!isLive || !reply.complete(new LivePeerReply(node, response.body()))) {
                response.body().subscribe(new GivenUp());
            }
        });
        return reply;
    }

    /**
     * Sends a request to the first of the peer's addresses that can be connected to; when nothing comes of it, the reply fails. When
     * the reply is done otherwise, the request is given up.
     *
     * @param then takes the response
     */
    private <T> void exchange(
            PeerAddress peer,
            PeerRequest request,
            BodyHandler<T> body,
            CompletableFuture<?> reply,
            ReplyTimeout timeout,
            Consumer<HttpResponse<T>> then) {
        timeout.begin(request.timeout());
        addresses.of(peer).whenComplete((hosts, failure) -> {
            if (failure != null || hosts.isEmpty()) {
                reply.completeExceptionally(new IOException("the name " + peer.host() + " does not resolve", failure));
            } else {
                exchange(new Way(peer, hosts, 0, true), request, body, reply, then);
            }
        });
    }

    /**
     * One of the addresses of a peer.
     *
     * @param hosts all of them, in the order to try them in
     * @param mayBeToldWho whether the request is sent once more when the server says that it is another than was thought
     */
    private record Way(PeerAddress peer, List<String> hosts, int index, boolean mayBeToldWho) {
        boolean isLast() {
            return index == hosts.size() - 1;
        }

        Way next() {
            return new Way(peer, hosts, index + 1, mayBeToldWho);
        }

        Way knowingWho() {
            return new Way(peer, hosts, index, false);
        }

        String host() {
            return hosts.get(index);
        }

        /** By name where that leaves no choice, as a server may answer several names; what no URI can hold goes by address too. */
        URI base() {
            Optional<URI> byName = hosts.size() == 1 ? uri(peer.toString()) : Optional.empty();
            return byName.orElseGet(() -> uri(host() + ':' + peer.port()).orElseThrow());
        }

        private static Optional<URI> uri(String authority) {
            URI uri = URI.create("http://" + authority);
            return Optional.of(uri).filter(parsed -> parsed.getHost() != null);
        }
    }

    private <T> void exchange(
            Way way,
            PeerRequest request,
            BodyHandler<T> body,
            CompletableFuture<?> reply,
            Consumer<HttpResponse<T>> then) {
        if (reply.isDone()) {
            return;
        }
        Optional<InstanceId> to = Optional.ofNullable(recipients.get(way.peer()));
        CompletableFuture<HttpResponse<T>> sent = client.sendAsync(
                signed(way.base(), request, to),
                info -> way.mayBeToldWho()
                                && recipient(info.statusCode(), info.headers()).isPresent()
                        ? BodySubscribers.replacing(null)
                        : body.apply(info));
        sent.whenComplete((response, failure) -> {
            Optional<InstanceId> recipient = failure == null && way.mayBeToldWho()
                    ? recipient(response.statusCode(), response.headers())
                    : Optional.empty();
            if (recipient.isPresent()) {
                recipients.put(way.peer(), recipient.get());
                exchange(way.knowingWho(), request, body, reply, then);
            } else if (failure == null) {
                then.accept(response);
            } else if (isUnconnected(failure) && !way.isLast()) {
                exchange(way.next(), request, body, reply, then);
            } else {
                reply.completeExceptionally(phrased(failure));
            }
        });
        reply.whenComplete((done, failure) -> sent.cancel(true));
    }

    /** Which server it is that does not take a request that is for another. */
    private static Optional<InstanceId> recipient(int status, HttpHeaders headers) {
        return status == 401
                ? headers.firstValue("WWW-Authenticate").flatMap(PeerSignature::recipient)
                : Optional.empty();
    }

    /** Whether no server has seen the request. */
    private static boolean isUnconnected(Throwable failure) {
        Throwable cause = Futures.unwrapped(failure);
        return cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
    }

    private HttpRequest signed(URI base, PeerRequest request, Optional<InstanceId> to) {
        Map<String, String> route =
                RouteHeaders.of(request.route(), request.timeout().toMillis());
        String query = request.query().isEmpty() ? "" : '?' + request.query();
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create(base + WEB_APPLICATION + request.path() + query));
        request.media()
                .map(MediaListener::fromBytes)
                .filter(from -> from > 0)
                .ifPresent(from -> route.put("Range", "bytes=" + from + '-'));
        route.forEach(builder::setHeader);
        SignedRequest signed = SignedRequest.of("GET", request.path(), request.query(), route::get);
        return builder.setHeader(AUTHORIZATION, signature.sign(signed, to)).build();
    }

    private static Map<String, String> headers(HttpHeaders all) {
        Map<String, String> headers = new TreeMap<>();
        all.map().forEach((name, values) -> headers.put(name, String.join(",", values)));
        return headers;
    }

    /** A failure whose message is a short phrase for a person. */
    private static IOException phrased(Throwable failure) {
        Throwable cause = Futures.unwrapped(failure);
        if (cause instanceof HttpConnectTimeoutException) {
            return new IOException("no connection within " + CONNECT.toSeconds() + " s", cause);
        }
        if (cause instanceof ConnectException) {
            return new IOException("cannot be connected to", cause);
        }
        return cause instanceof IOException io && io.getMessage() != null
                ? io
                : new IOException("failed: " + cause, cause);
    }

    /** Ends a body that is not wanted. */
    private static final class GivenUp implements Flow.Subscriber<List<ByteBuffer>> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.cancel();
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onComplete() {}
    }
}
