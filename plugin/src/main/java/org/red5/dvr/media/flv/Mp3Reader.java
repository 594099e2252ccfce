package org.red5.dvr.media.flv;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Mp3;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Reads MP3, whose frames say by themselves what they are. */
final class Mp3Reader implements AudioReader {
    private Optional<AudioConfig> config = Optional.empty();

    @Override
    public void sequenceHeader(byte[] record, List<FlvPacket> to) {
        // There is none; one that comes all the same says nothing.
    }

    @Override
    public void coded(PacketTime time, byte[] body, int offset, List<FlvPacket> to) throws CorruptMediaException {
        Optional<AudioConfig> now = Optional.of(Mp3.parse(body, offset));
        if (!config.equals(now)) {
            config = now;
            to.add(new FlvPacket.AudioConfiguration(now.get()));
        }
        to.add(new FlvPacket.Frame(
                false, true, time.stampMillis(), time.arrivalUtcMicros(), 0, body, offset, body.length - offset));
    }
}
