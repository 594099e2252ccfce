package org.red5.dvr.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.UnreachableException;

/**
 * Tries one after the other until one succeeds; the next one as well when one takes longer than
 * {@value #PATIENCE_MILLIS} ms. Who comes too late comes for nothing.
 */
final class Hedge<T> {
    static final long PATIENCE_MILLIS = 250;

    private final List<Supplier<CompletableFuture<Optional<T>>>> attempts;
    private final ClusterTime time;
    private final CompletableFuture<Outcome<T>> outcome = new CompletableFuture<>();
    /** Guarded by this, as all that follows. */
    private int begun;

    private int ended;
    private boolean failed;

    /**
     * What came of it.
     *
     * @param value the first there was
     * @param failed whether some attempt failed, or was not made or waited for in time
     */
    record Outcome<T>(Optional<T> value, boolean failed) {}

    private Hedge(List<Supplier<CompletableFuture<Optional<T>>>> attempts, ClusterTime time) {
        this.attempts = attempts;
        this.time = time;
    }

    /** The first success, or that there is none when all attempts are over, or the time. Never fails. */
    static <T> CompletableFuture<Outcome<T>> first(
            List<Supplier<CompletableFuture<Optional<T>>>> attempts, Duration most, ClusterTime time) {
        Hedge<T> hedge = new Hedge<>(attempts, time);
        hedge.begin(0);
        if (!hedge.outcome.isDone()) {
            time.timer().after(most, () -> hedge.outcome.complete(new Outcome<>(Optional.empty(), true)));
        }
        return hedge.outcome;
    }

    static CompletionException unreachable(String message) {
        return new CompletionException(new UnreachableException(message));
    }

    /** Begins the next attempt if so many have begun. */
    private void begin(int count) {
        Supplier<CompletableFuture<Optional<T>>> attempt;
        synchronized (this) {
            if (outcome.isDone() || begun != count) {
                return;
            }
            if (count == attempts.size()) {
                attempt = null;
            } else {
                attempt = attempts.get(begun++);
            }
        }
        if (attempt == null) {
            finishIfOver();
            return;
        }
        CompletableFuture<Optional<T>> one = attempt.get();
        one.whenComplete((value, failure) -> ended(value, failure));
        if (!one.isDone()) {
            time.timer().after(Duration.ofMillis(PATIENCE_MILLIS), () -> begin(count + 1));
        }
    }

    private void ended(@Nullable Optional<T> value, @Nullable Throwable failure) {
        int next;
        synchronized (this) {
            ended++;
            failed |= failure != null;
            next = begun;
        }
        if (value != null && value.isPresent()) {
            outcome.complete(new Outcome<>(value, false));
        } else {
            begin(next);
        }
    }

    private void finishIfOver() {
        boolean isOver;
        boolean hasFailed;
        synchronized (this) {
            isOver = ended == attempts.size();
            hasFailed = failed;
        }
        if (isOver) {
            outcome.complete(new Outcome<>(Optional.empty(), hasFailed));
        }
    }
}
