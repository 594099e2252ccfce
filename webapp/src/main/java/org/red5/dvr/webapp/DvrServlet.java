package org.red5.dvr.webapp;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Optional;
import java.util.function.Supplier;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.http.DvrHandler;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
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
    private final transient Sendfile sendfile = new Sendfile();
    private final transient FileCopier copier = new FileCopier();

    /** For the servlet container. */
    public DvrServlet() {
        this(RunningDvr::handler);
    }

    /**
     * @param plugin gives the running plugin's handler; empty while the plugin does not run
     */
    DvrServlet(Supplier<Optional<DvrHandler>> plugin) {
        this.plugin = plugin;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        // The raw path: what the container makes of it is decoded once and normalised, and names have slashes in them.
        String path = request.getRequestURI().substring(request.getContextPath().length());
        if (path.isEmpty()) {
            // The page's links are relative to the folder.
            String query = request.getQueryString() == null ? "" : '?' + request.getQueryString();
            response.sendRedirect(request.getContextPath() + '/' + query);
            return;
        }
        if (path.equals("/")) {
            request.getRequestDispatcher(PAGE).forward(request, response);
            return;
        }
        Optional<DvrHandler> handler = plugin.get();
        if (handler.isEmpty()) {
            send(response, HttpReply.sentence(503, "Red5 Cluster DVR does not run on this server."));
            return;
        }
        HttpReply reply = reply(handler.get(), request, path);
        if (reply.body().orElse(null) instanceof FileRegion region) {
            sendFile(request, response, handler.get(), reply, region);
        } else {
            send(response, reply);
        }
    }

    private static HttpReply reply(DvrHandler handler, HttpServletRequest request, String path) {
        HttpRequest question = new HttpRequest(
                request.getMethod(),
                path,
                request.getQueryString(),
                name -> header(request, name),
                bytes -> request.getInputStream().readNBytes(bytes));
        try {
            return handler.handle(question);
        } catch (RuntimeException e) {
            // A mistake in the program. The container would show its stack to the client.
            LOG.error("Cannot answer a request", e);
            return HttpReply.sentence(500, "The server made a mistake.");
        }
    }

    private void sendFile(
            HttpServletRequest request,
            HttpServletResponse response,
            DvrHandler handler,
            HttpReply reply,
            FileRegion region)
            throws IOException {
        if (sendfile.isUsable(request)) {
            if (isThere(region)) {
                sendHead(response, reply);
                sendfile.send(request, region);
            } else {
                send(response, handler.lost(region, "the file is gone or too short"));
            }
            return;
        }
        try (FileChannel file = open(region)) {
            if (file == null) {
                send(response, handler.lost(region, "the file cannot be opened"));
                return;
            }
            sendHead(response, reply);
            copier.copy(file, region, response.getOutputStream());
        }
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
        response.setStatus(reply.status());
        for (HttpReply.Header header : reply.headers()) {
            response.setHeader(header.name(), header.value());
        }
        if (reply.contentLengthBytes() >= 0) {
            response.setContentLengthLong(reply.contentLengthBytes());
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
