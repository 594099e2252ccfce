package org.red5.dvr.config;

import org.red5.dvr.timeline.StreamKey;

/** Where a stream is pulled from. */
public sealed interface InputRule {
    /**
     * An RTMP server.
     *
     * @param url as written, {@code rtmp://host/app/name}
     */
    record Rtmp(String url) implements InputRule {}

    /**
     * A peer's DVR, {@code dvr://} or {@code m4f://}.
     *
     * @param stream the stream's name there
     * @param remoteDvr which servers are asked for the archive
     */
    record Dvr(PeerAddress peer, StreamKey stream, RemoteDvr remoteDvr) implements InputRule {}

    /** The built-in live test picture, {@code fake://fake}. */
    record Fake() implements InputRule {}
}
