package org.red5.dvr.peer.client;

import java.time.DateTimeException;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.Optional;
import org.red5.dvr.peer.wire.PeerSignature;

/**
 * Why a peer refused a signature, as far as it can be told from here: signatures hold for a while, so that one of a clock that is off is
 * refused as one with another key is.
 */
public final class Refusal {
    /** {@code Date} tells whole seconds, and is on its way for a while. */
    private static final long DATE_SECONDS = 2;
    /** From here on it is the clock, whether the key is right or not. */
    private static final long CERTAIN_SECONDS = PeerSignature.TOLERANCE_MILLIS / 1_000 - 1;

    private Refusal() {}

    /**
     * A phrase for a person.
     *
     * @param nowMicros this server's clock
     */
    public static String phrase(PeerReply reply, long nowMicros) {
        String refuses = "refuses this server's signature: ";
        long ahead = reply.header("Date")
                .flatMap(Refusal::utcSeconds)
                .map(there -> there - nowMicros / 1_000_000)
                .orElse(0L);
        String clock =
                "its clock is " + Math.abs(ahead) + " s " + (ahead > 0 ? "ahead of" : "behind") + " this server's";
        if (Math.abs(ahead) >= CERTAIN_SECONDS) {
            return refuses + clock;
        }
        // Of a server that has started just now even a small difference may be too much.
        return refuses + "other cluster_key?" + (Math.abs(ahead) > DATE_SECONDS ? " or as " + clock : "");
    }

    /** RFC 9110, section 5.6.7. */
    private static Optional<Long> utcSeconds(String date) {
        try {
            return Optional.of(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date).getLong(ChronoField.INSTANT_SECONDS));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
