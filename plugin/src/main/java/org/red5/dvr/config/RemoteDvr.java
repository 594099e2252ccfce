package org.red5.dvr.config;

/** Which servers are asked for a stream's archive beside this one. */
public enum RemoteDvr {
    /** No source but the one in use. */
    NONE,
    /** Every configured source, each for what it holds itself: the default. */
    NOCHAIN,
    /** Every configured source, and each may ask its own sources in turn. */
    CHAIN
}
