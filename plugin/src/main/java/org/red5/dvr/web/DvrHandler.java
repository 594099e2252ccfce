package org.red5.dvr.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.cluster.ClusterMap;
import org.red5.dvr.cluster.ClusterMapJson;
import org.red5.dvr.http.Conditional;
import org.red5.dvr.http.Content;
import org.red5.dvr.http.Cors;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.LaterReply;
import org.red5.dvr.http.Query;
import org.red5.dvr.http.Reply;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.playback.TrackFill;
import org.red5.dvr.playback.View;
import org.red5.dvr.playback.Window;
import org.red5.dvr.playback.hls.MediaPlaylist;
import org.red5.dvr.playback.hls.MultivariantPlaylist;
import org.red5.dvr.timeline.MediaBytes.FileRegion;
import org.red5.dvr.timeline.MediaBytes.InMemory;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Served;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UnrecordedTrack;
import org.red5.dvr.util.Futures;
import org.red5.dvr.web.Resource.InitBytes;
import org.red5.dvr.web.Resource.Named;
import org.red5.dvr.web.Resource.SegmentBytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers every request below the web application's path. Any thread may call it. */
public final class DvrHandler {
    private static final Logger LOG = LoggerFactory.getLogger(DvrHandler.class);

    private static final String PLAYLIST_TYPE = "application/vnd.apple.mpegurl";
    private static final String JSON_TYPE = "application/json";
    private static final String MEDIA_TYPE = "video/mp4";
    private static final String METHODS = "GET, HEAD, OPTIONS";
    private static final String FOR_EVER = "public, max-age=31536000, immutable";
    private static final String FOR_A_MINUTE = "public, max-age=60";
    private static final String FOR_A_SECOND = "public, max-age=1";
    private static final String UNREADABLE = "The server could not read its recording.";
    private static final Header ALLOW = new Header("Allow", METHODS);
    private static final String HEADERS = "Range, If-Range, If-None-Match";

    /** A query is repeated at every address. */
    private static final long MOST_PASSED_CHARS = 16 << 20;

    private static final int MAX_NUMBER_DIGITS = 15;

    /** By then a peer that failed is known to be down, or is back. */
    private static final Header RETRY_AFTER = new Header("Retry-After", "3");

    private final String node;
    private final Playback playback;
    private final OperatorPages operator;
    private final StreamWatch watch;
    private final Optional<LockRequests> locks;
    private final Function<Optional<StreamKey>, ClusterMap> mapFor;
    private final Cors cors;

    /** A handler that knows nothing of disks, locks and other servers, and has nothing to tell an operator. */
    public DvrHandler(String node, Playback playback) {
        this(
                node,
                playback,
                OperatorPages.NONE,
                StreamWatch.NONE,
                Optional.empty(),
                stream -> ClusterMap.alone(node),
                Cors.FOR_ANYBODY);
    }

    /**
     * @param node this server's name
     * @param operator what an operator is told
     * @param watch what a status report says of a stream beside what is recorded, and who counts viewers
     * @param locks answers for the locks of streams, if they are kept
     * @param mapFor who asks whom, with the source in use for a stream
     * @param cors what pages of other sites may do
     */
    public DvrHandler(
            String node,
            Playback playback,
            OperatorPages operator,
            StreamWatch watch,
            Optional<LockRequests> locks,
            Function<Optional<StreamKey>, ClusterMap> mapFor,
            Cors cors) {
        this.node = node;
        this.playback = playback;
        this.operator = operator;
        this.watch = watch;
        this.locks = locks;
        this.mapFor = mapFor;
        this.cors = cors;
    }

    /** Never throws: what goes wrong is told in the reply. */
    public HttpReply handle(HttpRequest request) {
        Optional<HttpReply> page = OperatorReply.to(request.rawPath(), operator);
        if (page.isPresent() && (request.isHead() || request.method().equals("GET"))) {
            return request.isHead() ? page.get().withoutBody() : page.get();
        }
        if (locks.isPresent() && LockRequests.isFor(request.rawPath())) {
            HttpReply reply = locks.get().answer(request);
            return finished(request, reply);
        }
        HttpReply reply = switch (request.method()) {
            case "GET", "HEAD" -> answer(request, () -> content(request));
            case "OPTIONS" -> cors.preflight(request, METHODS, HEADERS);
            default ->
                refusal(request, 405, Sentences.quote(request.method()) + " is not one of " + METHODS + '.')
                        .with(List.of(ALLOW));
        };
        return finished(request, reply);
    }

