package org.red5.dvr.web;

import java.util.Optional;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.Unanswered;

/** The header {@code DVR-Unanswered} of a playlist: {@code b1 (connection refused), b2 (no answer within 800 ms)}. */
final class UnansweredHeader {
    private UnansweredHeader() {}

    /** Which servers may fill holes of a window and do not answer, each with the reason; empty when there is no such hole. */
    static Optional<HttpReply.Header> of(Timeline timeline) {
        boolean hidesSomething = timeline.gaps().stream().anyMatch(gap -> gap.reason() == GapReason.NOT_REACHABLE);
        if (!hidesSomething || timeline.unanswered().isEmpty()) {
            return Optional.empty();
        }
        String servers = Unanswered.list(timeline.unanswered());
        // What other servers say of themselves is not to become another header (RFC 9110, section 5.5).
        return Optional.of(new HttpReply.Header("DVR-Unanswered", servers.replaceAll("[^ -~]", "?")));
    }
}
