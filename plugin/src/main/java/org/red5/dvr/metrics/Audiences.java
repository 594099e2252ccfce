package org.red5.dvr.metrics;

/** How many play, whatever stream; nobody, unless it is said. Any thread may call; nothing here blocks. */
public interface Audiences {
    /** Clients that play live over RTMP. */
    default int liveViewers() {
        return 0;
    }

    /** Clients that play recordings over RTMP. */
    default int pastViewers() {
        return 0;
    }

    /** Players that follow live playlists, about. */
    default int hlsViewers() {
        return 0;
    }

    /** Live streams that are pulled from sources now. */
    default int relays() {
        return 0;
    }

    /** How often such a pull began since the server started. */
    default long relaysStarted() {
        return 0;
    }

    /** Live streams that go to peers now, one for each peer and stream. */
    default int peersServed() {
        return 0;
    }

    /** How often a peer began to pull since the server started. */
    default long peersServedStarted() {
        return 0;
    }
}
