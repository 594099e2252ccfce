package org.red5.dvr.peer.client;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.Optional;
import java.util.OptionalInt;
import org.red5.dvr.peer.wire.PeerSignature;
import org.red5.dvr.peer.wire.Protocol;

/** Why a peer refused a request, as far as it can be told from here. */
public final class Refusal {
    /** {@code Date} tells whole seconds, and is on its way for a while. */
    private static final long DATE_SECONDS = 2;
    /** From here on it is the clock, whether the key is right or not. */
    private static final long CERTAIN_SECONDS = PeerSignature.TOLERANCE_MILLIS / 1_000 - 1;

    private Refusal() {}

    /**
     * What a reply that refuses the request comes to: an {@link OtherVersionException}, or a phrase that tells a person why.
     *
     * @param nowMicros this server's clock
     */
    public static IOException of(PeerReply reply, long nowMicros) {
        OptionalInt other =
                Protocol.otherVersion(reply.status(), reply.header("WWW-Authenticate"), reply.header(Protocol.SPOKEN));
        if (other.isPresent()) {
            return new OtherVersionException(other.getAsInt());
        }
        return new IOException(reply.status() == 401 ? phrase(reply, nowMicros) : "status " + reply.status());
    }

    /** Signatures hold for a while, so that one of a clock that is off is refused as one with another key is. */
    private static String phrase(PeerReply reply, long nowMicros) {
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
