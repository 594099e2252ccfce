package org.red5.dvr.red5.fixes;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.red5.server.net.rtmp.message.Constants;
import org.red5.server.net.rtmp.message.Packet;

/** When media of each stream of a connection came in from the network last, whatever waits inside Red5. Any thread may call. */
final class MediaArrivals {
    private final Map<Integer, Long> arrivedNanos = new ConcurrentHashMap<>();

    /** Notes a packet that has come from the network now. Pings and commands say nothing of a stream. */
    void note(Packet packet) {
        switch (packet.getHeader().getDataType()) {
            case Constants.TYPE_AUDIO_DATA, Constants.TYPE_VIDEO_DATA, Constants.TYPE_AGGREGATE ->
                arrivedNanos.put(packet.getHeader().getStreamId().intValue(), System.nanoTime());
            default -> {}
        }
    }

    /** How long ago the last media of a stream came; for ever before the first. */
    long millisSince(Number streamId) {
        Long nanos = arrivedNanos.get(streamId.intValue());
        return nanos == null ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }
}
