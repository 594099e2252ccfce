package org.red5.dvr.timeline;

import java.util.EnumSet;
import java.util.Set;

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
    NOT_CONFIGURED("not configured to be recorded"),
    /** The clock was set back, or was ahead before: the archive has segments of the cells to come already. */
    CLOCK_BEHIND("the clock is behind what is recorded"),
    /** So many takes began in a cell that there was no number left for another. */
    TOO_MANY_TAKES("too many interruptions within seconds"),
    /** A server that may hold it does not answer now. */
    NOT_REACHABLE("server not reachable"),
    /** Recorded, and in finite windows, but not in lists with one entry a number. */
    NUMBER_TAKEN("another segment has its number"),
    /** A copy of another server's recording, of which this has not come. */
    NOT_HELD("not held here"),
    /** The archive's files of that time are for a later version of this software to read. */
    NEWER_ARCHIVE("archive of a newer version");

    private static final Set<GapReason> NO_ENDS =
            EnumSet.of(NOT_REACHABLE, CLOCK_BEHIND, TOO_MANY_TAKES, NUMBER_TAKEN, NOT_HELD, NEWER_ARCHIVE);

    private final String sentence;

    GapReason(String sentence) {
        this.sentence = sentence;
    }

    /** Whether it can be what ended a take. */
    public boolean endsTakes() {
        return !NO_ENDS.contains(this);
    }

    /** As users see it in a status report. */
    public String sentence() {
        return sentence;
    }
}
