package org.red5.dvr.util;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

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

    /** What a call gives or throws, which it does before this returns. */
    public static <T> CompletableFuture<T> of(Callable<T> call) {
        return from(() -> CompletableFuture.completedFuture(call.call()));
    }

    /** What a call gives later; what it throws is a failure too, as others may wait for it. */
    public static <T> CompletableFuture<T> from(Callable<CompletableFuture<T>> call) {
        try {
            return call.call();
        } catch (Exception | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Asks the same of several, each when the one before has answered; gives the answers in their order. */
    public static <T, R> CompletableFuture<List<R>> inTurn(
            Collection<T> asked, Function<T, CompletableFuture<R>> question) {
        CompletableFuture<List<R>> answers = CompletableFuture.completedFuture(new ArrayList<>());
        for (T one : asked) {
            answers = answers.thenCompose(before -> question.apply(one).thenApply(answer -> {
                before.add(answer);
                return before;
            }));
        }
        return answers;
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
