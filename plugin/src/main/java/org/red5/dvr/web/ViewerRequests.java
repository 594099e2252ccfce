package org.red5.dvr.web;

import java.util.Optional;
import java.util.function.Function;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.Reply;
import org.red5.dvr.timeline.MediaBytes.FileRegion;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;

/**
 * Takes requests of viewers and operators from the web server, and gives its thread back where an answer may have to wait for other
 * servers. Any thread may call.
 */
public final class ViewerRequests {
    private final DvrHandler handler;
    private final QuestionThreads threads;
    private final Function<Optional<StreamKey>, String> serversFor;
    private final DiskReaders disks;

    /**
     * @param serversFor the servers that may be asked for a stream, or for what is of no stream; empty where there are none
     * @param disks read what replies are made of
     */
    public ViewerRequests(
            DvrHandler handler,
            QuestionThreads threads,
            Function<Optional<StreamKey>, String> serversFor,
            DiskReaders disks) {
        this.handler = handler;
        this.threads = threads;
        this.serversFor = serversFor;
        this.disks = disks;
    }

    /** Never throws for what a request holds: what goes wrong is told in the reply. */
    public Reply handle(HttpRequest request) {
        String servers = serversFor(request);
        return servers.isEmpty() ? handler.reply(request) : threads.ask(servers, () -> handler.handle(request));
    }

    /** Whether the request may have a body: it is refused otherwise. */
    public static boolean mayHaveBody(String method, String rawPath) {
        return LockRequests.isFor(rawPath) && (method.equals("POST") || method.equals("DELETE"));
    }

    /** The reply when a region that was just promised cannot be read, before anything of it is sent. */
    public HttpReply lost(HttpRequest request, FileRegion region, String why) {
        return handler.lost(request, region, why);
    }

    /** Read what replies are made of. */
    public DiskReaders disks() {
        return disks;
    }

    private String serversFor(HttpRequest request) {
        boolean reads = request.isHead() || request.method().equals("GET");
        if (!reads || OperatorReply.isFor(request.rawPath()) || LockRequests.isFor(request.rawPath())) {
            return "";
        }
        try {
            Resource resource = Resource.parse(request.rawPath());
            if (resource instanceof Resource.SegmentBytes) {
                return ""; // It is waited for without a thread.
            }
            if (resource instanceof Resource.OfStream asked) {
                return serversFor.apply(Optional.of(asked.stream()));
            }
            return resource instanceof Resource.StreamList ? serversFor.apply(Optional.empty()) : "";
        } catch (MalformedPathException e) {
            return ""; // The handler says what is wrong with it.
        }
    }
}
