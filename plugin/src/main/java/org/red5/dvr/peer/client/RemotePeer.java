package org.red5.dvr.peer.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexParser;
import org.red5.dvr.bytes.ArrivingBytes;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.PeerFailure;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.peer.wire.FollowReplyBytes;
import org.red5.dvr.peer.wire.HourListingJson;
import org.red5.dvr.peer.wire.MalformedReplyException;
import org.red5.dvr.peer.wire.PeerCall;
import org.red5.dvr.peer.wire.PeerStreamsJson;
import org.red5.dvr.peer.wire.Protocol;
import org.red5.dvr.peer.wire.WireNames;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.InitReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.util.Futures;

/**
 * Asks one peer, with one scope. A question's route is that of the request: a server that asks on has put itself into it. An answer
 * that does not come counts against the peer, and a wrong one against its stream, unless it says that a server behind it does not
 * answer.
 */
public final class RemotePeer implements PeerApi {
    private static final int LONGEST_SENTENCE = 200;
    /** A minute of video at 8 Mbit/s; a segment is seldom longer than ten seconds. */
    private static final int MOST_SEGMENT_BYTES = 64 << 20;

    /** What a question is about that is about no one stream. */
    private static final StreamKey ALL = new StreamKey("*", "*");

    private final PeerHealth peer;
    private final Scope scope;
    private final PeerTransport transport;
    private final SegmentGrid grid;

    /** Makes an index of the bytes that came. */
    private interface Parsing {
        HourIndex parse(byte[] bytes) throws IOException;
    }

    /** Reads the answer out of a reply. */
    private interface Reading<T> {
        T read(PeerReply reply) throws IOException;
    }

    /**
     * @param grid of this server: with another nobody can do anything here
     */
    public RemotePeer(PeerHealth peer, Scope scope, PeerTransport transport, SegmentGrid grid) {
        this.peer = peer;
        this.grid = grid;
        this.scope = scope;
        this.transport = transport;
    }

    @Override
    public TakeStore to(Question question) {
        return new Asked(question);
    }

    /** What is asked in one way. */
    private final class Asked implements TakeStore {
        private final Question question;

        Asked(Question question) {
            this.question = question;
        }

        @Override
        public CompletableFuture<List<StreamListing>> streams() {
            return ask(ALL, PeerCall.STREAMS.path(), "", question, reply -> PeerStreamsJson.parse(reply.body()))
                    .thenApply(streams -> streams.orElse(List.of()));
        }

        @Override
        public CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour) {
            return ask(
                    stream,
                    PeerCall.HOURS.path(StreamPath.of(stream)),
                    "from=" + fromHour + "&to=" + toHour + '&',
                    question,
                    reply -> HourListingJson.parse(reply.body()));
        }

        @Override
        public CompletableFuture<Optional<IndexReply>> closedIndex(
                StreamKey stream, long hour, TakeId take, String digest) {
            return index(stream, hour, take, "digest=" + digest + '&', bytes -> {
                HourIndex index = IndexParser.parse(hour, take, false, bytes);
                if (!index.markedDigest().equals(digest)) {
                    throw new MalformedReplyException("an index that is not the one of its digest");
                }
                return index;
            });
        }

        @Override
        public CompletableFuture<Optional<IndexReply>> openIndex(
                StreamKey stream, long hour, TakeId take, int fromPosition) {
            return index(
                    stream,
                    hour,
                    take,
                    "from=" + fromPosition + '&',
                    bytes -> IndexParser.parse(hour, take, true, bytes));
        }

        private CompletableFuture<Optional<IndexReply>> index(
                StreamKey stream, long hour, TakeId take, String which, Parsing parsing) {
            return ask(stream, PeerCall.INDEX.path(StreamPath.of(stream), hour, take), which, question, reply -> {
                HourIndex index = parsing.parse(reply.body());
                if (!index.grid().equals(grid)) {
                    throw new MalformedReplyException("an index on another grid");
                }
                return new IndexReply(index, holder(reply));
            });
        }

