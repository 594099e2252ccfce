package org.red5.dvr.timeline;

/** Why nothing was recorded for a while. */
public enum GapReason {
    NOT_PUBLISHED("not published"),
    SERVER_DOWN("server down"),
    OVERLOADED("overloaded"),
    DISK_FULL("disk full"),
    DISK_ERROR("disk error"),
    EXPIRED("expired"),
    DAMAGED("damaged"),
    /** The encoder changed its codec configuration; the rest of the cell belongs to the take before. */
    CONFIGURATION_CHANGED("codec configuration changed"),
    /** The encoder's time stamps jumped. */
    TIMESTAMP_JUMP("time stamps jumped"),
    /** Published, but the configuration gives the stream no archive any more, or another one. */
    NOT_CONFIGURED("not configured to be recorded");

    private final String sentence;

    GapReason(String sentence) {
        this.sentence = sentence;
    }

    /** As users see it in a status report. */
    public String sentence() {
        return sentence;
    }
}