    /** As {@link #handle}, but a segment that other servers have may come later, and no thread waits for it. */
    public Reply reply(HttpRequest request) {
        boolean reads = request.isHead() || request.method().equals("GET");
        try {
            if (reads && Resource.parse(request.rawPath()) instanceof SegmentBytes segment) {
                CompletableFuture<HttpReply> reply = segment(segment)
                        .handle(DvrHandler::fetched)
                        .thenApply(fetched -> finished(request, answer(request, fetched)));
                return reply.isDone() ? reply.join() : new LaterReply(reply);
            }
        } catch (MalformedPathException | PlaybackException e) {
            LOG.debug("{}", e.getMessage()); // Said below.
        }
        return handle(request);
    }

    private static Answer fetched(@Nullable Content content, @Nullable Throwable failure) {
        Throwable cause = failure == null ? null : Futures.unwrapped(failure);
        return () -> {
            if (cause instanceof PlaybackException refused) {
                throw refused;
            }
            if (cause instanceof TimeoutException || cause instanceof CancellationException) {
                throw new UnreachableException("The segment does not come.");
            }
            if (cause instanceof IOException unreadable) {
                throw unreadable;
            }
            if (content == null) {
                throw new IllegalStateException("a segment cannot be fetched", cause);
            }
            return content;
        };
    }

    private HttpReply finished(HttpRequest request, HttpReply reply) {
        return (request.isHead() ? reply.withoutBody() : reply).with(cors.headers(request));
    }

    /** The reply when a region that was just promised cannot be read, before anything of it is sent. */
    public HttpReply lost(HttpRequest request, FileRegion region, String why) {
        LOG.error(
                "Cannot send bytes {} to {} of {}: {}",
                region.offsetBytes(),
                region.offsetBytes() + region.lengthBytes(),
                region.file(),
                why);
        return HttpReply.sentence(500, UNREADABLE).with(cors.headers(request));
    }

    /** What an address stands for, or why it cannot be told. */
    private interface Answer {
        Content content() throws MalformedPathException, PlaybackException, IOException;
    }

    private HttpReply answer(HttpRequest request, Answer answer) {
        try {
            return Conditional.reply(request, answer.content());
        } catch (MalformedPathException e) {
            return refusal(request, 400, String.valueOf(e.getMessage()));
        } catch (PlaybackException e) {
            return refused(request, e);
        } catch (UnreachableException e) {
            return refusal(request, 503, String.valueOf(e.getMessage())).with(List.of(RETRY_AFTER));
        } catch (IOException | UncheckedIOException e) {
            LOG.error("Cannot answer {}: {}", Sentences.quote(request.rawPath()), e.toString());
            return HttpReply.sentence(500, UNREADABLE);
        }
    }

    private static HttpReply refused(HttpRequest request, PlaybackException e) {
        String sentence = String.valueOf(e.getMessage());
        return switch (e.kind()) {
            case BAD_REQUEST -> refusal(request, 400, sentence);
            case UNKNOWN_STREAM, NOTHING_THERE -> refusal(request, 404, sentence);
            case NOT_YET, UNREACHABLE -> refusal(request, 503, sentence).with(List.of(RETRY_AFTER));
        };
    }

    private static HttpReply refusal(HttpRequest request, int status, String sentence) {
        LOG.debug("{} for {}: {}", status, request.method(), sentence);
        return HttpReply.sentence(status, sentence);
    }

