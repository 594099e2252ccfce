package org.red5.dvr.red5.fixes;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.mina.core.filterchain.IoFilterChain;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.filter.codec.ProtocolCodecFilter;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.util.DaemonThreads;
import org.red5.server.api.Red5;
import org.red5.server.api.event.IEventDispatcher;
import org.red5.server.net.rtmp.RTMPMinaConnection;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.net.rtmp.codec.RTMPMinaProtocolEncoder;
import org.red5.server.net.rtmp.event.IRTMPEvent;
import org.red5.server.net.rtmp.event.Notify;
import org.red5.server.net.rtmp.message.Constants;
import org.red5.server.net.rtmp.message.Packet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Red5's RTMP connection, which handles what arrives one by one, in order, and closes behind the last of it.
 *
 * <p>Red5 1.3.17 hands packets over to other threads twice, the second time all of a connection to the first of its streams,
 * and closes streams on the thread that reads the network; 2.0.40 throws the packets away that wait when a connection closes.
 * So the last tenth of a second of every publish was lost, and two publishes on one connection were mixed.
 *
 * <p>Packets come on the thread that reads the network; {@link #close} may be called on any. Neither waits for anything.
 */
public class MendedConnection extends RTMPMinaConnection {
    private static final Logger log = LoggerFactory.getLogger(MendedConnection.class);
    private static final String PROTOCOL_FILTER = "protocolFilter";

    /** When a connection is closed whose packets are being handled for so long: whoever handles them hangs. */
    private static final int HANGS_SECONDS = 10;

    private static final AtomicInteger THREAD_COUNT = new AtomicInteger();
    /** For all connections. Applications may block a thread, so there are as many as are needed. */
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(
            task -> DaemonThreads.named("dvr-rtmp-" + THREAD_COUNT.incrementAndGet(), task));

    private static final Executor WHEN_IT_HANGS =
            CompletableFuture.delayedExecutor(HANGS_SECONDS, TimeUnit.SECONDS, THREADS);
    private static final HalfReadBytes HALF_READ = HalfReadBytes.ofHeap();

    private final MediaArrivals media = new MediaArrivals();
    private final Executor arrivals;
    private final Executor whenItHangs;
    private final ChunkDecoder chunks = new ChunkDecoder(HALF_READ, this::isRead);
    private final AtomicBoolean closeAsked = new AtomicBoolean();
    private volatile NetworkThreads.@Nullable Connection network;
    private @Nullable Thread reader; // of that thread alone
    private volatile boolean closedWhole;

    public MendedConnection() {
        this(THREADS, WHEN_IT_HANGS);
    }

    /**
     * @param threads handle packets
     * @param whenItHangs runs what it is given when those must have hung up
     */
    MendedConnection(Executor threads, Executor whenItHangs) {
        arrivals = new SerialExecutor(threads);
        this.whenItHangs = whenItHangs;
    }

    /** Takes the network session, on which Red5 has put its own decoder before. */
    @Override
    public void setIoSession(IoSession session) {
        IoFilterChain filters = session.getFilterChain();
        if (filters.contains(PROTOCOL_FILTER)) {
            ConsumingDecoder decoder = new ConsumingDecoder();
            decoder.setDecoder(chunks);
            filters.replace(PROTOCOL_FILTER, new ProtocolCodecFilter(new RTMPMinaProtocolEncoder(), decoder));
        }
        network = session::isConnected;
        super.setIoSession(session);
        // Listeners hear of a client some time after it has come, and it may have gone by then.
        PublisherDuty.give(this);
    }

    private void isRead() {
        NetworkThreads.Connection read = network;
        if (reader != Thread.currentThread() && read != null) {
            reader = Thread.currentThread();
            NetworkThreads.OF_SERVER.reads(read);
        }
    }

    /** Takes a packet from the network, to be handled behind those that have come before. */
    @Override
    public void handleMessageReceived(Packet packet) {
        media.note(packet);
        arrivals.execute(() -> handle(packet));
    }

    /** How long ago the last media of a stream came from the network; for ever before the first. Any thread may call. */
    public long millisSinceMedia(Number streamId) {
        return media.millisSince(streamId);
    }

    private void handle(Packet packet) {
        if (isClosed()) {
            return;
        }
        Red5.setConnectionLocal(this);
        try {
            if (isOfStream(packet)) {
                toStream(packet);
            } else {
                handler.messageReceived(this, packet);
            }
        } catch (Exception | LinkageError | StackOverflowError e) { // Whatever an application throws.
            log.error("a packet of {} could not be handled", getRemoteAddress(), e);
        } finally {
            Red5.setConnectionLocal(null);
        }
    }

    /** Whether it is media or data for a stream; Red5 1.3.17 would give it to another thread. */
    private static boolean isOfStream(Packet packet) {
        return switch (packet.getHeader().getDataType()) {
            case Constants.TYPE_AUDIO_DATA, Constants.TYPE_VIDEO_DATA, Constants.TYPE_AGGREGATE -> true;
            case Constants.TYPE_NOTIFY, Constants.TYPE_FLEX_STREAM_SEND ->
                packet.getMessage() instanceof Notify notify && notify.getCall() == null && notify.getData() != null;
            default -> false;
        };
    }

    /** There is no stream when its publisher was refused, or goes on to send after it has ended the stream. */
    private void toStream(Packet packet) {
        Number streamId = packet.getHeader().getStreamId();
        IRTMPEvent message = packet.getMessage();
        setStreamId(streamId);
        messageReceived();
        message.setSource(this);
        message.setSourceType(Constants.SOURCE_TYPE_LIVE);
        if (getStreamById(streamId) instanceof IEventDispatcher stream) {
            stream.dispatchEvent(message);
            message.release();
        }
    }

    /** Closes behind the packets that have arrived; whoever calls does not wait for that. */
    @Override
    public void close() {
        if (closeAsked.compareAndSet(false, true)) {
            arrivals.execute(this::closeNow);
            whenItHangs.execute(this::closeNow);
        }
    }

    private void closeNow() {
        try {
            super.close();
        } finally {
            chunks.close();
            if (network != null) {
                NetworkThreads.OF_SERVER.closed(network);
            }
            closedWhole = true;
            setStateCode(RTMP.STATE_DISCONNECTED);
        }
    }

    /**
     * A connection is not disconnected before its packets are handled and its streams closed, whatever has become of the
     * network; Red5 would leave the streams of one open that is.
     */
    @Override
    public void setStateCode(byte code) {
        if (code != RTMP.STATE_DISCONNECTED || closedWhole) {
            super.setStateCode(code);
        }
    }
}
