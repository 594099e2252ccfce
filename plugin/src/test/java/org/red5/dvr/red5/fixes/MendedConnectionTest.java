package org.red5.dvr.red5.fixes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;

import java.beans.PropertyChangeEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.apache.mina.core.buffer.IoBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.server.api.IConnection;
import org.red5.server.api.event.IEvent;
import org.red5.server.api.listeners.IConnectionListener;
import org.red5.server.net.rtmp.IRTMPHandler;
import org.red5.server.net.rtmp.RTMPConnection;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.net.rtmp.event.AudioData;
import org.red5.server.net.rtmp.event.BytesRead;
import org.red5.server.net.rtmp.event.IRTMPEvent;
import org.red5.server.net.rtmp.event.Notify;
import org.red5.server.net.rtmp.message.Constants;
import org.red5.server.net.rtmp.message.Header;
import org.red5.server.net.rtmp.message.Packet;
import org.red5.server.stream.ClientBroadcastStream;

/** A connection with two streams and a thread for its packets that runs when the test lets it. */
class MendedConnectionTest {
    private final List<String> seen = new ArrayList<>();
    private final Queue<Runnable> thread = new ArrayDeque<>();
    private final Queue<Runnable> later = new ArrayDeque<>();
    private final IRTMPHandler handler = mock(IRTMPHandler.class);
    private final MendedConnection connection = new MendedConnection(thread::add, later::add);

    /** A stream that notes its packets. */
    private final class NotedStream extends ClientBroadcastStream {
        NotedStream(int id) {
            setStreamId(id);
        }

        @Override
        public void dispatchEvent(IEvent event) {
            seen.add(getStreamId() + "@" + ((IRTMPEvent) event).getTimestamp());
        }
    }

    @BeforeEach
    void connect() throws Exception {
        doAnswer(call -> seen.add(call.getArgument(1, Packet.class)
                        .getMessage()
                        .getClass()
                        .getSimpleName()))
                .when(handler)
                .messageReceived(any(), any());
        // As Red5's does, of both lines.
        doAnswer(call -> {
                    RTMPConnection closed = call.getArgument(0);
                    if (closed.getStateCode() != RTMP.STATE_DISCONNECTED) {
                        if (closed.getStateCode() != RTMP.STATE_DISCONNECTING) {
                            closed.close();
                        }
                        closed.setStateCode(RTMP.STATE_DISCONNECTED);
                    }
                    return null;
                })
                .when(handler)
                .connectionClosed(any());
        connection.setHandler(handler);
        connection.setStateCode(RTMP.STATE_CONNECTED);
        connection.addClientStream(new NotedStream(1));
        connection.addClientStream(new NotedStream(2));
    }

    private void receive(byte type, int streamId, int timestampMillis, IRTMPEvent message) {
        Header header = new Header();
        header.setDataType(type);
        header.setStreamId(streamId);
        message.setTimestamp(timestampMillis);
        connection.handleMessageReceived(new Packet(header, message));
    }

    private void receiveAudio(int streamId, int timestampMillis) {
        receive(Constants.TYPE_AUDIO_DATA, streamId, timestampMillis, new AudioData(IoBuffer.allocate(2)));
    }

    private void runThread() {
        while (!thread.isEmpty()) {
            thread.remove().run();
        }
    }

    @Test
    void packetsGoToTheirStreamsInOrder() {
        receiveAudio(1, 0);
        receiveAudio(2, 5);
        receiveAudio(3, 6);
        receive(Constants.TYPE_BYTES_READ, 0, 0, new BytesRead(1));
        receive(Constants.TYPE_NOTIFY, 2, 7, new Notify(IoBuffer.allocate(1), "onMetaData"));
        receiveAudio(1, 10);
        assertEquals(List.of(), seen);
        assertEquals(1, thread.size());
        runThread();
        assertEquals(List.of("1@0", "2@5", "BytesRead", "2@7", "1@10"), seen);
    }

    @Test
    void closesBehindThePacketsThatHaveArrived() {
        receiveAudio(1, 0);
        receiveAudio(2, 5);
        connection.close();
        receiveAudio(1, 10);
        assertFalse(connection.isClosed());
        runThread();
        assertEquals(List.of("1@0", "2@5"), seen);
        assertTrue(connection.isClosed());
        assertEquals(RTMP.STATE_DISCONNECTED, connection.getStateCode());
    }

    /** 2.x would end its loop and clear its queue when the state says so. */
    @Test
    @SuppressWarnings("DirectInvocationOnMock") // The mock does what Red5's handler would.
    void networkThatIsGoneDisconnectsBehindThePacketsToo() {
        receiveAudio(1, 0);
        handler.connectionClosed(connection);
        assertEquals(RTMP.STATE_CONNECTED, connection.getStateCode());
        runThread();
        assertEquals(List.of("1@0"), seen);
        assertTrue(connection.isClosed());
        assertEquals(RTMP.STATE_DISCONNECTED, connection.getStateCode());
    }

    /** The streams of one that is would stay open. */
    @Test
    void nobodyDisconnectsAConnectionThatIsBeingClosed() {
        List<Integer> states = new ArrayList<>();
        connection.addListener(new IConnectionListener() {
            @Override
            public void notifyConnected(IConnection connected) {
                states.add(-1);
            }

            @Override
            public void notifyDisconnected(IConnection disconnected) {
                connection.setStateCode(RTMP.STATE_DISCONNECTED);
                states.add((int) connection.getStateCode());
            }

            @Override
            public void propertyChange(PropertyChangeEvent event) {
                // What is of interest is when it is disconnected.
            }
        });
        connection.close();
        runThread();
        assertEquals(List.of((int) RTMP.STATE_DISCONNECTING), states);
        assertEquals(RTMP.STATE_DISCONNECTED, connection.getStateCode());
    }

    @Test
    void connectionMayBeClosedWhileItsPacketsAreHandled() throws Exception {
        doAnswer(call -> {
                    connection.close();
                    return null;
                })
                .when(handler)
                .messageReceived(any(), any());
        receive(Constants.TYPE_BYTES_READ, 0, 0, new BytesRead(1));
        receiveAudio(1, 0);
        runThread();
        assertEquals(List.of("1@0"), seen);
        assertTrue(connection.isClosed());
    }

    @Test
    void connectionThatHangsIsClosedAllTheSame() {
        receiveAudio(1, 0);
        connection.close();
        later.remove().run();
        assertTrue(connection.isClosed());
        runThread();
        assertEquals(List.of(), seen);
    }

    @Test
    void packetThatCannotBeHandledKeepsNoOtherBack() throws Exception {
        doThrow(new NoSuchMethodError("of an application")).when(handler).messageReceived(any(), any());
        receive(Constants.TYPE_BYTES_READ, 0, 0, new BytesRead(1));
        receiveAudio(1, 0);
        runThread();
        assertEquals(List.of("1@0"), seen);
    }
}
