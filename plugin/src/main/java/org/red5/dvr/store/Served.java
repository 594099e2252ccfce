package org.red5.dvr.store;

import org.red5.dvr.bytes.MediaBytes;

/**
 * Bytes, and where they come from.
 *
 * @param bytes what was asked for
 * @param server the node that holds them
 * @param from how this server came by them
 */
public record Served(MediaBytes bytes, String server, From from) {
    /** How a server came by bytes. */
    public enum From {
        /** It holds them in its archive. */
        ARCHIVE,
        /** It had fetched them before, and has them on disk. */
        CACHE,
        /** It had fetched them before. */
        MEMORY,
        /** It fetched them from a peer for this request. */
        PEER
    }
}