    private Content content(HttpRequest request) throws MalformedPathException, PlaybackException, IOException {
        Resource resource = Resource.parse(request.rawPath());
        if (resource instanceof SegmentBytes segment) {
            return segment(segment).handle(DvrHandler::fetched).join().content();
        }
        if (resource instanceof InitBytes init) {
            return init(init);
        }
        if (resource instanceof Resource.GapBytes gap) {
            return gap(gap);
        }
        if (resource instanceof Named named) {
            return named(named, request);
        }
        if (resource instanceof Resource.ClusterMap) {
            return map(Query.parse(request.rawQuery()));
        }
        if (resource instanceof Resource.StreamList) {
            return rendered(JSON_TYPE, FOR_A_SECOND, StreamList.render(playback.streams()));
        }
        throw nothing("There is nothing at " + Sentences.quote(request.rawPath()) + '.');
    }

    private CompletableFuture<Content> segment(SegmentBytes request) throws PlaybackException {
        if (!request.number().matches("\\d{1," + MAX_NUMBER_DIGITS + '}')) {
            throw new PlaybackException(
                    Kind.BAD_REQUEST, Sentences.quote(request.number()) + " is not the number of a segment.");
        }
        long number = Long.parseLong(request.number());
        TakeId take = take(request.take());
        String tracks = tracks(request.fill(), request.part());
        return fetch(request, take, number)
                .thenApply(found -> found.map(served -> immutable(take, number + tracks, served))
                        .orElseThrow(() -> new CompletionException(nothing("There is no segment " + number
                                + tracks + " of the take " + Sentences.quote(take.value()) + " of "
                                + Sentences.quote(request.stream().fullName()) + '.'))));
    }

    private CompletableFuture<Optional<Served>> fetch(SegmentBytes request, TakeId take, long number) {
        return request.fill().isEmpty()
                ? playback.fetchSegment(request.stream(), take, number, request.part())
                : playback.fetchSegment(
                        request.stream(),
                        take,
                        number,
                        request.part(),
                        request.fill().get());
    }

    private Content init(InitBytes request) throws PlaybackException, IOException {
        TakeId take = take(request.take());
        String tracks = tracks(request.fill(), request.part());
        Optional<Served> found = request.fill().isEmpty()
                ? playback.initSegment(request.stream(), take, request.part())
                : playback.initSegment(
                        request.stream(), take, request.part(), request.fill().get());
        Served served = found.orElseThrow(() -> nothing("There is no init segment" + tracks + " of the take "
                + Sentences.quote(take.value()) + " of "
                + Sentences.quote(request.stream().fullName()) + '.'));
        return immutable(take, "init" + tracks, served);
    }

    private Content gap(Resource.GapBytes request) throws PlaybackException, IOException {
        TakeId take = take(request.take());
        byte[] bytes = playback.emptySegment(
                        request.stream(), take, request.startMillis(), request.before(), request.part(), request.fill())
                .orElseThrow(
                        () -> nothing("There is no take " + Sentences.quote(take.value()) + " with these tracks."));
        String name = "gap-" + request.startMillis() + "-" + request.before().orElse(0)
                + tracks(request.fill(), request.part());
        return immutable(take, name, new Served(new InMemory(bytes), node, Served.From.MEMORY));
    }

    private static TakeId take(String text) throws PlaybackException {
        return TakeId.parse(text).orElseThrow(() -> nothing("There is no take " + Sentences.quote(text) + '.'));
    }

    private Content immutable(TakeId take, String name, Served served) {
        String etag = '"' + take.value() + '-' + name + '"';
        // RFC 9211: what this server did, and who holds it.
        String status = served.from() == Served.From.PEER ? "fwd=miss; detail=\"" + served.server() + '"' : "hit";
        List<Header> origin = List.of(
                new Header("Cache-Status", '"' + node + "\"; " + status), new Header("DVR-Server", served.server()));
        return new Content(MEDIA_TYPE, etag, FOR_EVER, false, served.bytes(), origin);
    }

    private static String tracks(Optional<TrackFill> fill, Part part) {
        String suffix = switch (part) {
            case MUXED -> "";
            case VIDEO -> "-v";
            case AUDIO -> "-a";
        };
        return fill.map(track -> "-with-" + track.name()).orElse("") + suffix;
    }

