package org.red5.dvr.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath;

/**
 * Sends signed requests to peers over HTTP/1.1, through one client for all of them, which keeps its connections. Replies come
 * on the threads of the executor, which are few: what is done with them must not block.
 */
public final class HttpPeerTransport implements PeerTransport, LiveTransport {
    /** The path of the web application on every server of a cluster. */
    private static final String WEB_APPLICATION = "/dvr";

    private static final String AUTHORIZATION = "Authorization";
    private static final String NODE = "DVR-Node";
    /** A minute of video at 8 Mbit/s; a segment is seldom longer than ten seconds. */
    private static final int MOST_BODY_BYTES = 64 << 20;

    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final PeerSignature signature;
    private final Executor executor;
    private final HttpClient client;
    private final int mostBodyBytes;

    /**
     * @param executor a few threads for all peers
     */
    public HttpPeerTransport(PeerSignature signature, Executor executor) {
        this(signature, executor, MOST_BODY_BYTES);
    }

    HttpPeerTransport(PeerSignature signature, Executor executor, int mostBodyBytes) {
        this.signature = signature;
        this.executor = executor;
        this.mostBodyBytes = mostBodyBytes;
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
        ReplyPatience patience = new ReplyPatience(reply, executor);
        BodyHandler<byte[]> body = info -> {
            request.comes().ifPresent(comes -> {
                patience.headCame();
                comes.run();
            });
            return new BoundedBody(mostBodyBytes, patience::bytesCame);
        };
        try {
            exchange(peer, request, body, reply, patience)
                    .thenAccept(response ->
                            reply.complete(new PeerReply(response.statusCode(), headers(response), response.body())));
        } catch (IllegalArgumentException e) {
            // A host's name that no URI can hold, such as one with an underscore.
            reply.completeExceptionally(new IOException("not an address that can be asked: " + peer, e));
        }
        return reply;
    }

    @Override
    public CompletableFuture<LivePeerReply> openLive(
            PeerAddress peer, StreamKey stream, Route route, Duration patience) {
        PeerRequest request = new PeerRequest("/peer/v1/live/" + StreamPath.of(stream), "", route, patience);
        CompletableFuture<LivePeerReply> reply = new CompletableFuture<>();
        exchange(peer, request, BodyHandlers.ofPublisher(), reply, new ReplyPatience(reply, executor))
                .thenAccept(response -> {
                    String node = response.headers().firstValue(NODE).orElse("");
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

    /** Sends a request; when nothing comes of it, the reply fails. When the reply is done otherwise, the request is given up. */
    private <T> CompletableFuture<HttpResponse<T>> exchange(
            PeerAddress peer,
            PeerRequest request,
            BodyHandler<T> body,
            CompletableFuture<?> reply,
            ReplyPatience patience) {
        patience.begin(request.patience());
        CompletableFuture<HttpResponse<T>> sent = client.sendAsync(signed(peer, request), body);
        sent.whenComplete((response, failure) -> {
            if (failure != null) {
                reply.completeExceptionally(phrased(failure));
            }
        });
        reply.whenComplete((done, failure) -> sent.cancel(true));
        return sent;
    }

    private HttpRequest signed(PeerAddress peer, PeerRequest request) {
        Map<String, String> route =
                RouteHeaders.of(request.route(), request.patience().toMillis());
        String query = request.query().isEmpty() ? "" : '?' + request.query();
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create("http://" + peer + WEB_APPLICATION + request.path() + query));
        route.forEach(builder::setHeader);
        SignedRequest signed = SignedRequest.of("GET", request.path(), request.query(), route::get);
        return builder.setHeader(AUTHORIZATION, signature.sign(signed)).build();
    }

    private static Map<String, String> headers(HttpResponse<?> response) {
        Map<String, String> headers = new TreeMap<>();
        response.headers().map().forEach((name, values) -> headers.put(name, String.join(",", values)));
        return headers;
    }

    /** A failure whose message is a short phrase for a person. */
    private static IOException phrased(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ConnectException) {
            return new IOException("cannot be connected to", cause);
        }
        return cause instanceof IOException io && io.getMessage() != null
                ? io
                : new IOException("failed: " + cause, cause);
    }

    /** Ends a body that nobody wants. */
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
