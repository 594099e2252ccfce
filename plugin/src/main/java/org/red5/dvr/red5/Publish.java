package org.red5.dvr.red5;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.red5.dvr.record.StreamSink;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.stream.IBroadcastStream;
import org.red5.server.api.stream.IStreamListener;
import org.red5.server.api.stream.IStreamPacket;
import org.red5.server.messaging.IPipeConnectionListener;
import org.red5.server.messaging.PipeConnectionEvent;
import org.red5.server.net.rtmp.message.Constants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One publish of one stream: listens to Red5, hands every packet on to a sink, and ends it when the publisher leaves.
 *
 * <p>Packets come on the publisher's receive thread, one at a time; the end comes on any thread, and may be told by Red5
 * more than once.
 */
final class Publish implements IStreamListener, IPipeConnectionListener {
    private static final Logger log = LoggerFactory.getLogger(Publish.class);

    private final StreamKey key;
    private final IBroadcastStream stream;
    private final IBroadcastScope pipe;
    private final StreamSink sink;
    private final Consumer<Publish> whenEnded;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final PacketCount packets = new PacketCount();

    Publish(
            StreamKey key,
            IBroadcastStream stream,
            IBroadcastScope pipe,
            StreamSink sink,
            Consumer<Publish> whenEnded) {
        this.key = key;
        this.stream = stream;
        this.pipe = pipe;
        this.sink = sink;
        this.whenEnded = whenEnded;
    }

    StreamKey key() {
        return key;
    }

    /** Starts to listen. */
    void begin() {
        log.info("published {}", key);
        stream.addStreamListener(this);
        pipe.addPipeConnectionListener(this);
    }

    /** Stops to listen and ends the sink, once. */
    void end() {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        // The scope outlives the publish, so that a listener left behind would hear of the next one too.
        pipe.removePipeConnectionListener(this);
        stream.removeStreamListener(this);
        whenEnded.accept(this);
        sink.end();
        log.info("ended {}: {}", key, packets);
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
                packets.addVideo(timestampMillis);
                sink.video(timestampMillis, payload);
            }
            case Constants.TYPE_AUDIO_DATA -> {
                packets.addAudio(timestampMillis);
                sink.audio(timestampMillis, payload);
            }
            case Constants.TYPE_AGGREGATE -> AggregateMessage.forEach(timestampMillis, payload, this::accept);
            default -> {
                // Metadata and commands are not recorded.
            }
        }
    }
}
