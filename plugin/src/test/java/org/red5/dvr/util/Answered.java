package org.red5.dvr.util;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.red5.dvr.playback.PlaybackException;

/** Waits for answers, up to ten seconds, where a test has nothing else to do. */
public final class Answered {
    private static final int LONGEST_SECONDS = 10;

    private Answered() {}

    /** What an answer gives; what it fails with is thrown as it is. */
    public static <T> T by(CompletableFuture<T> answer) throws IOException {
        try {
            return playback(answer);
        } catch (PlaybackException e) {
            throw new AssertionError(e);
        }
    }

    /** The same of what may be refused to a viewer. */
    public static <T> T playback(CompletableFuture<T> answer) throws PlaybackException, IOException {
        try {
            return answer.get(LONGEST_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = Futures.unwrapped(e);
            if (cause instanceof PlaybackException refused) {
                throw refused;
            }
            if (cause instanceof IOException failed) {
                throw failed;
            }
            throw new AssertionError(cause);
        } catch (InterruptedException | TimeoutException | CancellationException e) {
            throw new AssertionError(e);
        }
    }
}
