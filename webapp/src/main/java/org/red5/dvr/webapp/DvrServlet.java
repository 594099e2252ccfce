package org.red5.dvr.webapp;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.apache.catalina.connector.ClientAbortException;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.Arriving;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.bytes.MediaBytes.Joined;
import org.red5.dvr.bytes.MediaBytes.OnDemand;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.LaterReply;
import org.red5.dvr.http.Reply;
import org.red5.dvr.http.RequestHandler;
import org.red5.dvr.http.StreamReply;
import org.red5.dvr.peer.server.PeerHandler;
import org.red5.dvr.red5.RunningDvr;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.util.Futures;
import org.red5.dvr.web.DvrHandler;
import org.red5.dvr.web.PageFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands requests to the plugin and sends what it replies: files without reading them where that is possible, all that is large without
 * a thread that waits for the client. Bodies of requests are refused where nobody wants them.
 */
public final class DvrServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private static final Logger LOG = LoggerFactory.getLogger(DvrServlet.class);
    /** So much fits in the container's own buffer, and is written at once. */
    private static final int AT_ONCE_BYTES = 8_192;

    private static final RequestHandler NO_PEERS = RequestHandler.of(PeerHandler.noPeers());
    private static final RequestHandler NOT_RUNNING =
            RequestHandler.of(HttpReply.sentence(503, "Red5 Cluster DVR does not run on this server."));
    /** Replies under way may take that share of the heap. */
    private static final int MEMORY_SHARE = 8;

    private final transient Supplier<Optional<DvrHandler>> plugin;
    private final transient Supplier<Optional<PeerHandler>> peers;
    private final transient Sendfile sendfile = new Sendfile();
    private final transient Assets assets = new Assets();
    private final transient RequestHandler page = DvrHandler.ofPage(path -> assets.find(getServletContext(), path));
    private final transient AnswerMemory memory;

    /** For the servlet container. */
    public DvrServlet() {
        this(RunningDvr::viewers, RunningDvr::peers, Runtime.getRuntime().maxMemory() / MEMORY_SHARE);
    }

    /**
     * @param plugin gives the running plugin; empty while the plugin does not run
     * @param peers gives the handler for the servers of the cluster; empty while there is no cluster
     * @param mostBytes how much memory replies may take that clients are slow to read
     */
    DvrServlet(Supplier<Optional<DvrHandler>> plugin, Supplier<Optional<PeerHandler>> peers, long mostBytes) {
        this.plugin = plugin;
        this.peers = peers;
        this.memory = new AnswerMemory(mostBytes);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (BytesAnswer.isBroken(request)) {
            breakOff(response);
            return;
        }
        Optional<LaterAnswer.Known> later = LaterAnswer.of(request);
        if (later.isPresent()) {
            send(request, response, later.get().lost(), later.get().reply());
            return;
        }
        // The raw path: what the container makes of it is decoded once and normalised, and names have slashes in them.
        String path = request.getRequestURI().substring(request.getContextPath().length());
        boolean hasBody = RequestBody.isAnnounced(request);
        if (path.isEmpty() && !hasBody) {
            // The page's links are relative to the folder.
            String query = request.getQueryString() == null ? "" : '?' + request.getQueryString();
            response.sendRedirect(request.getContextPath() + '/' + query);
            return;
        }
        RequestHandler handler = handler(path);
        HttpRequest question = question(request, path);
        Reply reply = hasBody && !handler.mayHaveBody(question) ? HttpReply.bodyRefused() : reply(handler, question);
        if (hasBody && reply instanceof HttpReply whole && !RequestBody.isOver(request)) {
            drop(request, whole);
        } else {
            send(request, response, (region, why) -> handler.lost(question, region, why), reply);
        }
    }

    /** Of a reply whose next bytes do not come: where some are sent, the container closes the connection, as the servlet fails. */
    private static void breakOff(HttpServletResponse response) throws IOException {
        if (response.isCommitted()) {
            // Of its own exceptions this is the one that Tomcat does not log.
            throw new ClientAbortException("the rest of the body does not come");
        }
        response.reset();
        response.setStatus(503);
        response.setHeader("Retry-After", "3");
    }

    /** What answers the requests for a path. */
    private RequestHandler handler(String path) {
        if (PeerHandler.isFor(path)) {
            return peers.get().<RequestHandler>map(running -> running).orElse(NO_PEERS);
        }
        if (PageFile.isFor(path)) {
            return page;
        }
        return plugin.get().<RequestHandler>map(running -> running).orElse(NOT_RUNNING);
    }

    /**
     * Replies, and ends the connection without waiting for the rest of the request: the container does so for a request that is served
     * once more, and not for one that is served at once.
     */
    private static void drop(HttpServletRequest request, HttpReply reply) {
        LOG.debug("A body is not waited for");
        LaterAnswer.begin(
                request, new LaterReply(CompletableFuture.completedFuture(reply.closing())), (region, why) -> reply);
    }

    private static HttpRequest question(HttpServletRequest request, String path) {
        return new HttpRequest(
                request.getMethod(),
                path,
                request.getQueryString(),
                name -> header(request, name),
                bytes -> request.getInputStream().readNBytes(bytes),
                request.getRemoteAddr());
    }

    private static Reply reply(RequestHandler handler, HttpRequest question) {
        try {
            return handler.handle(question);
        } catch (RuntimeException e) {
            // A mistake in the program. The container would show its stack to the client.
            LOG.error("Cannot answer a request", e);
            return HttpReply.sentence(500, "The server made a mistake.");
        }
    }

    private void send(HttpServletRequest request, HttpServletResponse response, LaterAnswer.Lost lost, Reply reply)
            throws IOException {
        if (reply instanceof LaterReply later) {
            LaterAnswer.begin(request, later, lost);
        } else if (reply instanceof StreamReply stream) {
            sendHead(response, stream.status(), stream.headers());
            StreamAnswer.begin(request, response, stream.body());
        } else if (reply instanceof HttpReply whole) {
            if (whole.body().orElse(null) instanceof FileRegion region) {
                sendFile(request, response, lost, whole, region);
            } else if (whole.body().orElse(null) instanceof Joined joined) {
                sendJoined(request, response, lost, whole, joined);
            } else if (whole.body().orElse(null) instanceof OnDemand found) {
                sendFound(request, response, whole, found);
            } else if (whole.body().orElse(null) instanceof Arriving arriving) {
                send(request, response, whole, new Body.OfArriving(arriving));
            } else {
                send(request, response, whole);
            }
        }
    }

    private DiskReaders disks() {
        return plugin.get().map(DvrHandler::disks).orElse(DiskReaders.OF_NO_ROOT);
    }

    private void sendFile(
            HttpServletRequest request,
            HttpServletResponse response,
            LaterAnswer.Lost lost,
            HttpReply reply,
            FileRegion region)
            throws IOException {
        try {
            if (sendfile.isUsable(request)) {
                if (isThere(region)) {
                    sendHead(response, reply);
                    sendfile.send(request, region);
                } else {
                    send(response, lost.reply(region, "the file is gone or too short"));
                }
                return;
            }
            FileChannel file = open(region);
            if (file == null) {
                send(response, lost.reply(region, "the file cannot be opened"));
            } else {
                send(request, response, reply, new Body.OfFile(file, region, disks()));
            }
        } catch (UnreachableException e) {
            // Its disk has so many to wait for it: nothing is lost, and nothing sent yet.
            send(response, HttpReply.overloaded());
        }
    }

    private void sendJoined(
            HttpServletRequest request,
            HttpServletResponse response,
            LaterAnswer.Lost lost,
            HttpReply reply,
            Joined joined)
            throws IOException {
        List<Body> parts = new ArrayList<>();
        for (MediaBytes part : joined.parts()) {
            if (part instanceof FileRegion region) {
                FileChannel file = open(region);
                if (file == null) {
                    parts.forEach(Body::close);
                    send(response, lost.reply(region, "the file cannot be opened"));
                    return;
                }
                parts.add(new Body.OfFile(file, region, disks()));
            } else if (part instanceof Arriving arriving) {
                parts.add(new Body.OfArriving(arriving));
            } else if (part instanceof InMemory bytes) {
                parts.add(new Body.OfMemory(bytes.bytes()));
            }
        }
        send(request, response, reply, new Body.Joined(parts));
    }

    /** Sends what is found while it is sent. */
    private void sendFound(HttpServletRequest request, HttpServletResponse response, HttpReply reply, OnDemand found)
            throws IOException {
        if (memory.hasRoomFor(Body.OfMemory.NOTHING)) {
            sendHead(response, reply);
            BytesAnswer.begin(
                    request,
                    response,
                    memory,
                    Body.OfMemory.NOTHING,
                    found.lengthBytes(),
                    position -> body(found.piece(position)));
        } else {
            send(response, HttpReply.overloaded());
        }
    }

    private CompletableFuture<Body> body(CompletableFuture<MediaBytes> piece) {
        return Futures.givenUpWith(piece.thenApply(this::body), piece);
    }

    /** A piece of what is found while it is sent: of a file, in memory, or still arriving. */
    private Body body(MediaBytes piece) {
        if (piece instanceof FileRegion region) {
            try {
                FileChannel file =
                        disks().read(region.file(), () -> FileChannel.open(region.file(), StandardOpenOption.READ));
                return new Body.OfFile(file, region, disks());
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        }
        if (piece instanceof Arriving arriving) {
            return new Body.OfArriving(arriving);
        }
        if (piece instanceof InMemory bytes) {
            return new Body.OfMemory(bytes.bytes());
        }
        throw new IllegalArgumentException("a piece of " + piece.getClass());
    }

    private void send(HttpServletRequest request, HttpServletResponse response, HttpReply reply) throws IOException {
        if (reply.body().orElse(null) instanceof InMemory bytes && bytes.lengthBytes() > AT_ONCE_BYTES) {
            send(request, response, reply, new Body.OfMemory(bytes.bytes()));
        } else {
            send(response, reply);
        }
    }

    private void send(HttpServletRequest request, HttpServletResponse response, HttpReply reply, Body body)
            throws IOException {
        if (memory.hasRoomFor(body)) {
            sendHead(response, reply);
            BytesAnswer.begin(request, response, memory, body);
        } else {
            body.close();
            send(response, HttpReply.overloaded());
        }
    }

    /** Null when the file cannot be opened; nothing is sent yet then, and the client can be told. */
    private @Nullable FileChannel open(FileRegion region) throws UnreachableException {
        try {
            return disks().read(region.file(), () -> FileChannel.open(region.file(), StandardOpenOption.READ));
        } catch (UnreachableException e) {
            throw e;
        } catch (IOException e) {
            return null;
        }
    }

    private boolean isThere(FileRegion region) throws UnreachableException {
        try {
            return disks().read(region.file(), () -> Files.size(region.file()))
                    >= region.offsetBytes() + region.lengthBytes();
        } catch (UnreachableException e) {
            throw e;
        } catch (IOException e) {
            return false;
        }
    }

    private static void send(HttpServletResponse response, HttpReply reply) throws IOException {
        sendHead(response, reply);
        if (reply.body().orElse(null) instanceof InMemory memory) {
            response.getOutputStream().write(memory.bytes());
        }
    }

    private static void sendHead(HttpServletResponse response, HttpReply reply) {
        sendHead(response, reply.status(), reply.headers());
        if (reply.contentLengthBytes() >= 0) {
            response.setContentLengthLong(reply.contentLengthBytes());
        }
    }

    private static void sendHead(HttpServletResponse response, int status, List<HttpReply.Header> headers) {
        response.setStatus(status);
        for (HttpReply.Header header : headers) {
            response.addHeader(header.name(), header.value());
        }
    }

    private static @Nullable String header(HttpServletRequest request, String name) {
        Enumeration<String> values = request.getHeaders(name);
        if (!values.hasMoreElements()) {
            return null;
        }
        String first = values.nextElement();
        return values.hasMoreElements() ? first + ',' + String.join(",", Collections.list(values)) : first;
    }
}
