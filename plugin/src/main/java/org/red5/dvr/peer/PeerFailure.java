package org.red5.dvr.peer;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.util.Futures;

/** What a failed answer of a peer means, and short phrases for it. */
public final class PeerFailure {
    private static final int LONGEST = 150;

    private PeerFailure() {}

    /** Whether it is the peer that failed: not a server behind it, nor that the answer was not waited for. */
    public static boolean isOfPeer(Throwable failure) {
        Throwable cause = Futures.unwrapped(failure);
        return !(cause instanceof UnreachableException
                || cause instanceof CancellationException
                || cause instanceof NotWantedException);
    }

    /** Whether what came is not what an index says. */
    public static boolean isWrongBytes(@Nullable Throwable failure) {
        return failure != null && Futures.unwrapped(failure) instanceof WrongBytesException;
    }

    /** A phrase that tells a person why a peer's answer is missing. */
    public static String phrase(Throwable failure) {
        Throwable cause = Futures.unwrapped(failure);
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
