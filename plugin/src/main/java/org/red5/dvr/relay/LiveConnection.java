package org.red5.dvr.relay;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.live.LivePacket;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;
import org.red5.dvr.media.flv.FlvTag;
import org.red5.dvr.media.flv.FlvTags;
import org.red5.dvr.peer.client.LivePeerReply;
import org.red5.dvr.util.Futures;

/** One request for a live stream to one peer, and the packets that come of it. Any thread may call. */
final class LiveConnection implements Flow.Subscriber<List<ByteBuffer>> {
    /** A packet of a longer body is taken for garbage: a picture has a tenth of it. */
    private static final int MOST_BODY_BYTES = 8 << 20;

    /** Is told what comes, one call at a time for each connection, on threads that must not be held up. */
    interface Listener {
        /** @param packet a sign of life too */
        void packet(LiveConnection from, LivePacket packet);

        /**
         * There will be no packet any more.
         *
         * @param why a short phrase
         */
        void ended(LiveConnection from, String why);
    }

    private final LiveCandidates.Candidate peer;
    private final Listener listener;
    private final FlvTags tags = new FlvTags(MOST_BODY_BYTES);
    private final CompletableFuture<LivePeerReply> reply;

    @GuardedBy("this")
    private Flow.@Nullable Subscription subscription;

    @GuardedBy("this")
    private boolean closed;

    private volatile Optional<String> node = Optional.empty();

    LiveConnection(LiveCandidates.Candidate peer, CompletableFuture<LivePeerReply> reply, Listener listener) {
        this.peer = peer;
        this.reply = reply;
        this.listener = listener;
    }

    /** Begins to listen; to be called once. */
    void begin() {
        reply.whenComplete((live, failure) -> {
            if (failure == null) {
                node = Optional.of(live.node()).filter(name -> !name.isEmpty());
                live.body().subscribe(this);
            } else {
                ended(phrase(failure));
            }
        });
    }

    LiveCandidates.Candidate peer() {
        return peer;
    }

    /** What the peer calls itself, once it has answered. */
    Optional<String> node() {
        return node;
    }

    /** Gives the stream up; the listener hears no more of it, but for a call that is under way. */
    void close() {
        Flow.@Nullable Subscription open;
        synchronized (this) {
            closed = true;
            open = subscription;
        }
        reply.cancel(true);
        if (open != null) {
            open.cancel();
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void ended(String why) {
        if (!isClosed()) {
            close();
            listener.ended(this, why);
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription opened) {
        synchronized (this) {
            if (!closed) {
                subscription = opened;
            }
        }
        if (isClosed()) {
            opened.cancel();
        } else {
            opened.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        try {
            for (ByteBuffer piece : pieces) {
                tags.read(piece, this::tag);
            }
        } catch (CorruptMediaException | UnsupportedMediaException e) {
            ended("sent garbage: " + e.getMessage());
        }
    }

    private void tag(FlvTag tag) {
        if (!isClosed()) {
            boolean isMedia = tag.type() != FlvTag.SCRIPT && tag.body().length > 0;
            listener.packet(
                    this,
                    isMedia
                            ? new LivePacket(tag.type() == FlvTag.VIDEO, tag.timestampMillis(), tag.body())
                            : LivePacket.signOfLife(tag.timestampMillis()));
        }
    }

    @Override
    public void onError(Throwable failure) {
        ended(phrase(failure));
    }

    @Override
    public void onComplete() {
        ended("ended the stream");
    }

    private static String phrase(Throwable failure) {
        Throwable cause = Futures.unwrapped(failure);
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
