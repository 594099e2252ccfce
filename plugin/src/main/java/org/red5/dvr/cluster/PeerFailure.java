package org.red5.dvr.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.time.DateTimeException;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.UnreachableException;

/** What a failed answer of a peer means, and short phrases for it. */
final class PeerFailure {
    private static final int LONGEST = 150;
    /** {@code Date} tells whole seconds, and is on its way for a while. */
    private static final long DATE_SECONDS = 2;
    /** From here on it is the clock, whether the key is right or not. */
    private static final long CERTAIN_SECONDS = PeerSignature.TOLERANCE_MILLIS / 1_000 - 1;

    private PeerFailure() {}

    /** The failure itself, out of what futures wrap around it. */
    static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Whether it is the peer that failed: not somebody behind it, nor that nobody waited for it. */
    static boolean isOfPeer(Throwable failure) {
        Throwable cause = unwrapped(failure);
        return !(cause instanceof UnreachableException || cause instanceof CancellationException);
    }

    /** Whether what came is not what an index says. */
    static boolean isWrongBytes(@Nullable Throwable failure) {
        return failure != null && unwrapped(failure) instanceof WrongBytesException;
    }

    /**
     * Why a peer refused a signature, as far as it can be told from here: signatures hold for a while, so that one of a clock that is off is
     * refused as one with another key is.
     *
     * @param nowMicros this server's clock
     */
    static String refusal(PeerReply reply, long nowMicros) {
        String refuses = "refuses this server's signature: ";
        long ahead = reply.header("Date")
                .flatMap(PeerFailure::utcSeconds)
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

    /** A phrase that tells a person why a peer's answer is missing. */
    static String phrase(Throwable failure) {
        Throwable cause = unwrapped(failure);
        if (cause instanceof HttpTimeoutException) {
            return "no answer in time";
        }
        if (cause instanceof ConnectException) {
            return "connection refused";
        }
        String message = cause instanceof IOException && cause.getMessage() != null
                ? cause.getMessage()
                : cause.getClass().getSimpleName();
        return message.length() > LONGEST ? message.substring(0, LONGEST) : message;
    }
}
