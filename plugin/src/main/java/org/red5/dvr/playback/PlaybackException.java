package org.red5.dvr.playback;

/** A request that cannot be answered, with a sentence that tells the viewer why. */
public final class PlaybackException extends Exception {
    private static final long serialVersionUID = 1;

    /** Whose mistake it is, and what kind. */
    public enum Kind {
        /** The request makes no sense, whatever is recorded. */
        BAD_REQUEST,
        /** Nothing is known of the stream. */
        UNKNOWN_STREAM,
        /** The stream is known, but not what was asked for. */
        NOTHING_THERE,
        /** The stream comes in, and what was asked for may be recorded any moment: worth another try. */
        NOT_YET,
        /** It is there, but one file cannot hold it. */
        MIXED,
        /** It may be at servers that do not answer now: worth another try. */
        UNREACHABLE
    }

    private final Kind kind;

    /**
     * @param kind whose mistake it is
     * @param sentence one plain sentence for the viewer
     */
    public PlaybackException(Kind kind, String sentence) {
        // A client's mistake is an everyday event; the stack would tell nobody anything.
        super(sentence, null, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
