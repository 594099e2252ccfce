package org.red5.dvr.red5.hooks;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.live.LiveFeed;
import org.red5.dvr.live.LivePacket;
import org.red5.dvr.record.StreamSink;
import org.red5.dvr.red5.fixes.MendedConnection;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.stream.IBroadcastStream;
import org.red5.server.api.stream.IClientBroadcastStream;
import org.red5.server.api.stream.IClientStream;
import org.red5.server.api.stream.IStreamListener;
import org.red5.server.api.stream.IStreamPacket;
import org.red5.server.messaging.IPipeConnectionListener;
import org.red5.server.messaging.PipeConnectionEvent;
import org.red5.server.net.rtmp.message.Constants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One publish of one stream: listens to Red5, hands a copy of every packet on to its feed and to its recorder,
 * and ends both when the publisher leaves.
 *
 * <p>Packets come on the publisher's receive thread, one at a time; the end comes on any thread, and may be told by Red5
 * more than once.
 */
final class Publish implements IStreamListener, IPipeConnectionListener {
    private static final Logger log = LoggerFactory.getLogger(Publish.class);
    /** Red5 and applications ask for a stream by its name while they are told that it has ended. */
    private static final Executor WHEN_CLOSED = CompletableFuture.delayedExecutor(10, TimeUnit.SECONDS);

    private final IBroadcastStream stream;
    private final IBroadcastScope pipe;
    private final LiveFeed feed;
    private final Optional<StreamSink> recorder;
    private final MediaRhythm rhythm;
    private final Consumer<Publish> whenEnded;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final PacketCount packets = new PacketCount();

    /**
     * @param recorder empty when the stream is not recorded
     * @param rhythm of this publish alone
     * @param whenEnded called once, before the recording ends
     */
    Publish(
            IBroadcastStream stream,
            IBroadcastScope pipe,
            LiveFeed feed,
            Optional<StreamSink> recorder,
            MediaRhythm rhythm,
            Consumer<Publish> whenEnded) {
        this.stream = stream;
        this.pipe = pipe;
        this.feed = feed;
        this.recorder = recorder;
        this.rhythm = rhythm;
        this.whenEnded = whenEnded;
    }

    StreamKey key() {
        return feed.stream();
    }

    LiveFeed feed() {
        return feed;
    }

    /** The stream of the client that publishes; empty when it is this server. */
    Optional<IClientStream> client() {
        return stream instanceof IClientStream client && client.getConnection() != null
                ? Optional.of(client)
                : Optional.empty();
    }

    /**
     * Whether its publisher has sent no media for so long, and for twice as long as it usually does. What has come in from the
     * network and waits inside Red5 counts as sent.
     */
    boolean isSilent(Duration limit) {
        return rhythm.isSilent(limit)
                && client().map(client -> hasSentNothing(client, limit)).orElse(true);
    }

    private static boolean hasSentNothing(IClientStream client, Duration limit) {
        return !(client.getConnection() instanceof MendedConnection connection)
                || connection.millisSinceMedia(client.getStreamId()) >= limit.toMillis();
    }

    /** Whether this is what players of a scope get. */
    boolean isOn(@Nullable IBroadcastScope scope) {
        return scope == pipe && pipe.getProviders().contains(stream.getProvider());
    }

    boolean isRecorded() {
        return recorder.isPresent();
    }

    /** Starts to listen. */
    void begin() {
        log.info("published {}", key());
        stream.addStreamListener(this);
        pipe.addPipeConnectionListener(this);
        if (stream instanceof IClientBroadcastStream ofClient) {
            synchronized (pipe) {
                pipe.setClientBroadcastStream(ofClient); // An end before this beginning may just have let go of it.
            }
        }
    }

    /** Stops to listen and ends the recording, once. */
    void end() {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        // The scope outlives the publish, so that a listener left behind would hear of the next one too.
        pipe.removePipeConnectionListener(this);
        stream.removeStreamListener(this);
        WHEN_CLOSED.execute(this::letGo);
        whenEnded.accept(this);
        recorder.ifPresent(StreamSink::end);
        log.info("ended {}: {}", key(), packets);
    }

    /** The scope would keep the last stream of each name for good, and that its connection with its buffers. */
    private void letGo() {
        synchronized (pipe) {
            if (pipe.getClientBroadcastStream() == stream) {
                pipe.setClientBroadcastStream(null);
            }
        }
    }

    @Override
    public void onPipeConnectionEvent(PipeConnectionEvent event) {
        if (event.getType() == PipeConnectionEvent.EventType.PROVIDER_DISCONNECT
                && event.getProvider() == stream.getProvider()) {
            end();
        }
    }

    @Override
    public void packetReceived(IBroadcastStream from, IStreamPacket packet) {
        if (ended.get() || packet.getData() == null) {
            return;
        }
        // Live subscribers had the buffer before and may have moved its position; it begins at 0.
        ByteBuffer payload = packet.getData().buf().asReadOnlyBuffer().rewind();
        accept(packet.getDataType(), packet.getTimestamp(), payload);
    }

    private void accept(byte type, int timestampMillis, ByteBuffer payload) {
        switch (type) {
            case Constants.TYPE_VIDEO_DATA -> {
                rhythm.packet();
                packets.addVideo(timestampMillis);
                byte[] body = copy(payload);
                recorder.ifPresent(sink -> sink.video(timestampMillis, body));
                feed.packet(new LivePacket(true, timestampMillis, body));
            }
            case Constants.TYPE_AUDIO_DATA -> {
                rhythm.packet();
                packets.addAudio(timestampMillis);
                byte[] body = copy(payload);
                recorder.ifPresent(sink -> sink.audio(timestampMillis, body));
                feed.packet(new LivePacket(false, timestampMillis, body));
            }
            case Constants.TYPE_AGGREGATE -> AggregateMessage.forEach(timestampMillis, payload, this::accept);
            default -> {
                // Metadata and commands are neither recorded nor passed on to other servers.
            }
        }
    }

    private static byte[] copy(ByteBuffer payload) {
        byte[] body = new byte[payload.remaining()];
        payload.get(payload.position(), body);
        return body;
    }
}
