package org.red5.dvr.red5.fixes;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.lang.ref.WeakReference;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.filter.codec.ProtocolDecoderOutput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.red5.dvr.red5.CleanThread;
import org.red5.server.api.Red5;
import org.red5.server.net.IConnectionManager;
import org.red5.server.net.rtmp.RTMPConnection;

@ExtendWith(CleanThread.class)
class ConsumingDecoderTest {
    /** What is left would be given again, without end. */
    @Test
    @SuppressWarnings("unchecked")
    void bytesOfAConnectionThatIsGoneAreTaken() throws Exception {
        IConnectionManager<RTMPConnection> knowsNone = mock(IConnectionManager.class);
        WeakReference<IConnectionManager<RTMPConnection>> manager = new WeakReference<>(knowsNone);
        IoSession session = mock(IoSession.class);
        when(session.getAttribute(RTMPConnection.RTMP_SESSION_ID)).thenReturn("GONE");
        when(session.getAttribute(RTMPConnection.RTMP_CONN_MANAGER)).thenReturn(manager);
        RTMPConnection another = mock(RTMPConnection.class);
        when(another.getSessionId()).thenReturn("ANOTHER");
        Red5.setConnectionLocal(another);
        IoBuffer in = IoBuffer.wrap(new byte[100]);
        new ConsumingDecoder().decode(session, in, mock(ProtocolDecoderOutput.class));
        assertFalse(in.hasRemaining());
        verify(knowsNone).getConnectionBySessionId("GONE");
    }
}
