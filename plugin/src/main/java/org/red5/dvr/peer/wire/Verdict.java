package org.red5.dvr.peer.wire;

/** What a check comes to; all but {@link #GOOD} are refused, and the asker is not told which it is. */
public enum Verdict {
    GOOD("good"),
    MISSING("it has no signature"),
    MALFORMED("its signature is malformed"),
    WRONG("its signature is wrong: another key, or the request was changed on its way"),
    EARLY_OR_LATE("its time is more than 30 s from this server's, or before this server's start"),
    REPLAYED("its signature was used before"),
    MISDIRECTED("it is signed for another server, or for this one as it ran before"),
    /** Its MAC is right, and so its asker may be told which server this is. */
    UNDIRECTED("it does not say which server it is for"),
    /** It is right, and of a server that speaks another version; that one is told so. */
    OTHER_VERSION("it is of another version");

    private final String why;

    Verdict(String why) {
        this.why = why;
    }

    /** For an operator. */
    public String why() {
        return why;
    }
}
