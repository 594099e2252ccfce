package org.red5.dvr.red5.fixes;

import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.filter.codec.ProtocolCodecException;
import org.apache.mina.filter.codec.ProtocolDecoderOutput;
import org.red5.server.api.Red5;
import org.red5.server.net.rtmp.codec.RTMPMinaProtocolDecoder;

/**
 * Takes all bytes that it is given. Red5's decoder leaves those that come for a connection which it has forgotten already, as one that is
 * closed for what it sends: MINA then gives it the same bytes again, for ever, on a thread that reads others too.
 */
final class ConsumingDecoder extends RTMPMinaProtocolDecoder {
    @Override
    public void decode(IoSession session, IoBuffer in, ProtocolDecoderOutput out) throws ProtocolCodecException {
        // Left from another connection, it is compared with the one that is gone, which fails.
        Red5.setConnectionLocal(null);
        try {
            super.decode(session, in, out);
        } finally {
            in.position(in.limit());
        }
    }
}
