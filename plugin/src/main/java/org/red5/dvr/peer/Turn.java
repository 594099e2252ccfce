package org.red5.dvr.peer;

/** What becomes of a question for one peer, by what the peer is and by the way that the question has come. */
public enum Turn {
    /** It is asked; while it cannot be, or does not answer, what it holds is missing in the answer. */
    ASKED,
    /** It has the question already: what it holds comes by another way. */
    SKIPPED,
    /** A server of its name has the question already, which may be it or another: what it holds is missing in the answer. */
    DOUBTFUL,
    /** It is this server itself. */
    NO_SOURCE
}
