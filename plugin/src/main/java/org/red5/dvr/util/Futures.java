package org.red5.dvr.util;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** What futures lack. */
public final class Futures {
    private Futures() {}

    /** The failure itself, out of what futures wrap around it. */
    public static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** What comes of a call, also of one that cannot even begin: that must not keep others waiting. */
    public static <T> CompletableFuture<T> called(Supplier<CompletableFuture<T>> call) {
        try {
            return call.get();
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Makes what gives up an answer give up what it is made of as well; gives the answer. */
    public static <T> CompletableFuture<T> givenUpWith(CompletableFuture<T> answer, CompletableFuture<?> source) {
        answer.whenComplete((value, failure) -> {
            if (answer.isCancelled()) {
                source.cancel(false);
            }
        });
        return answer;
    }
}
