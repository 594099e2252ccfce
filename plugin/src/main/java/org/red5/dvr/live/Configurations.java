package org.red5.dvr.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The codec configurations that packets of a stream need to be decoded. */
record Configurations(Optional<LivePacket> video, Optional<LivePacket> audio) {
    static final Configurations NONE = new Configurations(Optional.empty(), Optional.empty());

    /** These, with one replaced. */
    Configurations with(LivePacket configuration) {
        return configuration.video()
                ? new Configurations(Optional.of(configuration), audio)
                : new Configurations(video, Optional.of(configuration));
    }

    /** The packets to be sent before one of that time. */
    List<LivePacket> before(int timestampMillis) {
        List<LivePacket> packets = new ArrayList<>(2);
        video.ifPresent(packet -> packets.add(packet.at(timestampMillis)));
        audio.ifPresent(packet -> packets.add(packet.at(timestampMillis)));
        return packets;
    }
}