    private Content named(Named named, HttpRequest request) throws PlaybackException, IOException {
        String name = named.name();
        if (name.equals("recording_status.json")) {
            return status(named.stream(), Query.parse(request.rawQuery()));
        }
        Optional<PlaylistName> playlist = PlaylistName.parse(name);
        Optional<Window> window = playlist.isEmpty()
                ? Optional.empty()
                : Window.parse(playlist.get().window());
        if (window.isPresent()) {
            return playlist.get().part().isPresent()
                    ? mediaPlaylist(named.stream(), window.get(), playlist.get(), request)
                    : multivariantPlaylist(named.stream(), window.get(), playlist.get(), request);
        }
        throw nothing("A stream has no " + Sentences.quote(name) + '.');
    }

    private Content mediaPlaylist(StreamKey stream, Window window, PlaylistName name, HttpRequest request)
            throws PlaybackException, IOException {
        String query = PassedQuery.of(request.rawQuery());
        View view = playback.view(stream, window, name.part().orElseThrow());
        if (!view.isOver()) {
            watch.followed(stream, request);
        }
        if ((long) view.timeline().segments().size() * query.length() > MOST_PASSED_CHARS) {
            throw new PlaybackException(Kind.BAD_REQUEST, "The query is too long for a window of this length.");
        }
        return playlist(view, MediaPlaylist.render(view, name.targetSeconds(), query));
    }

    /** A window without a picture has the sound alone, and who plays it keeps to that: his player is set up for nothing else. */
    private Content multivariantPlaylist(StreamKey stream, Window window, PlaylistName name, HttpRequest request)
            throws PlaybackException, IOException {
        View view = playback.view(stream, window, Part.MUXED);
        boolean hasPictures = view.timeline().segments().stream().anyMatch(segment -> segment.videoBytes() > 0);
        if (!hasPictures) {
            view = playback.view(stream, window, Part.AUDIO);
        }
        String media =
                name.media(view.part(), MediaPlaylist.shortTargetSeconds(view)) + PassedQuery.of(request.rawQuery());
        return playlist(view, MultivariantPlaylist.render(view, playback.takes(stream, view.timeline()), media));
    }

    private static Content playlist(View view, byte[] text) {
        String cacheControl = view.isOver() ? FOR_A_MINUTE : FOR_A_SECOND;
        List<Header> headers = UnansweredHeader.of(view.timeline()).stream().toList();
        return rendered(PLAYLIST_TYPE, cacheControl, text, headers);
    }

    private Content map(Query query) throws MalformedPathException {
        Optional<String> path = query.get("stream");
        Optional<StreamKey> stream = path.isPresent() ? Optional.of(StreamPath.parse(path.get())) : Optional.empty();
        return rendered(JSON_TYPE, FOR_A_SECOND, ClusterMapJson.render(mapFor.apply(stream)));
    }

    private Content status(StreamKey stream, Query query) throws PlaybackException, IOException {
        List<UnrecordedTrack> unrecorded = watch.unrecordedTracks(stream);
        try {
            Timeline timeline = playback.between(stream, StatusWindow.of(stream, query, playback));
            return rendered(
                    JSON_TYPE,
                    FOR_A_SECOND,
                    StatusReport.render(stream, timeline, watch.storage(stream), unrecorded, watch.audience(stream)));
        } catch (PlaybackException e) {
            if (e.kind() != Kind.NOTHING_THERE || unrecorded.isEmpty()) {
                throw e;
            }
            return rendered(JSON_TYPE, FOR_A_SECOND, StatusReport.renderEmpty(stream, unrecorded));
        }
    }

    private static Content rendered(String type, String cacheControl, byte[] bytes) {
        return rendered(type, cacheControl, bytes, List.of());
    }

    private static Content rendered(String type, String cacheControl, byte[] bytes, List<Header> headers) {
        return new Content(type, etag(bytes), cacheControl, true, new InMemory(bytes), headers);
    }

    /** Two independent checksums: 64 bits, at the speed of memory. */
    private static String etag(byte[] bytes) {
        return '"' + Long.toHexString(sum(new CRC32C(), bytes) << 32 | sum(new CRC32(), bytes)) + '"';
    }

    private static long sum(Checksum checksum, byte[] bytes) {
        checksum.update(bytes, 0, bytes.length);
        return checksum.getValue();
    }

    private static PlaybackException nothing(String sentence) {
        return new PlaybackException(Kind.NOTHING_THERE, sentence);
    }
}
