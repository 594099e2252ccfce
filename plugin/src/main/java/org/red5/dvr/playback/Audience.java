package org.red5.dvr.playback;

import java.util.Optional;

/**
 * Who plays a stream on this server now.
 *
 * @param live clients that play it live over RTMP; one that pauses counts
 * @param past clients that play a recording of it over RTMP
 * @param hls players that follow its live playlist, about: they are told apart by address and name
 * @param peers servers that pull it from here
 * @param started how often somebody began to play it over RTMP since the server started
 * @param relayedFrom the server that it is pulled from for its viewers here; empty when it is published here, or not live
 */
public record Audience(int live, int past, int hls, int peers, long started, Optional<String> relayedFrom) {
    public static final Audience NOBODY = new Audience(0, 0, 0, 0, 0, Optional.empty());
}
