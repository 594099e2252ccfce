package org.red5.dvr.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.red5.dvr.timeline.UnreachableException;

/** What a failed answer of a peer means, and short phrases for it. */
final class PeerFailure {
    private static final int LONGEST = 100;

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
