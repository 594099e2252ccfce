package org.red5.dvr.red5;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.mina.core.filterchain.IoFilterChain;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.filter.codec.ProtocolCodecFilter;
import org.red5.server.api.event.IEvent;
import org.red5.server.api.stream.IClientBroadcastStream;
import org.red5.server.net.rtmp.RTMPMinaConnection;
import org.red5.server.net.rtmp.codec.RTMPMinaProtocolDecoder;
import org.red5.server.net.rtmp.codec.RTMPMinaProtocolEncoder;
import org.red5.server.net.rtmp.message.Constants;
import org.red5.server.net.rtmp.message.Packet;

/** Red5's RTMP connection, with what Red5 1.3.17 does wrong for publishers put right. */
class MendedConnection extends RTMPMinaConnection {
    private static final String PROTOCOL_FILTER = "protocolFilter";

    /** Under this name Red5 keeps, with the connection, the one stream it gives the connection's packets to. */
    private static final String PACKETS_OF_STREAM = "EnsuresPacketExecutionOrder";

    private final Map<Integer, IEvent> lastArrived = new ConcurrentHashMap<>();

    /** Takes the network session, on which Red5 has put its own decoder before. */
    @Override
    public void setIoSession(IoSession session) {
        IoFilterChain filters = session.getFilterChain();
        if (filters.contains(PROTOCOL_FILTER)) {
            RTMPMinaProtocolDecoder decoder = new RTMPMinaProtocolDecoder();
            decoder.setDecoder(new ExtendedTimeDecoder());
            filters.replace(PROTOCOL_FILTER, new ProtocolCodecFilter(new RTMPMinaProtocolEncoder(), decoder));
        }
        super.setIoSession(session);
        // Listeners hear of a client some time after it has come, and it may have gone by then.
        PublisherDuty.give(this);
    }

    /** Begins a publish. The packets of a second one on a connection would still go to the stream of the first. */
    @Override
    public IClientBroadcastStream newBroadcastStream(Number streamId) {
        removeAttribute(PACKETS_OF_STREAM);
        return super.newBroadcastStream(streamId);
    }

    /** Takes a packet from the network; called by the thread that reads it. */
    @Override
    public void handleMessageReceived(Packet packet) {
        switch (packet.getHeader().getDataType()) {
            case Constants.TYPE_AUDIO_DATA, Constants.TYPE_VIDEO_DATA, Constants.TYPE_AGGREGATE -> {
                lastArrived.put(packet.getHeader().getStreamId().intValue(), packet.getMessage());
            }
            default -> {
                // Only media need to be waited for.
            }
        }
        super.handleMessageReceived(packet);
    }

    /** The packet of a stream that came last from the network. It may not have been dispatched to the stream yet. */
    Optional<IEvent> lastArrived(Number streamId) {
        return Optional.ofNullable(lastArrived.get(streamId.intValue()));
    }
}
