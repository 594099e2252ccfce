package org.red5.dvr.media.flv;

import java.util.List;
import org.red5.dvr.media.Opus;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Reads Opus, as enhanced RTMP carries it. */
final class OpusReader implements AudioReader {
    private final TrackConfiguration configuration = new TrackConfiguration(false, "no audio sequence header");

    @Override
    public void sequenceHeader(byte[] record, List<FlvPacket> to) {
        try {
            to.add(new FlvPacket.AudioConfiguration(Opus.parseHead(record)));
            configuration.nowKnown();
        } catch (CorruptMediaException e) {
            configuration.refuse("audio sequence header that cannot be read: " + e.getMessage(), to);
        }
    }

    @Override
    public void coded(PacketTime time, byte[] body, int offset, List<FlvPacket> to) {
        configuration.accessUnit(time.stampMillis(), to);
        if (!configuration.isRefused()) {
            to.add(new FlvPacket.Frame(
                    false, true, time.stampMillis(), time.arrivalUtcMicros(), 0, body, offset, body.length - offset));
        }
    }
}
