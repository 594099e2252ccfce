package org.red5.dvr.red5.hooks;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.apache.mina.core.buffer.IoBuffer;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.live.LiveFeed;
import org.red5.dvr.live.LivePacket;
import org.red5.dvr.live.LiveSubscription;
import org.red5.dvr.live.Wakeable;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.stream.StreamState;
import org.red5.server.messaging.IPipe;
import org.red5.server.net.rtmp.event.AudioData;
import org.red5.server.net.rtmp.event.BaseEvent;
import org.red5.server.net.rtmp.event.IRTMPEvent;
import org.red5.server.net.rtmp.event.VideoData;
import org.red5.server.net.rtmp.status.Status;
import org.red5.server.net.rtmp.status.StatusCodes;
import org.red5.server.stream.ClientBroadcastStream;
import org.red5.server.stream.message.StatusMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A feed as a stream that RTMP players of one scope can play. It is no provider of the scope: so the name is still free, and who
 * publishes it gets the players.
 */
class RelayedStream extends ClientBroadcastStream {
    private static final Logger log = LoggerFactory.getLogger(RelayedStream.class);
    /** Red5 reads the second byte of some codecs' packets unasked. */
    private static final int LEAST_BODY_BYTES = 2;

    private final IBroadcastScope pipe;
    private final LiveFeed feed;
    private final Wakeable task;
    private final Object dispatching = new Object();
    private volatile @Nullable LiveSubscription subscription;
    private volatile boolean released;

    @GuardedBy("dispatching")
    private boolean ended;

    /**
     * @param pipe where players of the name subscribe
     * @param executor packets go to players there; it must not be held up by them
     */
    RelayedStream(IScope scope, String name, IBroadcastScope pipe, LiveFeed feed, Executor executor) {
        this.pipe = pipe;
        this.feed = feed;
        this.task = new Wakeable(executor, this::dispatchAll);
        setScope(scope);
        setName(name);
        publishedName = name;
        checkVideoCodec = true;
        checkAudioCodec = true;
        sendStartNotification = false; // the applications' handlers hear of publishers only
        livePipe = pipe;
        setState(StreamState.PUBLISHING);
    }

    /** Takes the place of the stream that players of the scope get, and joins the feed. */
    void begin() {
        pipe.setClientBroadcastStream(this);
        subscription = feed.subscribe(task::wake);
        task.wake();
    }

    LiveFeed feed() {
        return feed;
    }

    /** Lets packets go: the first player is ready to get all from the key frame on. */
    void release() {
        if (!released) {
            released = true;
            task.wake();
        }
    }

    /** Whether nobody plays it. */
    boolean isDeserted() {
        return pipe.getConsumers().isEmpty();
    }

    private void dispatchAll() {
        LiveSubscription from = subscription;
        if (!released || from == null) {
            return;
        }
        Optional<LivePacket> packet = from.poll();
        while (packet.isPresent()) {
            dispatch(packet.get());
            packet = from.poll();
        }
        if (from.isOver()) {
            end(true);
        }
    }

    private void dispatch(LivePacket packet) {
        if (packet.body().length < LEAST_BODY_BYTES) {
            return;
        }
        // Read-only, or else Red5 would take the memory for another packet when it is done with this one.
        IoBuffer body = IoBuffer.wrap(ByteBuffer.wrap(packet.body()).asReadOnlyBuffer());
        BaseEvent event = packet.video() ? new VideoData(body) : new AudioData(body);
        event.setTimestamp(packet.timestampMillis());
        synchronized (dispatching) {
            if (!ended) {
                dispatchEvent((IRTMPEvent) event);
            }
        }
    }

    /**
     * Gives no packet to players any more, once.
     *
     * @param tell whether players are told that the stream is not published any more
     */
    void end(boolean tell) {
        synchronized (dispatching) {
            if (ended) {
                return;
            }
            ended = true;
            if (tell) {
                tellPlayers(pipe);
            }
            livePipe = null;
            setState(StreamState.CLOSED);
            if (pipe.getClientBroadcastStream() == this) {
                pipe.setClientBroadcastStream(null);
            }
        }
        LiveSubscription from = subscription;
        if (from != null) {
            from.close();
        }
    }

    boolean hasEnded() {
        synchronized (dispatching) {
            return ended;
        }
    }

    private void tellPlayers(IPipe players) {
        Status status = new Status(StatusCodes.NS_PLAY_UNPUBLISHNOTIFY);
        status.setDetails(publishedName);
        StatusMessage message = new StatusMessage();
        message.setBody(status);
        try {
            players.pushMessage(message);
        } catch (IOException e) {
            log.debug("a player of a stream was not told of its end: {}", e.toString());
        }
    }

    /** As Red5 asks for it, for example when it takes its scope down. */
    @Override
    public void close() {
        end(true);
    }
}
