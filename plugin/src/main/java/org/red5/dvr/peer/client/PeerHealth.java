package org.red5.dvr.peer.client;

import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.timeline.StreamKey;

/**
 * What the asking side keeps of how one peer is: says whether it may be asked, and is told how it answered. Any thread may call;
 * nothing blocks.
 */
public interface PeerHealth {
    /** Where it is asked. */
    PeerAddress address();

    /** Its name, or its address while that is not known or does not tell which server it is. */
    String name();

    /** Whether questions about one of its streams may be put to it. */
    boolean mayBeAsked(StreamKey stream);

    /** Why it is not asked: a short phrase. */
    String why();

    /** The time that it goes by, in nanoseconds. */
    long nanos();

    /** This server's clock, in microseconds since the Unix epoch. */
    long micros();

    /** It answered a question about a stream as it should. */
    void succeeded(StreamKey stream);

    /**
     * No answer came of it.
     *
     * @param sentNanos when it was asked
     */
    void failed(String reason, long sentNanos);

    /**
     * An answer of it about one of its streams was wrong.
     *
     * @param sentNanos when it was asked
     */
    void failed(StreamKey stream, String reason, long sentNanos);
}
