package org.red5.dvr.webapp;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.http.DvrHandler;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.LaterReply;
import org.red5.dvr.http.PeerHandler;
import org.red5.dvr.http.Reply;
import org.red5.dvr.http.StreamReply;
import org.red5.dvr.red5.RunningDvr;
import org.red5.dvr.timeline.MediaBytes.FileRegion;
import org.red5.dvr.timeline.MediaBytes.InMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands requests to the plugin's handler and sends what it replies; files without reading them where that is possible. */
public final class DvrServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private static final Logger LOG = LoggerFactory.getLogger(DvrServlet.class);
    private static final String PAGE = "/assets/index.html";

    private final transient Supplier<Optional<DvrHandler>> plugin;
    private final transient Supplier<Optional<PeerHandler>> peers;
    private final transient Sendfile sendfile = new Sendfile();
    private final transient FileCopier copier = new FileCopier();

    /** For the servlet container. */
    public DvrServlet() {
        this(RunningDvr::handler, RunningDvr::peers);
    }

    /**
     * @param plugin gives the running plugin's handler; empty while the plugin does not run
     * @param peers gives the handler for the servers of the cluster; empty while there is no cluster
     */
    DvrServlet(Supplier<Optional<DvrHandler>> plugin, Supplier<Optional<PeerHandler>> peers) {
        this.plugin = plugin;
        this.peers = peers;
    }

    /** What is told when a file cannot be sent. */
    private interface Lost {
        HttpReply reply(FileRegion region, String why);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        Optional<HttpReply> known = LaterAnswer.of(request);
        if (known.isPresent()) {
            send(request, response, DvrServlet::unreadable, known.get());
            return;
        }
        // The raw path: what the container makes of it is decoded once and normalised, and names have slashes in them.
        String path = request.getRequestURI().substring(request.getContextPath().length());
        if (path.isEmpty()) {
            // The page's links are relative to the folder.
            String query = request.getQueryString() == null ? "" : '?' + request.getQueryString();
            response.sendRedirect(request.getContextPath() + '/' + query);
        } else if (path.equals("/")) {
            request.getRequestDispatcher(PAGE).forward(request, response);
        } else if (PeerHandler.isFor(path)) {
            servePeer(request, response, path);
        } else {
            serve(request, response, path);
        }
    }

    private void serve(HttpServletRequest request, HttpServletResponse response, String path) throws IOException {
        Optional<DvrHandler> handler = plugin.get();
        if (handler.isEmpty()) {
            send(response, HttpReply.sentence(503, "Red5 Cluster DVR does not run on this server."));
            return;
        }
        send(request, response, handler.get()::lost, reply(handler.get()::handle, request, path));
    }

    private void servePeer(HttpServletRequest request, HttpServletResponse response, String path) throws IOException {
        Optional<PeerHandler> handler = peers.get();
        if (handler.isEmpty()) {
            send(response, PeerHandler.noPeers());
            return;
        }
        send(request, response, handler.get()::lost, reply(handler.get()::handle, request, path));
    }

    private static Reply reply(Function<HttpRequest, Reply> handler, HttpServletRequest request, String path) {
        HttpRequest question = new HttpRequest(
                request.getMethod(),
                path,
                request.getQueryString(),
                name -> header(request, name),
                bytes -> request.getInputStream().readNBytes(bytes),
                request.getRemoteAddr());
        try {
            return handler.apply(question);
        } catch (RuntimeException e) {
            // A mistake in the program. The container would show its stack to the client.
            LOG.error("Cannot answer a request", e);
            return HttpReply.sentence(500, "The server made a mistake.");
        }
    }

    private void send(HttpServletRequest request, HttpServletResponse response, Lost lost, Reply reply)
            throws IOException {
        if (reply instanceof LaterReply later) {
            LaterAnswer.begin(request, later);
        } else if (reply instanceof StreamReply stream) {
            sendHead(response, stream.status(), stream.headers());
            StreamAnswer.begin(request, response, stream.body());
        } else if (reply instanceof HttpReply whole) {
            if (whole.body().orElse(null) instanceof FileRegion region) {
                sendFile(request, response, lost, whole, region);
            } else {
                send(response, whole);
            }
        }
    }

    private void sendFile(
            HttpServletRequest request, HttpServletResponse response, Lost lost, HttpReply reply, FileRegion region)
            throws IOException {
        if (sendfile.isUsable(request)) {
            if (isThere(region)) {
                sendHead(response, reply);
                sendfile.send(request, region);
            } else {
                send(response, lost.reply(region, "the file is gone or too short"));
            }
            return;
        }
        try (FileChannel file = open(region)) {
            if (file == null) {
                send(response, lost.reply(region, "the file cannot be opened"));
                return;
            }
            sendHead(response, reply);
            copier.copy(file, region, response.getOutputStream());
        }
    }

    private static HttpReply unreadable(FileRegion region, String why) {
        LOG.error("Cannot send bytes of {}: {}", region.file(), why);
        return HttpReply.sentence(500, "The server could not read its recording.");
    }

    /** Null when the file cannot be opened; nothing is sent yet then, and the client can be told. */
    private static @Nullable FileChannel open(FileRegion region) {
        try {
            return FileChannel.open(region.file(), StandardOpenOption.READ);
        } catch (IOException e) {
            return null;
        }
    }

    private static boolean isThere(FileRegion region) {
        try {
            return Files.size(region.file()) >= region.offsetBytes() + region.lengthBytes();
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
            response.setHeader(header.name(), header.value());
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
