package org.red5.dvr.peer;

/** How a peer is, and what that means for an answer. */
public enum PeerState {
    /** It has not answered yet, and may. */
    UNKNOWN("unknown", true, true, true),
    UP("up", true, true, true),
    /** Its heartbeat is well, and its answers are not. */
    FAILING("failing", true, false, true),
    DOWN("down", true, false, true),
    /** It is up and must not be asked, as it cannot be told from another or speaks another language. */
    REFUSED("refused", true, false, false),
    /** It is this server itself. */
    IGNORED("ignored", false, false, false);

    private final String word;
    private final boolean isSource;
    private final boolean isAsked;
    private final boolean isBelieved;

    PeerState(String word, boolean isSource, boolean isAsked, boolean isBelieved) {
        this.word = word;
        this.isSource = isSource;
        this.isAsked = isAsked;
        this.isBelieved = isBelieved;
    }

    /** For operators, in documents and metrics. */
    public String word() {
        return word;
    }

    /** Whether an answer lacks something that it does not answer. */
    public boolean isSource() {
        return isSource;
    }

    /** Whether questions may be put to it. */
    public boolean isAsked() {
        return isAsked;
    }

    /** Whether what it has said of itself and others counts. */
    public boolean isBelieved() {
        return isBelieved;
    }
}
