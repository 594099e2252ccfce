package org.red5.dvr.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.cluster.ClusterMap;
import org.red5.dvr.cluster.ClusterMapJson;
import org.red5.dvr.http.Cors;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.LaterReply;
import org.red5.dvr.http.Reply;
import org.red5.dvr.http.RequestHandler;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.playback.mp4.Downloads;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.util.Futures;
import org.red5.dvr.web.Asked.Caching;
import org.red5.dvr.web.Route.Methods;
import org.red5.dvr.web.Routes.Found;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers every request below the web application's path, by the table of routes. Any thread may call it. */
public final class DvrHandler implements RequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(DvrHandler.class);

    private static final String UNREADABLE = "The server could not read its recording.";
    /** By then a peer that failed is known to be down, or is back. */
    private static final Header RETRY_AFTER = new Header("Retry-After", "3");

    private final RenderedPlaylists rendered;
    private final Routes routes;
    private final Cors cors;
    private final DiskReaders disks;

    /** A handler that knows nothing of disks, locks and other servers, and has nothing to tell an operator. */
    public DvrHandler(String node, Playback playback) {
        this(
                node,
                playback,
                OperatorPages.NONE,
                StreamWatch.NONE,
                Optional.empty(),
                stream -> ClusterMap.alone(node),
                Cors.FOR_ANYBODY,
                DiskReaders.OF_NO_ROOT);
    }

    /**
     * @param node this server's name
     * @param operator what an operator is told
     * @param watch what a status report says of a stream beside what is recorded, and who counts viewers
     * @param locks answers for the locks of streams, if they are kept
     * @param mapFor which server asks which, with the source in use for a stream
     * @param cors what pages of other sites may do
     * @param disks read what replies are made of
     */
    public DvrHandler(
            String node,
            Playback playback,
            OperatorPages operator,
            StreamWatch watch,
            Optional<LockRequests> locks,
            Function<Optional<StreamKey>, ClusterMap> mapFor,
            Cors cors,
            DiskReaders disks) {
        this.rendered = RenderedPlaylists.ofHeap(Runtime.getRuntime().maxMemory(), System::nanoTime);
        this.routes = new Routes(table(node, playback, rendered, operator, watch, locks, mapFor));
        this.cors = cors;
        this.disks = disks;
    }

    private DvrHandler(List<Route> table) {
        this.rendered = RenderedPlaylists.ofHeap(0, System::nanoTime);
        this.routes = new Routes(table);
        this.cors = Cors.FOR_ANYBODY;
        this.disks = DiskReaders.OF_NO_ROOT;
    }

    /** A handler for the player page alone, which is there while nothing else is. */
    public static DvrHandler ofPage(PageFile.Finder files) {
        List<Route> table = Stream.of("/", "/assets/*")
                .map(form -> Route.direct(
                        form,
                        Methods.READ_HERE,
                        Caching.REVALIDATED,
                        asked -> files.find(asked.request().rawPath())
                                .orElseThrow(() -> Routes.nothingAt(asked.request()))
                                .reply(asked)))
                .toList();
        return new DvrHandler(table);
    }

    private static List<Route> table(
            String node,
            Playback playback,
            RenderedPlaylists rendered,
            OperatorPages operator,
            StreamWatch watch,
            Optional<LockRequests> locks,
            Function<Optional<StreamKey>, ClusterMap> mapFor) {
        SegmentRequests segments = new SegmentRequests(node, playback);
        PlaylistRequests playlists = new PlaylistRequests(playback, rendered, watch);
        DownloadRequests downloads = new DownloadRequests(new Downloads(playback));
        StatusRequests status = new StatusRequests(playback, watch);
        OperatorRequests operators = new OperatorRequests(operator);
        List<Route> table = new ArrayList<>();
        table.add(Route.of("/<stream>/segments/<take>/init*.mp4", Caching.FOR_EVER, segments::init));
        table.add(Route.of("/<stream>/segments/<take>/gap-*.m4s", Caching.FOR_EVER, segments::gap));
        table.add(Route.of("/<stream>/segments/<take>/*.m4s", Caching.FOR_EVER, segments::segment));
        table.add(Route.of("/<stream>/*.m3u8", Caching.LIST_GOING_ON, playlists::playlist));
        table.add(Route.of("/<stream>/archive-*.mp4", Caching.FOR_A_SECOND, downloads::plain));
        table.add(Route.of("/<stream>/archive-*.fmp4", Caching.FOR_A_SECOND, downloads::fragmented));
        table.add(Route.of("/<stream>/recording_status.json", Caching.FOR_A_SECOND, status::status));
        locks.ifPresent(
                kept -> table.add(Route.direct("/<stream>/locks", Methods.EDIT, Caching.NO_STORE, kept::answer)));
        table.add(Route.of("/<stream>/*", Caching.NO_STORE, asked -> {
            throw MediaName.none(asked);
        }));
        table.add(Route.of(
                "/streams.json",
                Caching.FOR_A_SECOND,
                asked -> playback.streams().thenApply(streams -> asked.json(StreamList.render(streams)))));
        table.add(Route.direct(
                "/cluster.json",
                Caching.FOR_A_SECOND,
                asked -> asked.json(ClusterMapJson.render(mapFor.apply(mapped(asked))))));
        table.add(Route.direct("/metrics", Methods.READ_HERE, Caching.NO_STORE, operators::metrics));
        table.add(Route.direct("/health", Methods.READ_HERE, Caching.NO_STORE, operators::health));
        return table;
    }

    private static Optional<StreamKey> mapped(Asked asked) throws MalformedPathException {
        Optional<String> path = asked.query().get("stream");
        return path.isPresent() ? Optional.of(StreamPath.parse(path.get())) : Optional.empty();
    }

    @Override
    public Reply handle(HttpRequest request) {
        return LaterReply.unlessDone(reply(request));
    }

    /** The reply: there already, unless it comes from other servers without a thread that waits for it. Says what goes wrong. */
    public CompletableFuture<HttpReply> reply(HttpRequest request) {
        Found found = routes.find(request);
        if (found.isForRenderer()) {
            return Futures.from(() -> found.route().renderer().render(found.asked()))
                    .handle((reply, failure) -> finished(found, failure == null ? reply : refusal(request, failure)));
        }
        Methods methods = found.route().methods();
        HttpReply reply = methods.allow(request.method())
                ? cors.preflight(request, methods.names(), methods.headers())
                : refusal(request, 405, Sentences.quote(request.method()) + " is not one of " + methods.names() + '.')
                        .with(List.of(new Header("Allow", methods.names())));
        return CompletableFuture.completedFuture(finished(found, reply));
    }

    @Override
    public boolean mayHaveBody(HttpRequest request) {
        return routes.find(request).mayHaveBody();
    }

    /** The playlists that are kept as they were rendered. */
    public RenderedPlaylists rendered() {
        return rendered;
    }

    /** Read what replies are made of. */
    public DiskReaders disks() {
        return disks;
    }

    private HttpReply finished(Found found, HttpReply reply) {
        HttpReply sent = found.asked().request().isHead() ? reply.withoutBody() : reply;
        return found.route().methods().isForOtherSites()
                ? sent.with(cors.headers(found.asked().request()))
                : sent;
    }

    @Override
    public HttpReply lost(HttpRequest request, FileRegion region, String why) {
        LOG.error(
                "Cannot send bytes {} to {} of {}: {}",
                region.offsetBytes(),
                region.offsetBytes() + region.lengthBytes(),
                region.file(),
                why);
        return HttpReply.sentence(500, UNREADABLE).with(cors.headers(request));
    }

    private static HttpReply refusal(HttpRequest request, Throwable failure) {
        Throwable cause = Futures.unwrapped(failure);
        String sentence = String.valueOf(cause.getMessage());
        if (cause instanceof PlaybackException refused) {
            return switch (refused.kind()) {
                case BAD_REQUEST -> refusal(request, 400, sentence);
                case UNKNOWN_STREAM, NOTHING_THERE -> refusal(request, 404, sentence);
                case MIXED -> refusal(request, 409, sentence);
                case NOT_YET, UNREACHABLE -> refusal(request, 503, sentence).with(List.of(RETRY_AFTER));
            };
        }
        if (cause instanceof MalformedPathException) {
            return refusal(request, 400, sentence);
        }
        if (cause instanceof UnreachableException) {
            return refusal(request, 503, sentence).with(List.of(RETRY_AFTER));
        }
        if (cause instanceof TimeoutException
                || cause instanceof CancellationException
                || cause instanceof RejectedExecutionException) {
            return refusal(request, 503, "Other servers' answer does not come.").with(List.of(RETRY_AFTER));
        }
        if (cause instanceof IOException || cause instanceof UncheckedIOException) {
            LOG.error("Cannot answer {}: {}", Sentences.quote(request.rawPath()), cause.toString());
            return HttpReply.sentence(500, UNREADABLE);
        }
        LOG.error("Cannot answer {}", Sentences.quote(request.rawPath()), cause);
        return HttpReply.sentence(500, "The server made a mistake.");
    }

    private static HttpReply refusal(HttpRequest request, int status, String sentence) {
        LOG.debug("{} for {}: {}", status, request.method(), sentence);
        return HttpReply.sentence(status, sentence);
    }
}
