package org.red5.dvr.web;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.LaterReply;
import org.red5.dvr.http.QuestionThreads;
import org.red5.dvr.http.Reply;
import org.red5.dvr.http.RequestHandler;
import org.red5.dvr.timeline.MediaBytes.FileRegion;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.web.Route.Asks;
import org.red5.dvr.web.Routes.Found;

/**
 * Takes requests of viewers and operators from the web server, and gives its thread back where an answer may have to wait for other
 * servers. Any thread may call.
 */
public final class ViewerRequests implements RequestHandler {
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

    @Override
    public Reply handle(HttpRequest request) {
        Found found = handler.find(request);
        String servers = servers(found);
        CompletableFuture<HttpReply> reply =
                servers.isEmpty() ? handler.reply(found) : threads.ask(servers, () -> handler.reply(found));
        return LaterReply.unlessDone(reply);
    }

    /** Those that may have to be waited for on the thread that asks. */
    private String servers(Found found) {
        boolean isWaitedFor = found.isForRenderer() && found.route().asks() == Asks.SERVERS;
        return isWaitedFor ? serversFor.apply(found.asked().ofStream()) : "";
    }

    @Override
    public boolean mayHaveBody(HttpRequest request) {
        return handler.find(request).mayHaveBody();
    }

    @Override
    public HttpReply lost(HttpRequest request, FileRegion region, String why) {
        return handler.lost(request, region, why);
    }

    /** Read what replies are made of. */
    public DiskReaders disks() {
        return disks;
    }
}