        @Override
        public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take) {
            return ask(
                    stream,
                    PeerCall.INIT.path(StreamPath.of(stream), take),
                    "",
                    question,
                    Optional.of(MediaListener.of(question.onFirstByte())),
                    reply -> new InitReply(new MediaBytes.InMemory(reply.body()), holder(reply)));
        }

        @Override
        public CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number) {
            SegmentListener listener = new SegmentListener(question, MOST_SEGMENT_BYTES);
            return ask(
                    stream,
                    PeerCall.SEGMENT.path(StreamPath.of(stream), take, number),
                    "",
                    question,
                    Optional.of(listener),
                    listener::ended,
                    reply -> segmentReply(reply, listener.whole()));
        }

        @Override
        public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost) {
            return ask(
                    request.stream(),
                    PeerCall.FOLLOW.path(StreamPath.of(request.stream())),
                    "after=" + request.afterNumber() + "&live=" + bit(request.live()) + "&media=" + bit(request.media())
                            + '&',
                    new Question(question.route(), atMost, question.onFirstByte()),
                    Optional.of(MediaListener.of(question.onFirstByte())),
                    reply -> reply.status() == 204
                            ? new FollowReply(request.live(), List.of(), List.of())
                            : FollowReplyBytes.parse(reply.body()));
        }
    }

    private SegmentReply segmentReply(PeerReply reply, ArrivingBytes whole) {
        return new SegmentReply(new MediaBytes.InMemory(whole.array()), holder(reply), whole.crc());
    }

    private String holder(PeerReply reply) {
        return reply.header(Protocol.NODE).orElse(peer.name());
    }

    private static char bit(boolean yes) {
        return yes ? '1' : '0';
    }

    private <T> CompletableFuture<Optional<T>> ask(
            StreamKey stream, String path, String query, Question question, Reading<? extends T> reading) {
        return ask(stream, path, query, question, Optional.empty(), reading);
    }

    private <T> CompletableFuture<Optional<T>> ask(
            StreamKey stream,
            String path,
            String query,
            Question question,
            Optional<MediaListener> media,
            Reading<? extends T> reading) {
        return ask(stream, path, query, question, media, () -> {}, reading);
    }

    /**
     * @param media of a question for media: is told when it comes
     * @param ended run when no more comes, before the answer is given
     */
    private <T> CompletableFuture<Optional<T>> ask(
            StreamKey stream,
            String path,
            String query,
            Question question,
            Optional<MediaListener> media,
            Runnable ended,
            Reading<? extends T> reading) {
        boolean goesOn = media.map(MediaListener::fromBytes).orElse(0L) > 0;
        // A connection that broke in the middle of a body says little of the server: the rest may be asked for at once.
        if (!goesOn && !peer.mayBeAsked(stream)) {
            return CompletableFuture.failedFuture(new IOException(peer.why()));
        }
        PeerRequest request = new PeerRequest(
                path, query + "scope=" + WireNames.SCOPES.of(scope), question.route(), question.timeout(), media);
        long sentNanos = peer.nanos();
        CompletableFuture<PeerReply> sent = transport.send(peer.address(), request);
        CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
        sent.whenComplete((reply, failure) -> {
            ended.run();
            complete(stream, answer, reply, failure, reading, sentNanos);
        });
        return Futures.givenUpWith(answer, sent);
    }

    private <T> void complete(
            StreamKey stream,
            CompletableFuture<Optional<T>> answer,
            @Nullable PeerReply reply,
            @Nullable Throwable failure,
            Reading<? extends T> reading,
            long sentNanos) {
        try {
            if (reply == null) {
                throw new CompletionException(failure);
            }
            Optional<T> value = read(reply, reading);
            peer.succeeded(stream);
            answer.complete(value);
        } catch (IOException | CompletionException e) {
            Throwable cause = Futures.unwrapped(e);
            if (PeerFailure.isWrongBytes(cause) || (reply != null && !(cause instanceof UnreachableException))) {
                peer.failed(stream, PeerFailure.phrase(cause), sentNanos);
            } else if (PeerFailure.isOfPeer(cause) && !answer.isCancelled()) {
                peer.failed(PeerFailure.phrase(cause), sentNanos);
            }
            answer.completeExceptionally(cause);
        }
    }

    private <T> Optional<T> read(PeerReply reply, Reading<? extends T> reading) throws IOException {
        return switch (reply.status()) {
            case 200, 204, 206 -> Optional.of(reading.read(reply));
            case 404 -> {
                // A server that stops, or has lost its key, answers as if it had never had a peer interface.
                if (reply.header(Protocol.NODE).isEmpty()) {
                    throw new IOException("no peer interface there");
                }
                yield Optional.empty();
            }
            case 503 -> throw new UnreachableException(sentence(reply));
            case 401, Protocol.OTHER_VERSION_STATUS -> throw Refusal.of(reply, peer.micros());
            default -> throw new IOException("status " + reply.status());
        };
    }

    private static String sentence(PeerReply reply) {
        String body = new String(reply.body(), StandardCharsets.UTF_8).trim();
        return body.length() > LONGEST_SENTENCE ? body.substring(0, LONGEST_SENTENCE) : body;
    }
}
