package org.red5.dvr.red5;

import org.apache.mina.core.buffer.IoBuffer;
import org.jspecify.annotations.Nullable;
import org.red5.server.net.protocol.RTMPDecodeState;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.net.rtmp.codec.RTMPProtocolDecoder;
import org.red5.server.net.rtmp.message.ChunkHeader;
import org.red5.server.net.rtmp.message.Header;

/**
 * Red5's RTMP decoder, with time stamps of more than 24 bits read right (RTMP 1.0, section 5.3.1.3): they stand behind the
 * chunk header, and are repeated in every chunk of the message.
 *
 * <p>Red5 1.3.17 takes a repeated one for the time of the message even where it is the distance from the message before,
 * so that packets of more than one chunk come out twice as late; and it drops the connection when the network delivers
 * the first three of its four bytes.
 */
class ExtendedTimeDecoder extends RTMPProtocolDecoder {
    private static final int TIME_BYTES = 4;

    @Override
    public @Nullable Header decodeHeader(
            ChunkHeader chunk, RTMPDecodeState state, IoBuffer in, RTMP rtmp, int startPosition) {
        int channel = chunk.getChannelId();
        @Nullable Header before = rtmp.getLastReadHeader(channel);
        if (chunk.getFormat() != HEADER_CONTINUE || before == null || !before.isExtended()) {
            return super.decodeHeader(chunk, state, in, rtmp, startPosition);
        }
        if (in.remaining() < TIME_BYTES) {
            in.position(startPosition);
            state.bufferDecoding(in.remaining() + 1);
            return null;
        }
        @Nullable Header header = super.decodeHeader(chunk, state, in, rtmp, startPosition);
        if (header == null) {
            return null;
        }
        if (rtmp.getLastReadPacket(channel) != null) {
            header.setTimerBase(before.getTimerBase());
        } else if (before.getTimerDelta() != 0) {
            // A new message as far from the one before as that was from its own.
            header.setTimerDelta(header.getTimerBase());
            header.setTimerBase(before.getTimerBase());
        }
        return header;
    }
}
